"""All jobs of one `cancel`: one after the other is read, judged and marked; then all are followed up side by side.

A state machine for the driver of requests, as a `Watch` is. It decides when each request is sent and whether it is
repeated; what the answers mean is in `cancel_attempt` and `cancel_follow_up`. A `Schedule` would not do: it queues a
POST behind the quota while its judged read grows old, retries by one policy, and drops all jobs of a server with one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import Answer
from canvas_progress.core.backoff import ONE_ANSWER, PATIENT, Failures, may_pass
from canvas_progress.core.cancel_attempt import Attempt
from canvas_progress.core.cancel_conclusion import Action
from canvas_progress.core.cancel_follow_up import FollowUp
from canvas_progress.core.decisions import Send, Stop, Wait
from canvas_progress.core.errors import CanvasProgressError, UnavailableError
from canvas_progress.core.record import record
from canvas_progress.core.servers import Servers
from canvas_progress.core.wording import in_words, soon

if TYPE_CHECKING:
    from canvas_progress.core.cancel_attempt import Intent
    from canvas_progress.core.cancel_conclusion import Conclusion
    from canvas_progress.core.refs import Target

TIMEOUT: Final = 120.0  # seconds for each job, where the user says nothing else
_LTI: Final = "Canvas has no endpoint to cancel through LTI; use its id and an ordinary token"


@record
class CancelRequest:
    """Read the job, or send the POST with this message; nobody waits longer than so many seconds for the answer."""

    target: Target
    message: str | None
    seconds: float


@record
class CancelEvent:
    """News of a job, worth a line; or what the attempt came to, and after that what has become of the mark."""

    target: Target
    found: str | Conclusion


class Case:
    """One job of the command. One request at a time is under way; the next is sent when it is due, until a time."""

    def __init__(self, target: Target, intent: Intent) -> None:
        self.target = target
        self.attempt = Attempt(intent, target.kind)
        self.follow_up: FollowUp | None = None
        self.until = math.inf  # while its time does not run yet
        self.due = 0.0
        self.sent_at = 0.0  # the latest request
        self.in_flight = False  # whether that is under way
        self._reads = Failures(ONE_ANSWER)  # patient as soon as there is something to find out
        self._posts = Failures(PATIENT)
        if target.course is not None:
            self.attempt.refuse(_LTI)

    @property
    def stage(self) -> Attempt | FollowUp:
        """What knows most about the job."""
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

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self.sent_at += lost
        self._reads.resumed(lost)
        self.attempt.resumed()

    def follow(self, answer: Answer, now: float) -> None:
        """Read on whether the mark that was just made holds."""
        self.follow_up = FollowUp(self.target.kind.cancel, self.attempt.intent.message, answer, marked_at=now)
        self.due, self.until = now, math.inf

    def _failed(self, error: CanvasProgressError, now: float, jitter: float) -> str | None:
        """Have the request repeated after a pause, as far as it is worth it and there is time."""
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


class Cancellations:
    """Do what `decide` says, and pass what came of it to `record`. Events come in the order of the jobs.

    `elapsed` is called before each decision. At `until` of the caller's clock all is over; infinity is `TIMEOUT` for
    each job. With `wait` the jobs that were marked are followed up. `stopped` is what kept the rest from being done.
    """

    def __init__(self, cases: tuple[Case, ...], *, until: float = math.inf, wait: bool = False) -> None:
        self.cases = cases
        self.stopped: Exception | None = None
        self._until = until
        self._wait = wait
        self._servers = Servers(PATIENT)  # each job has a time limit of its own
        self._open = list(cases)  # not reported on yet
        self._marked: list[Case] = []  # to be followed up when all the others are
        self._by_target = {case.target: case for case in cases}
        for case in cases:
            self._servers.add(case.target.base)

    def stop(self, why: Exception) -> None:
        """Send nothing more."""
        self.stopped = self.stopped or why

    def decide(self, now: float) -> Send[CancelRequest] | Wait | Stop:
        """Return what to do at this moment. A `Send` counts as sent."""
        if self.stopped is not None or not self._open:
            return Stop()
        wait = math.inf
        for case in filter(lambda case: case.is_idle, self._active(now)):
            base = case.target.base
            # A POST leaves right after the read that was judged; a read when its server has room for it.
            at = now if case.attempt.may_send else max(case.due, self._servers.room_at(base, now))
            if at <= now:
                self._servers.sent(base, now)
                return Send(case.request(now))
            wait = min(wait, min(at, case.until) - now)
        return Wait(wait)

    def elapsed(self, now: float) -> tuple[CancelEvent, ...]:
        """Take in that time went by: return what has ended."""
        events = self._ended(now)
        while late := [case for case in self._active(now) if case.is_idle and case.until <= now]:
            for case in late:
                case.stage.out_of_time()
            events += self._ended(now)
        return events

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self._servers.resumed(lost)
        for case in self.cases:
            case.resumed(lost)
            if math.isinf(self._until):
                case.until += lost  # a limit of ours, not of the user

    def record(
        self, request: CancelRequest, reply: Answer | CanvasProgressError, now: float, jitter: float
    ) -> tuple[CancelEvent, ...]:
        """Take in what came of a request. `jitter` is random in 0..1."""
        case = self._by_target[request.target]
        if isinstance(reply, Answer):
            self._servers.answered(case.target.base, case.sent_at, now, quota=reply.about.quota)
        else:
            self._servers.failed(case.target.base, case.sent_at, reply, now, jitter)
        news = case.record(reply, now, jitter)
        return (*([] if news is None else [CancelEvent(case.target, news)]), *self._ended(now))

    def _active(self, now: float) -> list[Case]:
        """Return the jobs that may be worked on, each with its time limit running: one, where a POST may be sent."""
        together = all(case.follow_up or case.attempt.intent.dry_run for case in self._open)
        active = self._open if together else self._open[:1]
        for case in active:
            if math.isinf(case.until):
                case.until = now + TIMEOUT if math.isinf(self._until) else self._until
        return active

    def _ended(self, now: float) -> tuple[CancelEvent, ...]:
        """Return what has ended and was not reported yet, as far as nothing before it is still open."""
        events: list[CancelEvent] = []
        while self._open and self.stopped is None and (found := self._open[0].stage.conclusion) is not None:
            case = self._open.pop(0)
            events.append(CancelEvent(case.target, found))
            self.stopped = found.fatal
            if self._wait and case.follow_up is None and found.action is Action.CANCELED and found.answer is not None:
                case.follow(found.answer, now)
                self._marked.append(case)
            if not self._open:
                self._open, self._marked = self._marked, []
        return tuple(events)
