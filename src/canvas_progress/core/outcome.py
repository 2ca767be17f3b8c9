"""What became of a job, in our words: Canvas's states, plus the three that it cannot say."""

from __future__ import annotations

from enum import StrEnum

CANCEL_MESSAGE = "canceled"  # Canvas's own pages mark a cancellation so: state failed, this message


class Outcome(StrEnum):
    """One word per job. `gone`, `unknown` and `unread` (no answer) are ours, the others are Canvas's."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    GONE = "gone"
    UNKNOWN = "unknown"
    UNREAD = "unread"

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be expected; an unknown state may still move."""
        return self in _FINAL


_FINAL = frozenset({Outcome.COMPLETED, Outcome.FAILED, Outcome.CANCELED, Outcome.GONE})
_BY_STATE = {
    "queued": Outcome.QUEUED,
    "running": Outcome.RUNNING,
    "waiting_for_external_tool": Outcome.WAITING,
    "completed": Outcome.COMPLETED,
    "failed": Outcome.FAILED,
    "canceled": Outcome.CANCELED,
}


def outcome_of(state: str, message: str | None) -> Outcome:
    """Return the outcome for Canvas's `workflow_state` and `message`.

    Canvas's cancel endpoint produces `failed`, never `canceled`; only the message distinguishes the two.
    """
    outcome = _BY_STATE.get(state, Outcome.UNKNOWN)
    if outcome is Outcome.FAILED and message == CANCEL_MESSAGE:
        return Outcome.CANCELED
    return outcome
