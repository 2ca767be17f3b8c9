"""All jobs of one `cancel`: one after the other is read, judged and marked; then all are followed up side by side.

A state machine for the driver of requests, as a `Watch` is. It decides when each request is sent and whether it is
repeated; what the answers mean is in `cancel_attempt` and `cancel_follow_up`. A `Schedule` would not do: it queues a
POST behind the quota while its judged read grows old, retries by one policy, and drops all jobs of a server with one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.backoff import PATIENT
from canvas_progress.core.cancel_conclusion import Action
from canvas_progress.core.decisions import Send, Stop, Wait
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.record import record
from canvas_progress.core.servers import Servers
from canvas_progress.core.targets import Found, Links

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.cancel_case import CancelRequest, Case
    from canvas_progress.core.cancel_conclusion import Conclusion
    from canvas_progress.core.refs import Target

TIMEOUT: Final = 120.0  # seconds for each job, where the user says nothing else


@record
class CancelEvent:
    """News of a job, worth a line; or what the attempt came to, and after that what has become of the mark."""

    target: Target
    found: str | Conclusion


class Cancellations:
    """Do what `decide` says, and pass what came of it to `record`. Events come in the order of the jobs.

    `elapsed` is called before each decision. At `until` of the caller's clock all is over; infinity is `TIMEOUT` for
    each job. With `wait` the jobs that were marked are followed up. `stopped` is what kept the rest from being done.
    """

    def __init__(self, cases: tuple[Case, ...], *, until: float = math.inf, wait: bool = False) -> None:
        self.cases = tuple(case for case in cases if case.same is None)
        self.stopped: Exception | None = None
        self._until = until
        self._wait = wait
        self._servers = Servers(PATIENT)  # each job has a time limit of its own
        self._open = list(self.cases)  # not reported on yet
        self._marked: list[Case] = []  # to be followed up when all the others are
        self._by_target = {case.target: case for case in self.cases}
        self._links = Links(self._by_target)
        for case in self.cases:
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
        self, request: CancelRequest, reply: Answer | Found | CanvasProgressError, now: float, jitter: float
    ) -> tuple[CancelEvent, ...]:
        """Take in what came of a request. `jitter` is random in 0..1."""
        case = self._by_target[request.target]
        if isinstance(reply, CanvasProgressError):
            self._servers.failed(case.target.base, case.sent_at, reply, now, jitter)
        else:
            self._servers.answered(case.target.base, case.sent_at, now, quota=reply.about.quota)
        if isinstance(reply, Found):
            self._follow(case, reply.target)
            return self._ended(now)
        news = case.record(reply, now, jitter)
        return (*([] if news is None else [CancelEvent(case.target, news)]), *self._ended(now))

    def _follow(self, case: Case, job: Target) -> None:
        """Go on with the job that a link leads to, unless that is the job of another case."""
        known = self._links.known(job)
        case.found(self._links.lead(case.target, job), None if known is None else self._by_target[known])
        if case.same is None:
            self._by_target[case.target] = case
        else:
            self._open.remove(case)
            self._begin_to_wait()

    def _active(self, now: float) -> list[Case]:
        """Return the jobs that may be worked on, each with its time limit running: one, where a POST may be sent.

        Links are followed beside it.
        """
        together = all(case.follow_up or case.attempt.intent.dry_run for case in self._open)
        links = [case for case in self._open[1:] if case.target.link]
        active = self._open if together else [*self._open[:1], *links]
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
            self._begin_to_wait()
        return tuple(events)

    def _begin_to_wait(self) -> None:
        """Follow up those that were marked, once all are reported on."""
        if not self._open:
            self._open, self._marked = self._marked, []
