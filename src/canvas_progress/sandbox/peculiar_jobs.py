"""The jobs of the default scenario whose states are not what one expects: table in `scenarios.py`."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.rows import Write
from canvas_progress.sandbox.scripts import CALLER, OnCancel, Script
from canvas_progress.sandbox.timelines import climb, long_ago, run

_HOUR: Final = 3600.0
_START: Final = Write(at=1, state="running")

_AFTER_A_CANCEL: Final = (
    Script(
        id=20,
        about="ignores a cancel: stays failed while its completion climbs",
        tag="sync_homeroom_enrollments",
        writes=run(2, 40),
    ),
    Script(
        id=21,
        about="overwrites a cancel with its own ending",
        tag="conversation_batch_update",
        context_type="User",
        context_id=CALLER,
        on_cancel=OnCancel.OVERWRITES,
        writes=run(2, 18, message="240 conversations processed"),
    ),
    Script(
        id=22,
        about="resets itself when it starts, which undoes a cancel made in its first 8 s",
        tag="content_export",
        context_type="ContentExport",
        context_id=44,
        on_cancel=OnCancel.RESETS,
        writes=(Write(at=8, state="queued", completion=0.0, results=None), *run(9, 15)),
    ),
    Script(
        id=23,
        about="crashes after a cancel, and the error replaces your message",
        tag="upload_via_url",
        on_cancel=OnCancel.CRASHES,
        writes=run(1, 30, steps=10),
    ),
    Script(
        id=24,
        about="stops when it is cancelled",
        tag="context_module_batch_update",
        on_cancel=OnCancel.COOPERATES,
        writes=run(1, 60, steps=30),
    ),
    Script(
        id=25,
        about="completed an hour ago, and a cancel makes it failed nevertheless",
        tag="course_batch_update",
        context_type="Account",
        context_id=1,
        age=_HOUR,
        writes=long_ago(_HOUR - 60, message="17 courses processed"),
    ),
    Script(
        id=26,
        about="completes over a cancel although it had never reported anything",
        tag="content_migration",
        context_type="ContentMigration",
        context_id=32,
        on_cancel=OnCancel.OVERWRITES,
        writes=run(1, 10, steps=1),
    ),
    Script(
        id=27,
        about="starts anew 8 s later, as 22 does, keeps the message of a cancel, and fails by itself",
        tag="content_export",
        context_type="ContentExport",
        context_id=46,
        on_cancel=OnCancel.RESETS,
        writes=(
            Write(at=8, state="queued", completion=0.0, results=None),
            Write(at=9, state="running"),
            *climb(9, 20, high=55.0),
            Write(at=20, state="failed"),
        ),
    ),
)

_STATES: Final = (
    Script(
        id=30,
        about="was canceled long ago, without a message and without a new updated_at",
        tag="course_pace_publish",
        context_type="CoursePace",
        context_id=12,
        owner=None,
        age=_HOUR,
        writes=(Write(at=60 - _HOUR, state="canceled", touches=False),),
    ),
    Script(
        id=31,
        about="waits for an external tool for ever, with results that are hidden",
        tag="youtube_embed_scan",
        owner=None,
        writes=(_START, *climb(1, 5, high=60.0, steps=4), Write(at=5, state="waiting_for_external_tool", results={})),
    ),
    Script(
        id=32,
        about="waits for an external tool from its 4th to its 14th second, then completes",
        tag="youtube_embed_scan",
        owner=None,
        writes=(
            _START,
            Write(at=4, state="waiting_for_external_tool", completion=80.0, results={"total_count": 3}),
            Write(at=14, state="completed", completion=100.0),
        ),
    ),
    Script(
        id=33,
        about="completes after 5 s and writes its results 1.5 s later",
        tag="assignment_bulk_update",
        owner=None,
        writes=(*run(1, 4), Write(at=6.5, results={"updated_count": 12})),
    ),
    Script(
        id=34,
        about="never reports a completion, then fails after 8 s",
        tag="custom_columns_submissions_update",
        owner=None,
        writes=(_START, Write(at=8, state="failed", message="Unexpected error, ID: unknown")),
    ),
    Script(
        id=35,
        about="goes backwards: twice its completion is reset",
        tag="content_migration",
        context_type="ContentMigration",
        context_id=33,
        writes=(
            _START,
            *climb(1, 6, high=90.0),
            Write(at=6, completion=10.0),
            *climb(6, 11, low=10.0, high=200 / 3),
            Write(at=11, completion=100 / 3),
            Write(at=15, state="completed", completion=100.0),
        ),
    ),
    Script(
        id=36,
        about="stays at 100 % for 12 s while it is still running",
        tag="gradebook_to_csv",
        on_cancel=OnCancel.COOPERATES,
        writes=(_START, *climb(1, 6), Write(at=6, completion=100.0), Write(at=18, state="completed")),
    ),
    Script(
        id=37,
        about="is in a state that nobody has documented, then completes after 10 s",
        tag="convert_course_to_horizon",
        writes=(_START, Write(at=3, state="hibernating", completion=30.0), *run(8, 2, steps=1)),
    ),
    Script(
        id=38,
        about="is in a state that nobody has documented, for ever",
        tag="convert_course_to_horizon",
        writes=(_START, Write(at=2, state="hibernating", completion=30.0)),
    ),
    Script(
        id=39,
        about="completes after 5 s and starts over 10 s later: its row is used for every run",
        tag="course_link_validation",
        owner=None,
        writes=(
            *run(1, 4, results={"issues": [], "version": "2"}),
            Write(at=15, state="queued", completion=0.0, results=None),
            *run(17, 8, results={"issues": [], "version": "2"}),
        ),
    ),
)

JOBS: Final = (*_AFTER_A_CANCEL, *_STATES)
