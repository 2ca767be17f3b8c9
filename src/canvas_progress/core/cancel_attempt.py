"""The attempt to cancel one job, as a state machine: read, judge, send. No POST leaves without a read judged before it.

Canvas's endpoint has no guard and no memory: a POST that is repeated rewrites whatever the job has become meanwhile. So
each POST, also a repeated one, uses up one judged read. After a POST whose answer was lost only reads can tell what
became of it; where they cannot, that is what is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import Answer
from canvas_progress.core.backoff import ONE_ANSWER, PATIENT, Failures, may_pass
from canvas_progress.core.cancel_decisions import Action, Conclusion, Intent, Pause, Read, Send
from canvas_progress.core.cancellation import is_marked, judge, what_follows
from canvas_progress.core.errors import (
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotPermittedError,
    ThrottledError,
    UnavailableError,
)
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.wording import in_words, soon

if TYPE_CHECKING:
    from canvas_progress.core.job import Job

_MOST_POSTS: Final = 3


class Attempt:
    """One job to be canceled. Do what `decide` says, and tell `record` what came of it; it returns news to report.

    Times are seconds of the caller's monotonic clock; at `until` the attempt is over, whatever is known by then.
    """

    def __init__(self, intent: Intent, *, until: float) -> None:
        self.intent = intent
        self.until = until
        self._answer: Answer | None = None
        self._before: Job | None = None  # what was judged right before the latest POST
        self._is_stale = False  # whether the answer that comes next may be from before a stop
        self._judged = False  # whether the last thing that happened is a read that lets us send
        self._sending = False
        self._posts = 0
        self._doubts: list[CanvasProgressError] = []  # of each POST that may have taken effect unseen
        self._trouble: CanvasProgressError | None = None
        self._reads = Failures(ONE_ANSWER)  # patient as soon as there is something to find out
        self._failed_posts = Failures(PATIENT)
        self._asked_at = self._due = 0.0
        self.conclusion: Conclusion | None = None

    def decide(self, now: float) -> Read | Send | Pause | Conclusion:
        """Return what to do at this moment. A `Send` counts as sent."""
        if self.conclusion is None and now >= self.until:
            self._out_of_time()
        if self.conclusion is not None:
            return self.conclusion
        if self._due > now:
            return Pause(self._due - now)
        self._asked_at = now
        if not self._judged:
            return Read(self.until - now)
        self._judged, self._sending = False, True
        self._posts += 1
        return Send(self.until - now, self.intent.message)

    def record(self, reply: Answer | CanvasProgressError, now: float, jitter: float) -> str | None:
        """Take in what came of the request that was decided on. `jitter` is random in 0..1."""
        if self._sending:
            self._sending = False
            return self._sent(reply, now, jitter)
        return self._read(reply, now, jitter)

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds: what was read before tells nothing of now."""
        self._judged, self._is_stale = False, True
        self._asked_at += lost
        self._reads.resumed(lost)
        self._failed_posts.resumed(lost)

    def looked(self, answer: Answer) -> None:
        """Take in how the job was when somebody was asked about it; it is read again before anything is sent."""
        self._answer = answer

    def refuse(self, reason: str) -> Conclusion:
        """Conclude without a request: this job cannot be canceled at all."""
        return self._conclude(Action.REFUSED, reason, ExitCode.REFUSED)

    def interrupted(self, why: str, code: ExitCode) -> Conclusion:
        """Return what can be said if nothing more happens: a POST under way may have taken effect, or none was sent."""
        if self.conclusion is not None:
            return self.conclusion
        if self._sending:
            return self._conclude(Action.UNKNOWN, f"{why} while its request was under way", code)
        if self._doubts:
            return self._conclude(Action.UNKNOWN, f"{self._doubts[-1].message}; {why} before it was known", code)
        if self._posts > 0 and self._trouble is not None:  # it was sent, and did not get through
            return self._conclude(Action.UNCHANGED, f"{self._trouble.message}; {why}", code)
        return self._conclude(Action.UNCHANGED, f"{why}; nothing was sent", code)

    def _read(self, reply: Answer | CanvasProgressError, now: float, jitter: float) -> str | None:
        if isinstance(reply, Answer):
            self._reads, self._answer = Failures(PATIENT), reply
            if not self._is_stale:
                self._judge(reply)
            self._is_stale = False
            return None
        if isinstance(reply, NotPermittedError):
            self._not_readable(reply)
            return None
        if now >= self.until and may_pass(reply):  # it was cut short by that, and says nothing about the server
            self._out_of_time()
            return None
        wrong_address = self._posts == 0 and self._answer is None and ONE_ANSWER.is_no_server(reply)
        at = self._reads.retry_at(reply, self._asked_at, now, jitter)
        if at is not None and not wrong_address:
            return self._pause(reply, at, now, then="trying again")
        self._end(Action.UNCHANGED, reply)
        return None

    def _sent(self, reply: Answer | CanvasProgressError, now: float, jitter: float) -> str | None:
        if isinstance(reply, Answer):
            self._answered(reply)
            return None
        at = self._failed_posts.retry_at(reply, self._asked_at, now, jitter)
        if at is None:
            self._end(Action.REFUSED if isinstance(reply, NotPermittedError) else Action.UNCHANGED, reply)
            return None
        self._reads = Failures(PATIENT)
        if _may_have_arrived(reply):
            self._doubts.append(reply)
            return self._pause(reply, at, now, then="looking whether it took effect")
        if self._posts >= _MOST_POSTS and not self._doubts:
            self._end(Action.UNCHANGED, reply)
            return None
        return self._pause(reply, at, now, then="trying again")

    def _judge(self, answer: Answer) -> None:
        """Find out what became of a POST whose answer was lost, and let the guards judge the next one."""
        job = answer.job
        # A mark that was there before proves nothing.
        is_new = self._before is None or job.verbatim != self._before.verbatim
        if self._doubts and is_new and is_marked(job, self.intent.message):
            self._conclude(Action.CANCELED, what_follows(self._before, job), ExitCode.OK)
            return
        verdict = judge(answer, force=self.intent.force)
        if self._doubts and job.state == "failed" and not (self._before and self._before.state == "failed"):
            # By itself, or by us with a message that Canvas has changed or the job has written over.
            self._conclude(Action.UNKNOWN, f"{self._doubts[-1].message}; it has failed since", ExitCode.GAVE_UP)
        elif not verdict.allowed:
            action = Action.UNCHANGED if self._doubts else Action.REFUSED
            self._conclude(action, verdict.reason, ExitCode.REFUSED)
        elif self.intent.dry_run:
            self._conclude(Action.DRY_RUN, f"would be marked as canceled; it is {job.outcome}", ExitCode.OK)
        elif self._posts >= _MOST_POSTS:
            self._end(Action.UNCHANGED, self._trouble)
        else:
            self._judged, self._before = True, job

    def _not_readable(self, error: NotPermittedError) -> None:
        """Canvas lets the one who started a job cancel it, also where it does not let them read it."""
        if self._doubts or not self.intent.unread or self._posts >= _MOST_POSTS:
            self._end(Action.UNCHANGED, error)
        elif self.intent.dry_run:
            self._conclude(
                Action.DRY_RUN, "would be marked as canceled, unread: Canvas lets nobody read it", ExitCode.OK
            )
        else:
            self._judged, self._before = True, None

    def _answered(self, answer: Answer) -> None:
        """Take in Canvas's own answer to the POST: the job as it is from now on."""
        self._answer = answer
        if answer.job.state not in {"failed", "canceled"}:
            self._conclude(Action.UNCHANGED, f"Canvas answered that it is {answer.job.outcome}", ExitCode.REFUSED)
            return
        unread = "" if self._before else "; it was sent unread, since Canvas does not let you read it"
        self._conclude(Action.CANCELED, f"{what_follows(self._before, answer.job)}{unread}", ExitCode.OK)

    def _pause(self, error: CanvasProgressError, at: float, now: float, *, then: str) -> str | None:
        """Leave the server alone until then, unless there is no time for that."""
        self._trouble = error
        if at >= self.until:
            asked = isinstance(error, UnavailableError) and error.retry_after is not None
            self._end(Action.UNCHANGED, error, more=f"; it asks for {in_words(at - now)} of rest" if asked else "")
            return None
        self._due = at
        return f"{error.message}; {then} in {soon(at - now)}"

    def _out_of_time(self) -> None:
        if self._trouble is not None or self._doubts:
            self._end(Action.UNCHANGED, self._trouble, more="; the time limit is over")
        else:
            self._conclude(Action.UNCHANGED, "the time limit is over; nothing was sent", ExitCode.TIMED_OUT)

    def _end(self, action: Action, error: CanvasProgressError | None, *, more: str = "") -> None:
        """Conclude because of an error. After a POST in doubt it is not known what was done."""
        error = error or self._doubts[-1]
        fatal = error if isinstance(error, CredentialError) else None
        reason, code = f"{error.message}{more}", error.exit_code
        if self._doubts:
            seen = f"; when last read it was {self._answer.job.outcome}" if self._answer else ""
            action, reason, code = Action.UNKNOWN, f"{reason}{seen}", code if fatal else ExitCode.GAVE_UP
        is_gone = isinstance(error, NoSuchJobError)
        self.conclusion = Conclusion(action, reason, code, self._answer, fatal, is_gone=is_gone)

    def _conclude(self, action: Action, reason: str, code: ExitCode) -> Conclusion:
        self.conclusion = Conclusion(action, reason, code, self._answer)
        return self.conclusion


def _may_have_arrived(error: CanvasProgressError) -> bool:
    """Tell whether Canvas may have acted on a POST all the same: yes, unless the request cannot have reached it."""
    if isinstance(error, NetworkError):
        return error.sent
    return not isinstance(error, ThrottledError | CertificateError)
