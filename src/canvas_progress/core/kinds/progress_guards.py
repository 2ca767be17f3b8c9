"""Which Progress may be canceled, and what that means for its work. From Canvas's own source, not its docs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.ids import SHARD_SIZE
from canvas_progress.core.outcome import Outcome

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.job import Job

_DONE: Final = 100.0
_SHORTEST_CUT: Final = 20  # characters of a message that was cut; fewer may be anybody's
# These look at their own Progress while they work, and stop when it has failed.
_STOP_SOON: Final = frozenset({"context_module_batch_update", "gradebook_to_csv"})


def refusal(answer: Answer, *, force: bool = False) -> str | None:
    """Return why this job is not to be canceled: it has finished, or it belongs to somebody else or to nobody.

    None where it may be; `force` overrides all. Where the answer names no user, the token counts as the owner's.
    """
    job, caller = answer.job, answer.about.user_id
    if force:
        return None
    if job.outcome.is_final:
        harm = "rewrite it as failed" if job.outcome is Outcome.COMPLETED else "replace its message"
        return f"it has already {_ended(job)}, and Canvas would {harm}"
    if job.user_id is None:
        return "it was started without an owner, and Canvas lets only the owner cancel"
    if caller is None or is_same_user(job.user_id, caller):
        return None
    you = caller % SHARD_SIZE if job.user_id < SHARD_SIZE else caller  # spelled as Canvas spells the owner
    return f"user {job.user_id} started it, you are user {you}, and Canvas lets only the owner cancel"


def is_marked(job: Job, message: str) -> bool:
    """Whether the job carries our cancellation: failed, with the message that was sent, which a server may trim.

    Canvas's own state of that name is one too, whoever wrote it.
    """
    if job.state != "failed" or job.message is None:
        return job.state == "canceled"
    kept, sent = " ".join(job.message.split()), " ".join(message.split())
    return kept == sent or (len(kept) >= _SHORTEST_CUT and sent.startswith(kept))


def what_follows(before: Job | None, job: Job) -> str:
    """Say what Canvas does with the work of a job that was just marked; `before` is how it was read right before."""
    if before is not None and before.outcome.is_final:
        return f"its finished record was overwritten: it had {_ended(before)}"
    if job.completion == _DONE and (before is None or before.completion != _DONE):
        return "it may have finished just before: Canvas shows 100%"
    if job.tag in _STOP_SOON:
        return "its work stops soon; what is done stays done"
    return "work already under way may go on"


def is_same_user(user_id: int, caller: int) -> bool:
    """Compare a Progress's `user_id`, which may be short for its shard, with the global id of X-Canvas-User-Id."""
    return user_id in {caller, caller % SHARD_SIZE}


def _ended(job: Job) -> str:
    return "been canceled" if job.outcome is Outcome.CANCELED else job.outcome
