"""Whether a cancellation holds. Some jobs write over it, start anew or crash on it; most never look at it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import Answer
from canvas_progress.core.backoff import PATIENT, Failures
from canvas_progress.core.cancel_decisions import Action, Conclusion, Pause, Read
from canvas_progress.core.cancellation import is_marked
from canvas_progress.core.errors import CanvasProgressError, CredentialError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.exit_status import of_outcome
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import soon

if TYPE_CHECKING:
    from canvas_progress.core.job import Job

HOLDS_AFTER: Final = 30.0  # seconds without any change
_SHORTEST, _LONGEST = 1.0, 5.0  # seconds between reads
_SHARE_OF_AGE: Final = 0.25


class FollowUp:
    """A job that was marked as canceled, read on until nothing more is to be expected; then `conclusion` is set.

    It is used as an `Attempt` is, but never sends. `restarted` remembers that the job was pending after its mark:
    Canvas's reset keeps the message, so that from then on the message is no sign of ours any more.
    """

    def __init__(self, message: str, answer: Answer, *, marked_at: float, until: float = math.inf) -> None:
        self._message = message
        self._answer = answer
        self._marked_at = self._changed_at = marked_at
        self.until = until
        self._due = marked_at
        self._failures = Failures(PATIENT)
        self._asked_at = marked_at
        self.restarted = False
        self.conclusion: Conclusion | None = None

    def decide(self, now: float) -> Read | Pause | Conclusion:
        """Return what to do at this moment."""
        if self.conclusion is None and now >= self.until:
            self._out_of_time()
        if self.conclusion is not None:
            return self.conclusion
        due = min(self._due, self.until)
        if due > now:
            return Pause(due - now)
        self._asked_at = now
        return Read(self.until - now)

    def record(self, reply: Answer | CanvasProgressError, now: float, jitter: float) -> str | None:
        """Take in what came of a read, and return news to report. `jitter` is random in 0..1."""
        if isinstance(reply, Answer):
            return self._seen(reply, now)
        if now >= self.until:  # it was cut short by that, and says nothing about the server
            self._out_of_time()
            return None
        at = self._failures.retry_at(reply, self._asked_at, now, jitter)
        if at is None or at >= self.until:
            fatal = reply if isinstance(reply, CredentialError) else None
            self._end(reply.message, reply.exit_code, fatal, is_gone=isinstance(reply, NoSuchJobError))
            return None
        self._due = at
        return f"{reply.message}; retrying in {soon(at - now)}"

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self._asked_at += lost
        self._failures.resumed(lost)

    def interrupted(self, why: str, code: ExitCode) -> Conclusion:
        """Return what can be said if nothing more is read."""
        return self.conclusion or self._end(f"{why} before it had settled", code)

    def _seen(self, answer: Answer, now: float) -> str | None:
        before, self._answer = self._answer.job, answer
        job, news = answer.job, None
        self._failures = Failures(PATIENT)
        if job.verbatim != before.verbatim:
            self._changed_at = now
        if not self.restarted and self._began_anew(before, job):
            self.restarted = True
            news = f"it was started anew and is {job.outcome}"
        if (settled := self._settled(job, now)) is not None:
            reason, code = settled
            self.conclusion = Conclusion(Action.CANCELED, reason, code, answer)
        self._due = now + self._next_read(now)
        return news

    def _began_anew(self, before: Job, job: Job) -> bool:
        """Tell whether the job was reset: it is pending, or has our mark still but its completion is gone."""
        if not job.outcome.is_final:
            return True
        return is_marked(job, self._message) and bool(before.completion) and not job.completion

    def _settled(self, job: Job, now: float) -> tuple[str, ExitCode] | None:
        """Return what has become of the cancellation and the exit code for it, None while that is open."""
        if not job.outcome.is_final:
            return None
        if job.outcome is Outcome.COMPLETED:
            told = "it was started anew and completed" if self.restarted else _OVERWRITTEN + " and completed"
            return told, ExitCode.REFUSED
        if self.restarted:
            ended = "canceled" if job.state == "canceled" else "failed"
            return f"it was started anew, then {ended}{_said(job)}", _code_of(job)
        if not is_marked(job, self._message):
            return f"{_OVERWRITTEN}: {job.state}{_said(job)}", _code_of(job)
        still = now - self._changed_at
        return (f"the cancellation has held for {still:.0f} s", ExitCode.OK) if still >= HOLDS_AFTER else None

    def _next_read(self, now: float) -> float:
        """Return the seconds until it should be read again: soon at first, seldom later."""
        wait = min(max(_SHARE_OF_AGE * (now - self._marked_at), _SHORTEST), _LONGEST)
        return wait if self.restarted else min(wait, max(self._changed_at + HOLDS_AFTER - now, _SHORTEST))

    def _out_of_time(self) -> None:
        self._end("the time limit was over before it had settled", ExitCode.TIMED_OUT)

    def _end(
        self, why: str, code: ExitCode, error: CredentialError | None = None, *, is_gone: bool = False
    ) -> Conclusion:
        """Conclude without knowing: it is marked, and how it stands is as far as that was read."""
        reason = f"{why}; it was {self._answer.job.outcome} when last read"
        self.conclusion = Conclusion(Action.CANCELED, reason, code, self._answer, error, is_gone=is_gone)
        return self.conclusion


_OVERWRITTEN: Final = "the job wrote over the cancellation"


def _code_of(job: Job) -> ExitCode:
    """Return 9 for Canvas's own cancellation, 3 for every failure: the message `canceled` may be an old mark."""
    return of_outcome(Outcome.CANCELED if job.state == "canceled" else Outcome.FAILED)


def _said(job: Job) -> str:
    return f", {job.message}" if job.message else ""
