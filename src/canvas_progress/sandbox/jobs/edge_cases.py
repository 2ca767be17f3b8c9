"""The jobs of the default scenario whose states are not what one expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.jobs import kinds
from canvas_progress.sandbox.scripts import OnCancel, Script
from canvas_progress.sandbox.writes import Write, climb, long_ago, run, write

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json

_HOUR: Final = 3600.0
_START: Final = write(1, state="running")
_RESET: Final[dict[str, Json]] = {"state": "queued", "completion": 0.0, "results": None}
_ISSUES: Final[Json] = {"issues": [], "version": "2"}

_AFTER_A_CANCEL: Final = (
    Script(
        20, "ignores a cancel: stays failed while its completion climbs", run(2, 40), tag="sync_homeroom_enrollments"
    ),
    kinds.conversations(
        21,
        "overwrites a cancel with its own ending",
        run(2, 18, message="240 conversations processed"),
        on_cancel=OnCancel.OVERWRITES,
    ),
    kinds.content_export(
        22,
        "resets itself when it starts, which undoes a cancel made in its first 8 s",
        (Write(8, _RESET), *run(9, 15)),
        context=("ContentExport", 44),
        on_cancel=OnCancel.RESETS,
    ),
    kinds.upload(
        23,
        "crashes after a cancel, and the error replaces your message",
        run(1, 30, steps=10),
        on_cancel=OnCancel.CRASHES,
    ),
    kinds.modules(24, "stops when it is cancelled", run(1, 60, steps=30)),
    kinds.course_batch_update(
        25,
        "completed an hour ago, and a cancel makes it failed nevertheless",
        long_ago(_HOUR - 60, message="17 courses processed"),
        age=_HOUR,
    ),
    kinds.content_migration(
        26,
        "completes over a cancel although it had never reported anything",
        run(1, 10, steps=1),
        context=("ContentMigration", 32),
        on_cancel=OnCancel.OVERWRITES,
    ),
    kinds.content_export(
        27,
        "starts anew 8 s later, as 22 does, keeps the message of a cancel, and fails by itself",
        (Write(8, _RESET), write(9, state="running"), *climb(9, 20, high=55.0), write(20, state="failed")),
        context=("ContentExport", 46),
        on_cancel=OnCancel.RESETS,
    ),
)

_STATES: Final = (
    kinds.course_pace(
        30,
        "was canceled long ago, without a message and without a new updated_at",
        (Write(60 - _HOUR, {"state": "canceled"}, touches=False),),
        age=_HOUR,
    ),
    kinds.youtube_scan(
        31,
        "waits for an external tool for ever, with results that are hidden",
        (_START, *climb(1, 5, high=60.0, steps=4), write(5, state="waiting_for_external_tool", results={})),
    ),
    kinds.youtube_scan(
        32,
        "waits for an external tool from its 4th to its 14th second, then completes",
        (
            _START,
            write(4, state="waiting_for_external_tool", completion=80.0, results={"total_count": 3}),
            write(14, state="completed", completion=100.0),
        ),
    ),
    kinds.assignment_bulk_update(
        33,
        "completes after 5 s and writes its results 1.5 s later",
        (*run(1, 4), write(6.5, results={"updated_count": 12})),
    ),
    Script(
        34,
        "never reports a completion, then fails after 8 s",
        (_START, write(8, state="failed", message="Unexpected error, ID: unknown")),
        tag="custom_columns_submissions_update",
        owner=None,
    ),
    kinds.content_migration(
        35,
        "goes backwards: twice its completion is reset",
        (
            _START,
            *climb(1, 6, high=90.0),
            write(6, completion=10.0),
            *climb(6, 11, low=10.0, high=200 / 3),
            write(11, completion=100 / 3),
            write(15, state="completed", completion=100.0),
        ),
        context=("ContentMigration", 33),
    ),
    kinds.gradebook(
        36,
        "stays at 100 % for 12 s while it is still running",
        (_START, *climb(1, 6), write(6, completion=100.0), write(18, state="completed")),
    ),
    kinds.horizon(
        37,
        "is in a state that nobody has documented, then completes after 10 s",
        (_START, write(3, state="hibernating", completion=30.0), *run(8, 2, steps=1)),
    ),
    kinds.horizon(
        38,
        "is in a state that nobody has documented, for ever",
        (_START, write(2, state="hibernating", completion=30.0)),
    ),
    Script(
        39,
        "completes after 5 s and starts over 10 s later: its row is used for every run",
        (*run(1, 4, results=_ISSUES), Write(15, _RESET), *run(17, 8, results=_ISSUES)),
        tag="course_link_validation",
        owner=None,
    ),
    kinds.content_migration(
        29,
        "is queued for ever: there is no worker for its migration",
        (write(0, state="queued"),),
        context=("ContentMigration", 34),
    ),
)

JOBS: Final = (*_AFTER_A_CANCEL, *_STATES)
