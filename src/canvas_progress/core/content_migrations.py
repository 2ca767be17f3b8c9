"""What the owner of a Progress says beside it: the file of an export, and a content migration where the two disagree.

From Canvas's source, `app/models/content_migration.rb`: the Progress of a selective import is completed before anything
is imported, and the one of a migration that no worker takes stays queued for ever.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.errors import UnreadableJobError
from canvas_progress.core.files import file_in
from canvas_progress.core.ids import is_same_id
from canvas_progress.core.json_values import integer, string
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.refs import parse_id
from canvas_progress.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.job import Job

_MIGRATION: Final = re.compile("/content_migrations/[0-9~]+$")
_WAITS: Final = "waiting for you to select content"
_NOT_YET: Final = "its job is completed, and the migration is not yet"
_OVER: Final = frozenset({"completed", "failed"})
_FAILED: Final = "the migration failed, and its job never started"


def may_differ(job: Job) -> bool:
    """Whether the owner may know better than its Progress, or more."""
    return job.outcome in {Outcome.QUEUED, Outcome.COMPLETED}


def knows_better(path: str) -> bool:
    """Whether the thing at a path is one that its Progress cannot be believed without."""
    return _MIGRATION.search(path) is not None


def as_its_owner_says(job: Job, owner: Mapping[str, Any], path: str) -> Job:
    """Return the job with what its owner, that at the path, says. Only migrations disagree with their Progress.

    The file of a migration is what was imported, that of another owner is what its job has made. Raises
    UnreadableJobError for what is not the migration that is at the path.
    """
    wanted, found = parse_id(path.rpartition("/")[2]), integer(owner.get("id"))
    is_it = found is not None and is_same_id(found, wanted)
    if knows_better(path):
        if found is None or string(owner.get("workflow_state")) is None:
            raise UnreadableJobError("the answer is JSON, but no migration: it has no `id` and `workflow_state`")
        if not is_it:
            raise UnreadableJobError(f"the answer is about {found}, not about {wanted}")
        return _as_its_migration_says(job, owner)
    file = file_in(owner) if is_it or found is None else None
    return job if file is None else replace(job, link=file)


def _as_its_migration_says(job: Job, owner: Mapping[str, Any]) -> Job:
    state, issues = string(owner.get("workflow_state")), integer(owner.get("migration_issues_count")) or 0
    if state == "waiting_for_select":
        return replace(job, own_outcome=Outcome.WAITING, message=_WAITS)
    if state == "failed":
        message = _FAILED if job.outcome is Outcome.QUEUED else job.message
        return replace(job, own_outcome=Outcome.FAILED, message=message or "the migration failed")
    if job.outcome is Outcome.COMPLETED and state not in _OVER:
        return replace(job, own_outcome=Outcome.RUNNING, message=_NOT_YET)
    if job.outcome is Outcome.COMPLETED and issues > 0:
        return replace(job, message=counted(issues, "issue"), warnings=issues)
    return job
