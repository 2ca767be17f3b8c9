"""All jobs of one `cancel`: one after the other is read, judged and marked; then all are followed up side by side.

A state machine for the driver of requests, as a `Watch` is. What each job decides is in `cancel_attempt` and
`cancel_follow_up`; what is known of it is there too, so that a signal at any moment loses nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import Answer
from canvas_progress.core.backoff import PATIENT
from canvas_progress.core.cancel_attempt import Attempt
from canvas_progress.core.cancel_decisions import Action, Conclusion, Intent, Pause, Read, Send
from canvas_progress.core.cancel_follow_up import FollowUp
from canvas_progress.core.decisions import Ask, Stop, Wait
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.servers import Servers

if TYPE_CHECKING:
    from canvas_progress.core.refs import Target

TIMEOUT: Final = 120.0  # seconds for each job, where the user says nothing else


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Read the job, or send the POST with this message; nobody waits longer than so many seconds for the answer."""

    target: Target
    message: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class News:
    """Something worth a line while a job is worked on."""

    target: Target
    text: str


@dataclass(frozen=True, slots=True)
class Attempted:
    """What came of the attempt to cancel a job."""

    target: Target
    conclusion: Conclusion


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """What became of a job that was marked."""

    target: Target
    conclusion: Conclusion


CancelEvent = News | Attempted | FollowedUp


class Case:
    """One job of the command."""

    def __init__(self, target: Target, intent: Intent) -> None:
        self.target = target
        self.attempt = Attempt(intent, until=math.inf)
        self.follow_up: FollowUp | None = None
        self.sent_at: float | None = None  # of the request under way

    @property
    def machine(self) -> Attempt | FollowUp:
        """What knows most about the job."""
        return self.follow_up or self.attempt


class Cancellations:
    """Do what `decide` says, and tell `record` what came of it. Events come in the order of the jobs.

    At `until` of the caller's clock all is over; infinity is `TIMEOUT` for each job. With `wait` the jobs that were
    marked are followed up. `stopped` is what kept the rest from being done.
    """

    def __init__(self, cases: tuple[Case, ...], intent: Intent, *, until: float = math.inf, wait: bool = False) -> None:
        self.cases = cases
        self.stopped: Exception | None = None
        self._intent = intent
        self._until = until
        self._wait = wait
        self._servers = Servers(PATIENT)  # each job has a time limit of its own
        self._attempted = 0  # how many have been reported
        self._followed: list[Case] = []  # up from now on, those first that were given first
        self._by_target = {case.target: case for case in cases}
        for case in cases:
            self._servers.add(case.target.base)

    def stop(self, why: Exception) -> None:
        """Send nothing more."""
        self.stopped = self.stopped or why

    def decide(self, now: float) -> Ask[CancelRequest] | Wait | Stop:
        """Return what to do at this moment. An `Ask` counts as sent."""
        active = self._active(now)
        if self.stopped is not None or not active:
            return Stop()
        wait = math.inf
        for case in active:
            step = case.machine.decide(now) if case.sent_at is None and case.machine.conclusion is None else None
            if isinstance(step, Pause):
                wait = min(wait, step.seconds)
            elif isinstance(step, Read | Send):
                # A POST leaves right after the read that was judged; a read when its server has room for it.
                at = now if isinstance(step, Send) else self._servers.room_at(case.target.base, now)
                if at <= now:
                    return Ask(self._sent(case, step, now))
                wait = min(wait, at - now, case.machine.until - now)
        return Wait(wait)

    def elapsed(self, now: float) -> tuple[CancelEvent, ...]:
        """Take in that time went by: return what has ended."""
        for case in self._active(now):
            if case.sent_at is None and case.machine.until <= now:
                case.machine.decide(now)
        return self._ended(now)

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self._servers.resumed(lost)
        for case in self.cases:
            case.sent_at = None if case.sent_at is None else case.sent_at + lost
            case.machine.resumed(lost)
            if math.isinf(self._until):
                case.machine.until += lost  # a limit of ours, not of the user

    def record(
        self, request: CancelRequest, reply: Answer | CanvasProgressError, now: float, jitter: float
    ) -> tuple[CancelEvent, ...]:
        """Take in what came of a request. `jitter` is random in 0..1."""
        case = self._by_target[request.target]
        base, sent_at = case.target.base, case.sent_at
        case.sent_at = None
        if sent_at is not None and isinstance(reply, Answer):
            self._servers.answered(base, sent_at, now, quota=reply.about.quota)
        elif sent_at is not None and isinstance(reply, CanvasProgressError):
            self._servers.failed(base, sent_at, reply, now, jitter)
        news = case.machine.record(reply, now, jitter)
        return (*([] if news is None else [News(case.target, news)]), *self._ended(now))

    def _sent(self, case: Case, step: Read | Send, now: float) -> CancelRequest:
        case.sent_at = now
        self._servers.sent(case.target.base, now)
        return CancelRequest(case.target, step.message if isinstance(step, Send) else None, step.seconds)

    def _active(self, now: float) -> list[Case]:
        """Return the jobs that may be worked on, each with its time limit running."""
        rest = self.cases[self._attempted :]
        active = [*(rest if self._intent.dry_run else rest[:1])] or self._followed
        for case in active:
            if math.isinf(case.machine.until):
                case.machine.until = now + TIMEOUT if math.isinf(self._until) else self._until
        return active

    def _ended(self, now: float) -> tuple[CancelEvent, ...]:
        """Return what has ended and was not reported yet, as far as nothing before it is still open."""
        events: list[CancelEvent] = []
        for case in self.cases[self._attempted :]:
            if (conclusion := case.attempt.conclusion) is None or self.stopped is not None:
                break
            self._attempted += 1
            events.append(Attempted(case.target, conclusion))
            self.stopped = conclusion.error
            if self._wait and conclusion.action is Action.CANCELED and conclusion.answer is not None:
                # By the message that Canvas has kept: it may have changed the one that was sent.
                kept = conclusion.answer.job.message or self._intent.message
                case.follow_up = FollowUp(kept, conclusion.answer, marked_at=now)
                self._followed.append(case)
        if self._attempted < len(self.cases):
            return tuple(events)
        while self._followed and (conclusion := self._followed[0].machine.conclusion) is not None:
            events.append(FollowedUp(self._followed.pop(0).target, conclusion))
            self.stopped = self.stopped or conclusion.error
        return tuple(events)
