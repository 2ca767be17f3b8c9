"""What the cancellation of one job may come to."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from canvas_progress.core.errors import CanvasProgressError, CredentialError, NoSuchJobError
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.exit_codes import ExitCode
    from canvas_progress.core.job import Job


class Action(StrEnum):
    """What became of the wish to cancel one job."""

    CANCELED = "canceled"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    DRY_RUN = "dry-run"


@record
class Conclusion:
    """What was done about one job and why; `answer` is the last one about it, `error` what no retry could help.

    `forced` is what speaks against a cancellation that would be sent all the same.
    """

    action: Action
    reason: str
    code: ExitCode
    answer: Answer | None = None
    error: CanvasProgressError | None = None
    forced: str = ""

    @property
    def job(self) -> Job | None:
        """The job as it was last seen."""
        return None if self.answer is None else self.answer.job

    @property
    def outcome(self) -> Outcome:
        """What is known of the job."""
        if isinstance(self.error, NoSuchJobError):
            return Outcome.GONE
        return Outcome.UNREAD if self.job is None else self.job.outcome

    @property
    def fatal(self) -> CredentialError | None:
        """The refusal of the credential: nothing else can be done with it."""
        return self.error if isinstance(self.error, CredentialError) else None
