"""The jobs of the default scenario.

The first ten are for a newcomer, the others show one peculiarity of Canvas each. Every id starts afresh when it is
first asked for. `about` says what an id shows:

 1-10   ordinary jobs: quick, slow, cancellable, nobody's, failing, canceled, silent, stepping, finished, long
20-25   what becomes of a job after a cancel
30-38   states: canceled, waiting for a tool, late results, completion that is odd, states Canvas does not document
40-49   contents: results of every type, messages that attack a terminal, keys and numbers nobody expects
50-58   rights, owners, contexts and addresses; 20000000000023 and 9010000000000001 are ids of other shards
60-79   faults on the way: errors, throttling, pages instead of JSON, connections that break, tokens that end
80-83   LTI: assignments in the courses 5 (open), 6 (concluded), 7 (no tool) and 8 (key off)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.rows import Write
from canvas_progress.sandbox.scenarios import LtiCourse
from canvas_progress.sandbox.scripts import OnCancel, Script
from canvas_progress.sandbox.timelines import breakdown, long_ago, run

if TYPE_CHECKING:
    from canvas_progress.sandbox.faults import Fault

_ANOTHER_USER: Final = 11
_DAY: Final = 86400.0

_ORDINARY: Final = (
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

JOBS: Final = _ORDINARY
FAULTS: Final[tuple[Fault, ...]] = ()
LTI_COURSES: Final = (
    LtiCourse(id=5),
    LtiCourse(id=6, concluded=True),
    LtiCourse(id=7, has_tool=False),
    LtiCourse(id=8, key_enabled=False),
)
