"""The first ten jobs of the default scenario: what somebody meets who tries the tool for the first time."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.rows import Write
from canvas_progress.sandbox.scripts import OnCancel, Script
from canvas_progress.sandbox.timelines import breakdown, long_ago, run

_DAY: Final = 86400.0

JOBS: Final = (
    Script(
        id=1,
        about="quick: publishes 17 courses in 6 s",
        tag="course_batch_update",
        context_type="Account",
        context_id=1,
        on_cancel=OnCancel.OVERWRITES,
        writes=run(1, 5, message="17 courses processed"),
    ),
    Script(
        id=2,
        about="slow: copies a course in 25 s",
        tag="content_migration",
        context_type="ContentMigration",
        context_id=31,
        writes=run(2, 23, steps=50),
    ),
    Script(
        id=3,
        about="exports a gradebook in 40 s, and stops when it is cancelled",
        tag="gradebook_to_csv",
        on_cancel=OnCancel.COOPERATES,
        writes=run(1, 39, steps=40),
    ),
    Script(
        id=4,
        about="belongs to nobody, so nobody can cancel it",
        tag="submissions_update",
        owner=None,
        writes=run(1, 14),
    ),
    Script(
        id=5,
        about="fails midway",
        tag="gradebook_to_csv",
        on_cancel=OnCancel.COOPERATES,
        writes=breakdown(1, 9, reached=40.0, message="Unexpected error, ID: 8812"),
    ),
    Script(
        id=6,
        about="is canceled after 4 s in the queue, and its updated_at does not tell",
        tag="course_pace_publish",
        context_type="CoursePace",
        context_id=12,
        owner=None,
        writes=(Write(at=4, state="canceled", touches=False),),
    ),
    Script(
        id=7,
        about="silent: its completion stays null until it has completed after 12 s",
        tag="submissions_update",
        owner=None,
        writes=run(1, 11, steps=1),
    ),
    Script(
        id=8,
        about="stepping: four modules, four steps, 16 s",
        tag="context_module_batch_update",
        on_cancel=OnCancel.COOPERATES,
        writes=run(1, 15, steps=4),
    ),
    Script(
        id=9,
        about="completed yesterday, with results",
        tag="upload_via_url",
        age=_DAY,
        writes=long_ago(_DAY - 20, results={"id": 4711}),
    ),
    Script(
        id=10,
        about="takes ten minutes, and stops when it is cancelled",
        tag="context_module_batch_update",
        on_cancel=OnCancel.COOPERATES,
        writes=run(1, 599, steps=100),
    ),
)
