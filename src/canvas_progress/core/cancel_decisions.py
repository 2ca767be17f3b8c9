"""What the cancellation of one job may decide to do next, and what it may come to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from canvas_progress.core.outcome import Outcome

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.errors import CredentialError
    from canvas_progress.core.exit_codes import ExitCode
    from canvas_progress.core.job import Job


class Action(StrEnum):
    """What became of the wish to cancel one job."""

    CANCELED = "canceled"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    DRY_RUN = "dry-run"


@dataclass(frozen=True, slots=True)
class Read:
    """Read the job now; after so many seconds nobody waits for the answer any more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Send:
    """Send the POST with this message now: the job was read and judged right before. `seconds` as in `Read`."""

    seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Leave the server alone for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was done about one job, what is known of it and why; `answer` is the last one about it.

    `error` is a credential that was refused: nothing else can be done with it. `is_gone` is whether Canvas has the job
    no more.
    """

    action: Action
    reason: str
    code: ExitCode
    answer: Answer | None = None
    error: CredentialError | None = None
    is_gone: bool = False

    @property
    def outcome(self) -> Outcome:
        """What is known of the job."""
        if self.is_gone:
            return Outcome.GONE
        return Outcome.UNKNOWN if self.job is None else self.job.outcome

    @property
    def job(self) -> Job | None:
        """The job as it was last seen."""
        return None if self.answer is None else self.answer.job


@dataclass(frozen=True, slots=True)
class Intent:
    """What to send, and which guards to override. `unread` also sends it for a job that Canvas does not let us read."""

    message: str
    force: bool = False
    unread: bool = False
    dry_run: bool = False
