"""The jobs of the default scenario that differ in owner, rights, context or address."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.jobs import kinds
from canvas_progress.sandbox.scripts import OnCancel, Script
from canvas_progress.sandbox.writes import run, write

_ANOTHER_USER: Final = 11
_ANOTHER_SHARD: Final = 2 * 10**13
_LTI: Final = (
    kinds.upload(
        80,
        "an assignment of the LTI tool",
        run(0, 10, results={"id": 4713}),
        context=("Assignment", 301),
        lti_linked=True,
    ),
    kinds.upload(81, "an assignment of another tool", run(0, 10, results={"id": 4714}), context=("Assignment", 302)),
    kinds.upload(
        82,
        "an assignment of the LTI tool whose file could not be fetched",
        (write(0, state="running"), write(5, state="failed", message="Unexpected error, ID: 8814")),
        context=("Assignment", 301),
        lti_linked=True,
    ),
)

JOBS: Final = (
    kinds.content_migration(50, "belongs to another user", run(1, 30), owner=_ANOTHER_USER),
    Script(
        51,
        "may not be read",
        run(1, 30),
        tag="sis_batch_state_restore",
        context=("SisBatch", 3),
        owner=None,
        readable=False,
    ),
    kinds.modules(
        52, "may be read without a token: its course is public", run(1, 30), public=True, on_cancel=OnCancel.IGNORES
    ),
    kinds.content_migration(
        53, "may be cancelled but no longer read", run(1, 30), context=("ContentMigration", 34), readable=False
    ),
    kinds.upload(
        54,
        "has a `url` on another host: the token must not follow it",
        run(1, 10, results={"id": 4712}),
        url_base="https://elsewhere.example.org",
    ),
    kinds.content_export(55, "has timestamps with an offset", run(1, 10), context=("ContentExport", 45), utc_offset=-6),
    kinds.course_pace(56, "stays in the queue for five minutes", run(300, 20), context=("CoursePace", 13)),
    kinds.conversations(57, "is about a user instead of a course", run(1, 10, message="3 conversations processed")),
    Script(
        58,
        "assigns students to groups, for nobody in particular, and is running from the start",
        run(0, 10),
        tag="assign_unassigned_members",
        context=("GroupCategory", 9),
        owner=None,
    ),
    kinds.content_migration(
        _ANOTHER_SHARD + 23,
        "lives on another shard: `2~23` in URLs",
        run(1, 10),
        context=("Course", _ANOTHER_SHARD + 5),
    ),
    kinds.content_migration(9010000000000001, "has an id that a JavaScript number cannot hold", run(1, 10)),
    *_LTI,
)
