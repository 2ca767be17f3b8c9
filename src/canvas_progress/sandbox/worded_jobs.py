"""The jobs of the default scenario whose messages, results and extra keys are what a client has to survive."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.rows import Write
from canvas_progress.sandbox.scripts import OnCancel, Script
from canvas_progress.sandbox.timelines import breakdown, run

_BEYOND_DOUBLE: Final = 2**53 + 1

JOBS: Final = (
    Script(
        id=40,
        about="fails with results that are a list",
        tag="assignment_bulk_update",
        owner=None,
        writes=breakdown(
            1,
            4,
            reached=50.0,
            message=None,
            results=[
                {"assignment_id": 301, "due_at": ["must be before the lock date"]},
                {"assignment_id": 302, "assignment_override_id": 17, "unlock_at": ["is not a date"]},
            ],
        ),
    ),
    Script(
        id=41,
        about="completes with results that are a string",
        tag="brand_config_save_and_sync_to_s3",
        context_type="Account",
        context_id=1,
        writes=run(1, 4, message="Syncing for Sandbox University", results="synchronised"),
    ),
    Script(
        id=42,
        about="completes with results that hold ids",
        tag="post_assignment_grades",
        context_type="Assignment",
        context_id=301,
        writes=run(1, 4, results={"assignment_id": 301, "posted_at": None, "submission_ids": [_BEYOND_DOUBLE, 8]}),
    ),
    Script(
        id=43,
        about="fails with results",
        tag="apply_score_to_ungraded_assignments",
        owner=None,
        writes=breakdown(
            1,
            4,
            reached=75.0,
            message="Unexpected error, ID: 8813",
            results={"errors": [{"assignment_id": 303, "error": "moderated", "student_id": 71}]},
        ),
    ),
    Script(
        id=44,
        about="vanishes after 6 s: its report was deleted",
        tag="Quizzes::QuizStatistics",
        context_type="Quizzes::QuizStatistics",
        context_id=21,
        owner=None,
        writes=(Write(at=1, state="running"), Write(at=3, completion=40.0), Write(at=6, destroys=True)),
    ),
    Script(
        id=45,
        about="has a message of several lines",
        tag="course_batch_update",
        context_type="Account",
        context_id=1,
        on_cancel=OnCancel.OVERWRITES,
        writes=run(1, 4, message="15 courses processed\nThe course was not found: 42, 43\r\n\n\tNothing else"),
    ),
    Script(
        id=46,
        about="has a message full of Rich markup",
        tag="[blink]tag[/blink]",
        writes=run(1, 4, message="[bold red]x[/] [link=https://elsewhere.example.org]here[/link] [/nothing] :boom:"),
    ),
    Script(
        id=47,
        about="has a message that tries to take over the terminal",
        tag="tag\u001b]0;owned\u0007",
        writes=run(
            1, 4, message="\u001b[2J\u001b[31mred\u009b2J\u202egnp.exe\u202c \u0000\u0007\u0008\u007f\u2028\ufeff end"
        ),
    ),
    Script(
        id=48,
        about="has keys that nobody expects and numbers beyond 2^53",
        tag="content_migration",
        extra={
            "priority": 20,
            "delayed_job_id": _BEYOND_DOUBLE,
            "tags": ["a", {"deep": {"id": _BEYOND_DOUBLE}}],
            "account": None,
        },
        writes=run(1, 4, results={"attempts": _BEYOND_DOUBLE * 1000, "ratio": 0.1, "html": "<b>&amp;</b>"}),
    ),
    Script(
        id=49,
        about="fails although all but two of its items were saved",
        tag="submissions_update",
        owner=None,
        writes=breakdown(1, 4, reached=100.0, message="Couldn't find User(s) with API ids 'x', 'y'"),
    ),
)
