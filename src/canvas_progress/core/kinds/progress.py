"""The Progress: what Canvas answers for most of its long work. From `app/models/progress.rb` and its serializer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.files import file_in
from canvas_progress.core.json_values import integer, mapping, number, string
from canvas_progress.core.kinds.kind import Cancel, Kind
from canvas_progress.core.kinds.progress_guards import is_marked, refusal, what_follows
from canvas_progress.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.job import Job

# Some jobs store their results one write after `completed`. These are known never to have any.
_NO_RESULTS: Final = frozenset(
    {
        "assign_unassigned_members",
        "content_export",
        "content_migration",
        "context_module_batch_update",
        "conversation_batch_update",
        "course_batch_update",
        "course_export",
        "course_group_import",
        "course_pace_publish",
        "custom_columns_submissions_update",
        "epub_export",
        "gradebook_to_csv",
        "override_grade_update",
        "sis_batch_state_restore",
        "submissions_update",
        "sync_homeroom_enrollments",
    }
)


def _read(job: Job, values: Mapping[str, Any]) -> Job:
    """Read the rest: missing, null, mistyped and unknown keys are tolerated."""
    import json  # late: Tab needs none of it

    results = values.get("results")
    return replace(
        job,
        completion=number(values.get("completion")),
        tag=string(values.get("tag")),
        context_type=string(values.get("context_type")),
        context_id=integer(values.get("context_id")),
        user_id=integer(values.get("user_id")),
        message=string(values.get("message")),
        results=None if results is None else json.dumps(results, ensure_ascii=False),
        link=_link(values),
    )


def _link(values: Mapping[str, Any]) -> str | None:
    """Return the address of the file in the results; an upload has only its id there."""
    results = mapping(values, "results")
    file = integer(results.get("id")) if values.get("tag") == "upload_via_url" else None
    return file_in(results) if file is None else f"/files/{file}/download"


def _more_follows(job: Job) -> bool:
    return job.outcome is Outcome.COMPLETED and job.results is None and job.tag not in _NO_RESULTS


PROGRESS: Final = Kind(
    name="progress",
    noun="progress",
    title="Progress",
    address=re.compile("/api/v1/progress|/api/lti/courses/(?P<course>[^/]+)/progress"),
    collection="",
    read=_read,
    cancel=Cancel("POST", "/cancel", refusal, is_marked, what_follows, takes_message=True),
    more_follows=_more_follows,
    everywhere=True,
    unlisted="`canvas-progress recent` lists those that this machine has seen",
    scopes="url:GET|/api/v1/progress/:id and url:POST|/api/v1/progress/:id/cancel",
)
