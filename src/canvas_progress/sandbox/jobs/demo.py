"""The eight jobs of the demo: each shows one thing that happens to real jobs, and all end within 18 seconds."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.jobs import kinds
from canvas_progress.sandbox.writes import Write, breakdown, run

JOBS: Final = (
    kinds.course_batch_update(101, "quick: publishes 17 courses", run(0.5, 4, message="17 courses processed")),
    kinds.content_migration(102, "slow: copies a course", run(2, 14, steps=40), context=("ContentMigration", 31)),
    kinds.submissions_update(103, "silent: reports nothing until it has ended", run(1, 11, steps=1)),
    kinds.modules(104, "stepping: four modules, four steps", run(1, 12, steps=4)),
    kinds.gradebook(
        105, "failing: breaks down at 60 %", breakdown(1, 8, reached=60.0, message="Unexpected error, ID: 8812")
    ),
    kinds.course_pace(
        106,
        "canceled: a newer publication takes its place in the queue",
        (Write(7, {"state": "canceled"}, touches=False),),
    ),
    kinds.content_export(
        107, "throttled: Canvas refuses its first requests", run(1, 13), context=("ContentExport", 44)
    ),
    kinds.conversations(
        108,
        "flaky: behind a load balancer that answers 502 for some seconds",
        run(1, 14, message="240 conversations processed"),
    ),
)

FAULTS: Final = (
    Fault(FaultKind.THROTTLED, 107, count=3, status=429, retry_after="1"),
    Fault(FaultKind.BAD_GATEWAY, 108, count=None, since=3.0, until=8.0),
)
