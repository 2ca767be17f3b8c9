"""Watching as a state machine: times, jitter and answers come in as arguments, decisions come out.

It holds no clock and does no I/O, so an hour of watching a thousand jobs is a test that takes a second. Unlike the rest
of the core a `Watch` changes in place: `docs/decisions/0003` tells why.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import Answer
from canvas_progress.core.backoff import backoff
from canvas_progress.core.decisions import Ask, Ending, Stop, Wait
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NoSuchJobError,
    UnavailableError,
)
from canvas_progress.core.events import Changed, Event, Finished, Seen, Stalled, Trouble
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Policy, next_wait
from canvas_progress.core.server_load import ServerLoad
from canvas_progress.core.watched import Watched

if TYPE_CHECKING:
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.refs import Target

# These store their results one write after `completed`.
_RESULTS_COME_LATE: Final = frozenset({"assignment_bulk_update", "apply_score_to_ungraded_assignments"})
_LATE_RESULTS_WAIT: Final = 1.5


class Watch:
    """All jobs of one watch. Ask `decide` what to do, do it, tell `record` what came of it."""

    def __init__(self, targets: tuple[Target, ...], policy: Policy, now: float) -> None:
        self.policy = policy
        self.started = now
        self.fatal: CanvasProgressError | None = None
        self.requests = 0
        self._ending: Ending | None = None
        self._jobs = {target: Watched(target, due=now) for target in targets}
        self._loads: dict[BaseUrl, ServerLoad] = {}
        self._due: dict[BaseUrl, list[tuple[float, int, Target]]] = {}
        self._pushed = 0
        for target in targets:
            self._loads.setdefault(target.base, ServerLoad())
            self._push(target, now)

    @property
    def jobs(self) -> tuple[Watched, ...]:
        """All jobs, in the order they were given."""
        return tuple(self._jobs.values())

    @property
    def loads(self) -> tuple[tuple[BaseUrl, ServerLoad], ...]:
        """The servers that are asked, and how each one fares."""
        return tuple(self._loads.items())

    @property
    def ending(self) -> Ending | None:
        """Why the watch is over; None while it goes on."""
        return self._ending

    def decide(self, now: float) -> Ask | Wait | Stop:
        """Return what to do at this moment. An `Ask` counts as sent."""
        left = self._time_left(now)
        if self._ending is None and left <= 0:
            self._ending = Ending.TIMED_OUT
        if self._ending is not None:
            return Stop(self._ending)
        waits = [left]
        for base, due in self._due.items():
            if not due or not self._loads[base].has_room:
                continue  # an answer on its way will wake us
            at = max(due[0][0], self._loads[base].hold_until)
            if at <= now:
                return Ask(self._send(base))
            waits.append(at - now)
        return Wait(min(waits))

    def record(
        self, target: Target, reply: Answer | CanvasProgressError, now: float, jitter: float
    ) -> tuple[Event, ...]:
        """Take in what came of a request, and return what there is to tell. `jitter` is random in 0..1."""
        if isinstance(reply, Answer):
            events = self._answered(self._jobs[target], reply, now)
        else:
            events = self._failed(self._jobs[target], reply, now, jitter)
        if not self._jobs[target].is_over:
            self._push(target, self._jobs[target].due)
        self._ending = self._ending or self._natural_end()
        return events

    def end(self, ending: Ending) -> None:
        """End the watch from outside, by a signal."""
        self._ending = self._ending or ending

    def _answered(self, was: Watched, answer: Answer, now: float) -> tuple[Event, ...]:
        job, target = answer.job, was.target
        base = target.base
        self._loads[base] = self._loads[base].answered(answer.about.quota, now)
        seen: tuple[Event, ...] = ()
        if was.job is None:
            seen = (Seen(target, job),)
            was = replace(was, seen_at=now, born=now - _age(target, answer))
        elif job.verbatim != was.job.verbatim:
            seen = (Changed(target, job, was.job),)
        new = replace(
            was,
            job=job,
            changed_at=now if seen else was.changed_at,
            pace=was.pace.after(now - was.born, job.completion if job.outcome is Outcome.RUNNING else None),
            failures=0,
            failing_since=None,
            trouble=None,
        )
        self._jobs[target], told = self._next(new, now)
        return seen + told

    def _next(self, new: Watched, now: float) -> tuple[Watched, tuple[Event, ...]]:
        """Decide after an answer whether the job is over, and when to ask again if not."""
        assert new.job is not None  # noqa: S101  # only called with an answer
        outcome, late = new.job.outcome, _results_may_follow(new)
        if outcome.is_final and not late:
            return replace(new, outcome=outcome, ended_at=now), (Finished(new.target, outcome, new.job),)
        if late:
            return replace(new, awaits_results=True, due=now + _LATE_RESULTS_WAIT), ()
        due = now + next_wait(self.policy, outcome, new.pace, now - new.born)
        if self.policy.stall_timeout is not None:
            stalls_at = new.changed_at + self.policy.stall_timeout
            if now >= stalls_at:
                over = replace(new, outcome=outcome, ended_at=now, stalled=True)
                return over, (Stalled(new.target, new.job, now - new.changed_at),)
            due = min(due, stalls_at)
        return replace(new, due=due), ()

    def _failed(self, was: Watched, error: CanvasProgressError, now: float, jitter: float) -> tuple[Event, ...]:
        base, target = was.target.base, was.target
        load = self._loads[base]
        new = replace(was, failures=was.failures + 1, failing_since=was.failing_since or now, trouble=error)
        wait = backoff(new.failures, jitter, error)
        if isinstance(error, UnavailableError):
            self._loads[base] = load.failed(error, backoff(load.failures + 1, jitter, error), now)
        else:
            self._loads[base] = replace(load, in_flight=load.in_flight - 1)
        if isinstance(error, CredentialError):
            self.fatal, self._ending = error, Ending.CREDENTIAL
        if not self._may_retry(new, error, now):
            return self._lost(new, error, now)
        self._jobs[target] = replace(new, due=min(now + wait, self._gives_up_at(new)))
        return (Trouble(target, error, self._jobs[target].due - now, new.failures),)

    def _may_retry(self, new: Watched, error: CanvasProgressError, now: float) -> bool:
        answered = self._loads[new.target.base].has_answered
        if isinstance(error, AnswerError | CertificateError) and not answered:
            return False  # a wrong address does not mend itself
        return isinstance(error, UnavailableError | AnswerError) and now < self._gives_up_at(new)

    def _gives_up_at(self, watched: Watched) -> float:
        since = [watched.failing_since, self._loads[watched.target.base].failing_since]
        return min(moment for moment in since if moment is not None) + self.policy.give_up_after

    def _lost(self, new: Watched, error: CanvasProgressError, now: float) -> tuple[Event, ...]:
        """End a job that cannot be asked for any more: vanished, forbidden, or its server is gone for too long."""
        target = new.target
        if isinstance(error, NoSuchJobError):
            known = replace(new, error=None if new.job else error)
            self._jobs[target] = replace(known, outcome=Outcome.GONE, ended_at=now, trouble=None)
            told: tuple[Event, ...] = () if new.job else (Trouble(target, error, None, new.failures),)
            return (*told, Finished(target, Outcome.GONE, new.job))
        self._jobs[target] = replace(new, outcome=new.shown, ended_at=now, error=error)
        return (Trouble(target, error, None, new.failures),)

    def _natural_end(self) -> Ending | None:
        over = [watched for watched in self._jobs.values() if watched.is_over]
        if self.policy.stop_at_first_completed and any(watched.shown is Outcome.COMPLETED for watched in over):
            return Ending.FIRST_COMPLETED
        if self.policy.stop_at_first_failed and any(watched.shown is not Outcome.COMPLETED for watched in over):
            return Ending.FIRST_FAILED
        return Ending.ALL_FINISHED if len(over) == len(self._jobs) else None

    def _send(self, base: BaseUrl) -> Target:
        self.requests += 1
        self._loads[base] = self._loads[base].asked()
        return heapq.heappop(self._due[base])[2]

    def _push(self, target: Target, due: float) -> None:
        self._pushed += 1
        heapq.heappush(self._due.setdefault(target.base, []), (due, self._pushed, target))

    def _time_left(self, now: float) -> float:
        return math.inf if self.policy.timeout is None else self.started + self.policy.timeout - now


def _results_may_follow(watched: Watched) -> bool:
    job = watched.job
    return (
        job is not None
        and job.outcome is Outcome.COMPLETED
        and job.results is None
        and job.tag in _RESULTS_COME_LATE
        and not watched.awaits_results
    )


def _age(target: Target, answer: Answer) -> float:
    """Return the job's age by the server's own clock, zero where that cannot be told.

    An LTI upload's `created_at` is whatever time the tool gave for the submission.
    """
    created, date = answer.job.created_at, answer.about.date
    if target.course is not None or created is None or date is None:
        return 0.0
    return max(0.0, (date - created).total_seconds())
