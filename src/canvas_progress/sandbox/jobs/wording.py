"""The jobs of the default scenario whose messages, results and extra keys are what a client has to survive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.jobs import kinds
from canvas_progress.sandbox.scripts import Script
from canvas_progress.sandbox.writes import Write, breakdown, run, write

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json

_BEYOND_DOUBLE: Final = 2**53 + 1
_DATES_REFUSED: Final[Json] = [
    {"assignment_id": 301, "due_at": ["must be before the lock date"]},
    {"assignment_id": 302, "assignment_override_id": 17, "unlock_at": ["is not a date"]},
]
_STUDENT_SKIPPED: Final[Json] = {"errors": [{"assignment_id": 303, "error": "moderated", "student_id": 71}]}
_SEVERAL_LINES: Final = "15 courses processed\nThe course was not found: 42, 43\r\n\n\tNothing else"
_MARKUP: Final = "[bold red]x[/] [link=https://elsewhere.example.org]here[/link] [/nothing] :boom:"
_CONTROLS: Final = "\u001b[2J\u001b[31mred\u009b2J\u202egnp.exe\u202c \u0000\u0007\u0008\u007f\u2028\ufeff end"

JOBS: Final = (
    kinds.assignment_bulk_update(
        40, "fails with results that are a list", breakdown(1, 4, reached=50.0, results=_DATES_REFUSED)
    ),
    Script(
        41,
        "completes with results that are a string",
        run(1, 4, message="Syncing for Sandbox University", results="synchronised"),
        tag="brand_config_save_and_sync_to_s3",
        context=kinds.ACCOUNT,
    ),
    Script(
        42,
        "completes with results that hold ids",
        run(1, 4, results={"assignment_id": 301, "posted_at": None, "submission_ids": [_BEYOND_DOUBLE, 8]}),
        tag="post_assignment_grades",
        context=("Assignment", 301),
    ),
    Script(
        43,
        "fails with results",
        breakdown(1, 4, reached=75.0, message="Unexpected error, ID: 8813", results=_STUDENT_SKIPPED),
        tag="apply_score_to_ungraded_assignments",
        owner=None,
    ),
    Script(
        44,
        "vanishes after 6 s: its report was deleted",
        (write(1, state="running"), write(3, completion=40.0), Write(6, destroys=True)),
        tag="Quizzes::QuizStatistics",
        context=("Quizzes::QuizStatistics", 21),
        owner=None,
    ),
    kinds.course_batch_update(45, "has a message of several lines", run(1, 4, message=_SEVERAL_LINES)),
    Script(46, "has a message full of Rich markup", run(1, 4, message=_MARKUP), tag="[blink]tag[/blink]"),
    Script(
        47,
        "has a message that tries to take over the terminal",
        run(1, 4, message=_CONTROLS),
        tag="tag\u001b]0;owned\u0007",
    ),
    kinds.content_migration(
        48,
        "has keys that nobody expects and numbers beyond 2^53",
        run(1, 4, results={"attempts": _BEYOND_DOUBLE * 1000, "ratio": 0.1, "html": "<b>&amp;</b>"}),
        extra={
            "priority": 20,
            "delayed_job_id": _BEYOND_DOUBLE,
            "tags": ["a", {"deep": {"id": _BEYOND_DOUBLE}}],
            "account": None,
        },
    ),
    kinds.submissions_update(
        49,
        "fails although all but two of its items were saved",
        breakdown(1, 4, reached=100.0, message="Couldn't find User(s) with API ids 'x', 'y'"),
    ),
)
