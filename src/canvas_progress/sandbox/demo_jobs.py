"""The eight jobs of the demo: each shows one thing that happens to real jobs, and all end within 18 seconds."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.rows import Write
from canvas_progress.sandbox.scripts import CALLER, OnCancel, Script
from canvas_progress.sandbox.timelines import breakdown, run

JOBS: Final = (
    Script(
        id=101,
        about="quick: publishes 17 courses",
        tag="course_batch_update",
        context_type="Account",
        context_id=1,
        on_cancel=OnCancel.OVERWRITES,
        writes=run(0.5, 4, message="17 courses processed"),
    ),
    Script(
        id=102,
        about="slow: copies a course",
        tag="content_migration",
        context_type="ContentMigration",
        context_id=31,
        writes=run(2, 14, steps=40),
    ),
    Script(
        id=103,
        about="silent: tells nothing until it has ended",
        tag="submissions_update",
        owner=None,
        writes=run(1, 11, steps=1),
    ),
    Script(
        id=104,
        about="stepping: four modules, four steps",
        tag="context_module_batch_update",
        on_cancel=OnCancel.COOPERATES,
        writes=run(1, 12, steps=4),
    ),
    Script(
        id=105,
        about="failing: breaks down at 60 %",
        tag="gradebook_to_csv",
        on_cancel=OnCancel.COOPERATES,
        writes=breakdown(1, 8, reached=60.0, message="Unexpected error, ID: 8812"),
    ),
    Script(
        id=106,
        about="canceled: a newer publication takes its place in the queue",
        tag="course_pace_publish",
        context_type="CoursePace",
        context_id=12,
        owner=None,
        writes=(Write(at=7, state="canceled", touches=False),),
    ),
    Script(
        id=107,
        about="throttled: Canvas refuses its first requests",
        tag="content_export",
        context_type="ContentExport",
        context_id=44,
        writes=run(1, 13),
    ),
    Script(
        id=108,
        about="flaky: behind a load balancer that answers 502 for some seconds",
        tag="conversation_batch_update",
        context_type="User",
        context_id=CALLER,
        writes=run(1, 14, message="240 conversations processed"),
    ),
)

FAULTS: Final = (
    Fault(kind=FaultKind.THROTTLED, job=107, count=3, status=429, retry_after="1"),
    Fault(kind=FaultKind.BAD_GATEWAY, job=108, count=None, since=3.0, until=8.0),
)

EXPECTED: Final = {
    101: "completed",
    102: "completed",
    103: "completed",
    104: "completed",
    105: "failed",
    106: "canceled",
    107: "completed",
    108: "completed",
}
