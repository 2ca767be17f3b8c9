"""One job of a `cancel` on its way: first the attempt, then maybe the follow-up, each request when it is due."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import Answer
from canvas_progress.core.backoff import ONE_ANSWER, PATIENT, Failures, may_pass
from canvas_progress.core.cancel_attempt import Attempt
from canvas_progress.core.cancel_follow_up import FollowUp
from canvas_progress.core.errors import CanvasProgressError, UnavailableError
from canvas_progress.core.record import record
from canvas_progress.core.wording import in_words, soon

if TYPE_CHECKING:
    from canvas_progress.core.cancel_attempt import Intent
    from canvas_progress.core.refs import Target

_LTI: Final = "Canvas has no endpoint to cancel through LTI; use its id and an ordinary token"


@record
class CancelRequest:
    """Read the job, or send the POST with this message; nobody waits longer than so many seconds for the answer.

    Of a link the job is to be found.
    """

    target: Target
    message: str | None
    seconds: float


class Case:
    """One job of the command. One request at a time is under way; the next is sent when it is due, until a time.

    `same` is set where a link has led to the job of another case: what becomes of that one becomes of this.
    """

    def __init__(self, target: Target, intent: Intent) -> None:
        self.target = target
        self.attempt = Attempt(intent, target.kind)
        self.follow_up: FollowUp | None = None
        self.same: Case | None = None
        self.until = math.inf  # while its time does not run yet
        self.due = 0.0
        self.sent_at = 0.0  # the latest request
        self.in_flight = False  # whether that is under way
        self._reads = Failures(ONE_ANSWER)  # patient as soon as there is something to find out
        self._posts = Failures(PATIENT)
        self._refuse_lti()

    @property
    def stage(self) -> Attempt | FollowUp:
        """What knows most about the job."""
        if self.same is not None:
            return self.same.stage
        return self.follow_up or self.attempt

    @property
    def is_idle(self) -> bool:
        """Whether the next request may be sent."""
        return not self.in_flight and self.stage.conclusion is None

    def request(self, now: float) -> CancelRequest:
        """Return the next request, which counts as sent."""
        self.sent_at, self.in_flight = now, True
        return CancelRequest(self.target, None if self.follow_up else self.attempt.begin(), self.until - now)

    def record(self, reply: Answer | CanvasProgressError, now: float, jitter: float) -> str | None:
        """Take in what came of the request, and return news."""
        self.in_flight = False
        if not isinstance(reply, Answer):
            return self._failed(reply, now, jitter)
        self._reads = Failures(PATIENT)
        if self.follow_up is None:
            self.attempt.answered(reply)
            return None
        news, self.due = self.follow_up.answered(reply, now), self.follow_up.next_read(now)
        return news

    def found(self, job: Target, same: Case | None) -> None:
        """Go on with the job that the link leads to."""
        self.target, self.same, self.in_flight = job, same, False
        self._reads = Failures(ONE_ANSWER)
        self._refuse_lti()

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self.sent_at += lost
        self._reads.resumed(lost)
        self.attempt.resumed()

    def follow(self, answer: Answer, now: float) -> None:
        """Read on whether the mark that was just made holds."""
        self.follow_up = FollowUp(self.target.kind.cancel, self.attempt.intent.message, answer, marked_at=now)
        self.due, self.until = now, math.inf

    def _refuse_lti(self) -> None:
        if self.target.course is not None:
            self.attempt.refuse(_LTI)

    def _failed(self, error: CanvasProgressError, now: float, jitter: float) -> str | None:
        """Have the request repeated after a pause, as far as it is worth it and there is time."""
        if self.target.link and not may_pass(error):  # nothing is sent unread where the job is not known
            self.attempt.end(error)
            return None
        posted = self.attempt.sending
        if now >= self.until and may_pass(error) and not posted:  # cut short by that: no fault of the server
            self.stage.out_of_time()
            return None
        at = (self._posts if posted else self._reads).retry_at(error, self.sent_at, now, jitter)
        if (then := self.stage.failed(error)) is None:
            return None
        if posted:
            self._reads = Failures(PATIENT)
        if at is not None and at < self.until:
            self.due = at
            return f"{error.message}; {then} in {soon(at - now)}"
        if self.follow_up is not None:
            self.follow_up.end(error)
        elif at is not None and isinstance(error, UnavailableError) and error.retry_after is not None:
            self.attempt.end(error, more=f"; it says to retry after {in_words(at - now)}")
        else:
            self.attempt.end(error)
        return None
