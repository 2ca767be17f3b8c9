"""Blueprint syncs. From Canvas's source: `app/models/master_courses/master_migration.rb`. No percentage, no abort."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.json_values import integer, moment, string
from canvas_progress.core.kinds.kind import Kind, no_cancel
from canvas_progress.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.job import Job

_STATES: Final = {
    "created": (Outcome.QUEUED, None),
    "queued": (Outcome.QUEUED, None),
    "exporting": (Outcome.RUNNING, "exporting the blueprint"),
    "imports_queued": (Outcome.RUNNING, "importing into the associated courses"),
    "completed": (Outcome.COMPLETED, None),
    "exports_failed": (Outcome.FAILED, "nothing was sent to the associated courses"),
    "imports_failed": (Outcome.FAILED, "at least one associated course failed; the others are updated"),
}
_TIMES: Final = ("imports_completed_at", "imports_queued_at", "exports_started_at")


def _read(job: Job, values: Mapping[str, Any]) -> Job:
    outcome, phase = _STATES.get(job.state, (Outcome.UNKNOWN, None))
    times = [moment(values.get(key)) for key in (_TIMES[:1] if outcome.is_final else _TIMES)]  # an end is no beginning
    comment = string(values.get("comment"))
    return replace(
        job,
        own_outcome=outcome,
        user_id=integer(values.get("user_id")),
        updated_at=next((time for time in times if time), None),
        message=phase or comment or None,
    )


BLUEPRINT_SYNC: Final = Kind(
    name="blueprint_sync",
    noun="blueprint sync",
    title="blueprint sync",
    address=re.compile("/api/v1/courses/(?P<course>[^/]+)/blueprint_(?:templates|subscriptions)/[^/]+/migrations"),
    collection="/api/v1/courses/{course}/blueprint_templates/default/migrations",
    read=_read,
    part_name="course",
    part_hint="it is the id of the blueprint course, as in the address of its page",
    cancel=no_cancel("Canvas has no way to abort a blueprint sync"),
    listed_below="",
    scopes="url:GET|/api/v1/courses/:course_id/blueprint_templates/:template_id/migrations/:id",
)
