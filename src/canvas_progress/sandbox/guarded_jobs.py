"""The jobs of the default scenario that differ in owner, rights, context or address: table in `scenarios.py`."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.scripts import CALLER, Script
from canvas_progress.sandbox.timelines import run

_ANOTHER_USER: Final = 11

JOBS: Final = (
    Script(id=50, about="belongs to another user", tag="content_migration", owner=_ANOTHER_USER, writes=run(1, 30)),
    Script(
        id=51,
        about="may not be read",
        tag="sis_batch_state_restore",
        context_type="SisBatch",
        context_id=3,
        owner=None,
        readable=False,
        writes=run(1, 30),
    ),
    Script(
        id=52,
        about="may be read without a token: its course is public",
        tag="context_module_batch_update",
        public=True,
        writes=run(1, 30),
    ),
    Script(
        id=53,
        about="may be cancelled but no longer read",
        tag="content_migration",
        context_type="ContentMigration",
        context_id=34,
        readable=False,
        writes=run(1, 30),
    ),
    Script(
        id=54,
        about="has a `url` on another host: the token must not follow it",
        tag="upload_via_url",
        url_base="https://elsewhere.example.org",
        writes=run(1, 10, results={"id": 4712}),
    ),
    Script(
        id=55,
        about="has timestamps with an offset",
        tag="content_export",
        context_type="ContentExport",
        context_id=45,
        utc_offset=-6,
        writes=run(1, 10),
    ),
    Script(
        id=56,
        about="stays in the queue for five minutes",
        tag="course_pace_publish",
        context_type="CoursePace",
        context_id=13,
        owner=None,
        writes=run(300, 20),
    ),
    Script(
        id=57,
        about="is about a user instead of a course",
        tag="conversation_batch_update",
        context_type="User",
        context_id=CALLER,
        writes=run(1, 10, message="3 conversations processed"),
    ),
    Script(
        id=58,
        about="assigns students to groups, for nobody in particular, and is running from the start",
        tag="assign_unassigned_members",
        context_type="GroupCategory",
        context_id=9,
        owner=None,
        writes=run(0, 10),
    ),
    Script(
        id=20000000000023,
        about="lives on another shard: `2~23` in URLs",
        tag="content_migration",
        context_id=20000000000005,
        writes=run(1, 10),
    ),
    Script(
        id=9010000000000001,
        about="has an id that a JavaScript number cannot hold",
        tag="content_migration",
        writes=run(1, 10),
    ),
)
