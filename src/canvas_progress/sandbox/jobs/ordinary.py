"""The first ten jobs of the default scenario: what somebody meets who tries the tool for the first time."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.jobs import kinds
from canvas_progress.sandbox.writes import Write, breakdown, long_ago, run

_DAY: Final = 86400.0
_ERROR: Final = "Unexpected error, ID: 8812"

JOBS: Final = (
    kinds.course_batch_update(1, "quick: publishes 17 courses in 6 s", run(1, 5, message="17 courses processed")),
    kinds.content_migration(2, "slow: copies a course in 25 s", run(2, 23, steps=50), context=("ContentMigration", 31)),
    kinds.gradebook(3, "exports a gradebook in 40 s, and stops when it is cancelled", run(1, 39, steps=40)),
    kinds.submissions_update(4, "belongs to nobody, so nobody can cancel it", run(1, 14)),
    kinds.gradebook(5, "fails midway", breakdown(1, 9, reached=40.0, message=_ERROR)),
    kinds.course_pace(
        6,
        "is canceled after 4 s in the queue, and its updated_at does not change",
        (Write(4, {"state": "canceled"}, touches=False),),
    ),
    kinds.submissions_update(
        7, "silent: its completion stays null until it has completed after 12 s", run(1, 11, steps=1)
    ),
    kinds.modules(8, "stepping: four modules, four steps, 16 s", run(1, 15, steps=4)),
    kinds.upload(9, "completed yesterday, with results", long_ago(_DAY - 20, results={"id": 4711}), age=_DAY),
    kinds.modules(10, "takes ten minutes, and stops when it is cancelled", run(1, 599, steps=100)),
)
