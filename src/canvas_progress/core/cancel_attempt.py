"""The attempt to cancel one job, as a state machine: read, judge, send. No POST leaves without a read judged before it.

Canvas's endpoint has no guard and no memory: a POST that is repeated rewrites whatever the job has become meanwhile. So
each POST, also a repeated one, uses up one judged read. After a POST whose answer was lost only reads can show what
became of it; where they cannot, that is what is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.backoff import ONE_ANSWER, may_pass
from canvas_progress.core.cancel_conclusion import Action, Conclusion
from canvas_progress.core.errors import (
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NotPermittedError,
    ThrottledError,
    UsageError,
)
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.outcome import CANCEL_MESSAGE, Outcome
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.job import Job
    from canvas_progress.core.kinds.kind import Kind

_MOST_POSTS: Final = 3
_WHOSE: Final = "; whether this request or somebody else's did it is not known"
_UNSENT: Final = "; your message was not sent, since Canvas takes none here"


@record
class Intent:
    """What to send, and which guards to override. `unread` also sends it for a job that Canvas does not let us read."""

    message: str
    force: bool = False
    unread: bool = False
    dry_run: bool = False


def checked_message(message: str) -> str:
    """Return the message if it can be left. Raises UsageError, also for an empty one: Canvas would store it as none."""
    if not message.strip():
        raise UsageError(
            "an empty message would hide the cancellation", hint="leave the message out to send `canceled`"
        )
    try:
        message.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("the message is not UTF-8 text, and cannot be sent") from None
    if "\0" in message:
        raise UsageError("the message has a null character in it, which Canvas cannot store")
    return message


class Attempt:
    """One job to be canceled: `begin` each request and report what came of it, until there is a `conclusion`.

    It keeps no time: when a request is due, and for how long it is repeated, is decided by its caller.
    """

    def __init__(self, intent: Intent, kind: Kind) -> None:
        self.intent = intent
        self._how = kind.cancel
        self.answer: Answer | None = None  # the latest; it may be one from before the question
        self.conclusion: Conclusion | None = None
        self.may_send = False  # whether the last thing that happened is a read that the guards have let pass
        self.sending = False  # whether a POST is under way
        self._is_stale = False  # whether the answer that comes next may be from before a stop
        self._before: Job | None = None  # what was judged right before the latest POST
        self._posts = 0
        self._trouble: CanvasProgressError | None = None  # the latest that was worth a retry
        self._doubt: CanvasProgressError | None = None  # of the latest POST that may have taken effect unseen

    def begin(self) -> str | None:
        """Begin the next request, and return the message of the POST, None for a read."""
        self.sending, self.may_send = self.may_send, False
        self._posts += self.sending
        return self.intent.message if self.sending else None

    def answered(self, answer: Answer) -> None:
        """Take in how the job is now. An answer to a POST is Canvas's own word for what the job is from now on."""
        self.answer = answer
        if self.sending:
            self._marked(answer)
        elif not self._is_stale:
            self._judge(answer)
        self.sending = self._is_stale = False

    def failed(self, error: CanvasProgressError) -> str | None:
        """Take in that the request failed, and return what is done after a pause; None if nothing has to wait."""
        posted, self.sending = self.sending, False
        if isinstance(error, NotPermittedError) and not posted:
            self._unreadable(error)
        elif not may_pass(error):
            self.end(error, Action.REFUSED if isinstance(error, NotPermittedError) else Action.UNCHANGED)
        elif posted and _may_have_arrived(error):
            self._doubt = self._trouble = error
            return "looking whether it took effect"
        elif self._is_hopeless(error, posted=posted):
            self.end(error)
        else:
            self._trouble = error
            return "trying again"
        return None

    def resumed(self) -> None:
        """Take in that this process was stopped: what was read before says nothing of now."""
        self.may_send, self._is_stale = False, True

    def end(self, error: CanvasProgressError, action: Action = Action.UNCHANGED, *, more: str = "") -> None:
        """Conclude because of an error. After a POST in doubt it is not known what was done."""
        reason, code = f"{error.message}{more}", error.exit_code
        if self._doubt:
            seen = f"; when last read it was {self.answer.job.outcome}" if self.answer else ""
            action, reason = Action.UNKNOWN, f"{reason}{seen}"
            code = code if isinstance(error, CredentialError) else ExitCode.GAVE_UP
        self.conclusion = Conclusion(action, reason, code, self.answer, error)

    def out_of_time(self) -> None:
        """Conclude because the time limit is over."""
        if self._trouble:
            self.end(self._trouble, more="; the time limit is over")
        else:
            self.interrupted("the time limit is over", ExitCode.TIMED_OUT)

    def refuse(self, reason: str) -> None:
        """Conclude because nothing may be sent."""
        self._conclude(Action.UNCHANGED if self._doubt else Action.REFUSED, reason, ExitCode.REFUSED)

    def interrupted(self, why: str, code: ExitCode) -> Conclusion:
        """Return what can be said if nothing more happens: a POST under way may have taken effect, or none was sent."""
        if self.conclusion is not None:
            return self.conclusion
        if self.sending:
            return self._conclude(Action.UNKNOWN, f"{why} while its request was under way", code)
        if self._doubt:
            return self._conclude(Action.UNKNOWN, f"{self._doubt.message}; {why} before it was known", code)
        if self._posts and self._trouble:  # it was sent, and did not get through
            return self._conclude(Action.UNCHANGED, f"{self._trouble.message}; {why}", code)
        return self._conclude(Action.UNCHANGED, f"{why}; nothing was sent", code)

    def _judge(self, answer: Answer) -> None:
        """Find out what became of a POST whose answer was lost, and let the guards judge the next one."""
        job, before = answer.job, self._before
        # A mark that was there before proves nothing.
        is_new = before is None or job.verbatim != before.verbatim
        if self._doubt and is_new and self._how.is_marked(job, self.intent.message):
            whose = "" if self._how.takes_message else _WHOSE
            self._conclude(Action.CANCELED, f"{self._how.what_follows(before, job)}{whose}", ExitCode.OK)
        elif self._doubt and _has_failed(job) and not (before and _has_failed(before)):
            # By itself, or by us with a message that Canvas has changed or the job has written over.
            self._conclude(Action.UNKNOWN, f"{self._doubt.message}; it has failed since", ExitCode.GAVE_UP)
        elif (reason := self._how.refusal(answer, force=self.intent.force)) is not None:
            self.refuse(reason)
        elif self._posts >= _MOST_POSTS and self._trouble:
            self.end(self._trouble)
        else:
            self._allow(job, f"; it is {job.outcome}", forced=self._how.refusal(answer, force=False) or "")

    def _unreadable(self, error: NotPermittedError) -> None:
        """Canvas lets the one who started a job cancel it, also where it does not let them read it."""
        if self._doubt or not self.intent.unread:
            self.end(error)
        elif self._how.never:
            self.refuse(self._how.never)
        else:
            self._allow(None, ", unread: Canvas lets nobody read it")

    def _allow(self, job: Job | None, detail: str, *, forced: str = "") -> None:
        """Let the next request be a POST for the job as it was read, or say so in a dry run.

        `forced` is what speaks against it.
        """
        if self.intent.dry_run:
            how = f" by force: {forced}" if forced else detail
            reason = f"would be marked as canceled{how}"
            self.conclusion = Conclusion(Action.DRY_RUN, reason, ExitCode.OK, self.answer, forced=forced)
        else:
            self.may_send, self._before = True, job

    def _marked(self, answer: Answer) -> None:
        job = answer.job
        if answer.had_ended and self._doubt is None:  # whatever it ended as, this request did nothing
            reason = f"Canvas found no job to abort any more; it is {job.state}"
            self._conclude(Action.UNCHANGED, reason, ExitCode.REFUSED)
            return
        # Canvas may have changed the message of a Progress; an abort that finds nothing shows how the job ended.
        if not (self._how.is_marked(job, self.intent.message) or (self._how.takes_message and _has_failed(job))):
            self._conclude(Action.UNCHANGED, f"Canvas answered that it is {job.outcome}", ExitCode.REFUSED)
            return
        unread = "" if self._before else "; it was sent unread, since Canvas does not let you read it"
        unsent = "" if self._how.takes_message or self.intent.message == CANCEL_MESSAGE else _UNSENT
        whose = _WHOSE if answer.had_ended else ""
        reason = f"{self._how.what_follows(self._before, job)}{unread}{unsent}{whose}"
        self._conclude(Action.CANCELED, reason, ExitCode.OK)

    def _is_hopeless(self, error: CanvasProgressError, *, posted: bool) -> bool:
        """Whether another request is not worth it: all POSTs are known to have failed, or the address is wrong."""
        if posted:
            return self._posts >= _MOST_POSTS and self._doubt is None
        return self._posts == 0 and self.answer is None and ONE_ANSWER.is_no_server(error)

    def _conclude(self, action: Action, reason: str, code: ExitCode) -> Conclusion:
        self.conclusion = Conclusion(action, reason, code, self.answer)
        return self.conclusion


def _has_failed(job: Job) -> bool:
    """Whether a job has ended as one that was canceled does: that is a failure to Canvas."""
    return job.outcome in {Outcome.FAILED, Outcome.CANCELED}


def _may_have_arrived(error: CanvasProgressError) -> bool:
    """Whether Canvas may have acted on a POST all the same: yes, unless the request cannot have reached it."""
    if isinstance(error, NetworkError):
        return error.sent
    return not isinstance(error, ThrottledError | CertificateError)
