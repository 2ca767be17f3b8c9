"""Whether a cancellation holds. Some jobs write over it, start anew or crash on it; most never look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.backoff import may_pass
from canvas_progress.core.cancel_conclusion import Action, Conclusion
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.exit_status import of_outcome
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import glimpse

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.job import Job
    from canvas_progress.core.kinds.kind import Cancel

HOLDS_AFTER: Final = 30.0  # seconds without any change
_SHORTEST, _LONGEST = 1.0, 5.0  # seconds between reads
_SHARE_OF_AGE: Final = 0.25
_OVERWRITTEN: Final = "the job wrote over the cancellation"


class FollowUp:
    """A job that was marked as canceled, read on until nothing more is to be expected; then `conclusion` is set.

    The mark to look for has the message that Canvas has kept: it may have changed the one that was `sent`.
    Canvas's reset keeps it as well: once `_restarted`, it is no sign of ours any more.
    """

    def __init__(self, how: Cancel, sent: str, answer: Answer, *, marked_at: float) -> None:
        self._how = how
        self._message = answer.job.message or sent
        self._answer = answer
        self._marked_at = self._changed_at = marked_at
        self._restarted = False
        self.conclusion: Conclusion | None = None

    def answered(self, answer: Answer, now: float) -> str | None:
        """Take in how the job is now, and return news to report."""
        before, job, self._answer = self._answer.job, answer.job, answer
        if job.verbatim != before.verbatim:
            self._changed_at = now
        is_news = not self._restarted and self._began_anew(before, job)
        self._restarted |= is_news
        if (settled := self._settled(job, now)) is not None:
            self.conclusion = Conclusion(Action.CANCELED, *settled, answer)
        return f"it was started anew and is {job.outcome}" if is_news else None

    def next_read(self, now: float) -> float:
        """Return when the job should be read again: soon at first, seldom later, and once it will have held."""
        wait = min(max(_SHARE_OF_AGE * (now - self._marked_at), _SHORTEST), _LONGEST)
        holds_in = max(self._changed_at + HOLDS_AFTER - now, _SHORTEST)
        return now + (wait if self._restarted else min(wait, holds_in))

    def failed(self, error: CanvasProgressError) -> str | None:
        """Take in that a read failed, and return what is done after a pause, None for nothing."""
        if may_pass(error):
            return "retrying"
        self.end(error)
        return None

    def end(self, error: CanvasProgressError) -> None:
        """Conclude because of an error."""
        self._leave(error.message, error.exit_code, error)

    def out_of_time(self) -> None:
        """Conclude because the time limit is over."""
        self.interrupted("the time limit was over", ExitCode.TIMED_OUT)

    def interrupted(self, why: str, code: ExitCode) -> Conclusion:
        """Return what can be said if nothing more is read."""
        return self.conclusion or self._leave(f"{why} before it had settled", code)

    def _began_anew(self, before: Job, job: Job) -> bool:
        """Whether the job was reset: it is pending, or has our mark still but its completion is gone."""
        if not job.outcome.is_final:
            return True
        return self._how.is_marked(job, self._message) and bool(before.completion) and not job.completion

    def _settled(self, job: Job, now: float) -> tuple[str, ExitCode] | None:
        """Return what has become of the cancellation and the exit code for it, None while that is open."""
        if not job.outcome.is_final:
            return None
        if job.outcome is Outcome.COMPLETED:
            what = "it was started anew" if self._restarted else _OVERWRITTEN
            return f"{what} and completed", ExitCode.REFUSED
        # 9 is for Canvas's own cancellation alone, 3 for every failure: the message `canceled` may be an old mark.
        code = of_outcome(Outcome.CANCELED if job.state in {"canceled", "aborted"} else Outcome.FAILED)
        ended = f"{job.state}, {glimpse(job.message)}" if job.message else job.state
        if self._restarted:
            return f"it was started anew, then {ended}", code
        if not self._how.is_marked(job, self._message):
            return f"{_OVERWRITTEN}: {ended}", code
        still = now - self._changed_at
        return (f"the cancellation has held for {still:.0f} s", ExitCode.OK) if still >= HOLDS_AFTER else None

    def _leave(self, why: str, code: ExitCode, error: CanvasProgressError | None = None) -> Conclusion:
        """Conclude without knowing: it is marked, and how it stands is as far as that was read."""
        reason = f"{why}; it was {self._answer.job.outcome} when last read"
        self.conclusion = Conclusion(Action.CANCELED, reason, code, self._answer, error)
        return self.conclusion
