"""The kinds of jobs that occur more than once: the tag is what a job is about, and decides what it does on a cancel."""

from __future__ import annotations

from functools import partial
from typing import Final

from canvas_progress.sandbox.scripts import CALLER, OnCancel, Script

ACCOUNT: Final = ("Account", 1)

assignment_bulk_update = partial(Script, tag="assignment_bulk_update", owner=None)
content_export = partial(Script, tag="content_export")
content_migration = partial(Script, tag="content_migration")
conversations = partial(Script, tag="conversation_batch_update", context=("User", CALLER))
course_batch_update = partial(Script, tag="course_batch_update", context=ACCOUNT, on_cancel=OnCancel.OVERWRITES)
course_pace = partial(Script, tag="course_pace_publish", context=("CoursePace", 12), owner=None)
gradebook = partial(Script, tag="gradebook_to_csv", on_cancel=OnCancel.COOPERATES)
horizon = partial(Script, tag="convert_course_to_horizon")
modules = partial(Script, tag="context_module_batch_update", on_cancel=OnCancel.COOPERATES)
submissions_update = partial(Script, tag="submissions_update", owner=None)
upload = partial(Script, tag="upload_via_url")
youtube_scan = partial(Script, tag="youtube_embed_scan", owner=None)
