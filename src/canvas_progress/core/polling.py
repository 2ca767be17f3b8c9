"""Watching as a state machine: times, jitter and answers come in as arguments, decisions come out.

It holds no clock and does no I/O, so an hour of watching a thousand jobs is a test that takes seconds. Unlike the rest
of the core a `Watch` changes in place: `docs/decisions/0003` tells why.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from canvas_progress.core.answers import Answer
from canvas_progress.core.backoff import backoff
from canvas_progress.core.decisions import Ask, Ending, Stop, Wait
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CertificateError,
    CredentialError,
    JobError,
    NetworkError,
    NoSuchJobError,
    UnavailableError,
)
from canvas_progress.core.events import Event, Finished, Trouble
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.server_load import ServerLoad
from canvas_progress.core.watched import Watched, after_answer, ended

if TYPE_CHECKING:
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.policy import Policy
    from canvas_progress.core.prior import Priors
    from canvas_progress.core.refs import Target


class Watch:
    """All jobs of one watch. Ask `decide` what to do, do it, tell `record` what came of it, and `close` at the end."""

    def __init__(self, targets: tuple[Target, ...], policy: Policy, now: float, priors: Priors | None = None) -> None:
        self.policy = policy
        self.priors = priors or {}
        self.started = now
        self.requests = 0
        self._ending = None if targets else Ending.ALL_FINISHED
        self._open = len(targets)
        self._jobs = {target: Watched(target, due=now) for target in targets}
        self._loads: dict[BaseUrl, ServerLoad] = {}
        self._due: dict[BaseUrl, list[tuple[float, int, Target]]] = {}
        self._pushed = 0
        self._asked_at: dict[Target, float] = {}
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

    def was_asked(self, target: Target) -> bool:
        """Tell whether a request for this job was ever sent."""
        return target in self._asked_at

    @property
    def ending(self) -> Ending | None:
        """Why the watch is over; None while it goes on."""
        return self._ending

    def decide(self, now: float) -> Ask | Wait | Stop:
        """Return what to do at this moment. An `Ask` counts as sent."""
        left = self._time_left(now)
        if left <= 0:  # jobs that have completed, and are only asked for their results, are not late
            late = any(not (watched.is_over or watched.awaits_results) for watched in self._jobs.values())
            self.end(Ending.TIMED_OUT if late else Ending.ALL_FINISHED)
        if self._ending is not None:
            return Stop(self._ending)
        waits = [left]
        for base, due in self._due.items():
            if not due or not self._loads[base].has_room:
                continue  # an answer on its way will wake us
            at = max(due[0][0], self._loads[base].hold_until)
            if at <= now:
                self.requests += 1
                self._loads[base] = self._loads[base].asked()
                target = heapq.heappop(due)[2]
                self._asked_at[target] = now
                return Ask(target)
            waits.append(at - now)
        return Wait(min(waits))

    def record(
        self, target: Target, reply: Answer | CanvasProgressError, now: float, jitter: float
    ) -> tuple[Event, ...]:
        """Take in what came of a request, and return what there is to tell. `jitter` is random in 0..1."""
        was, load = self._jobs[target], self._loads[target.base]
        if isinstance(reply, Answer):
            self._loads[target.base] = load.answered(reply.about.quota, now)
        elif not isinstance(reply, UnavailableError):
            self._loads[target.base] = load.refused() if isinstance(reply, JobError) else load.returned()
        if was.is_over:  # its server was given up while this request was under way
            return ()
        if isinstance(reply, Answer):
            new, events = after_answer(was, reply, self.policy, now, self.priors)
            self._keep(new)
            return events
        return self._failed(was, reply, now, jitter)

    def end(self, ending: Ending, *, whatever_was: bool = False) -> None:
        """End the watch, unless it is over already; a signal counts also then."""
        self._ending = ending if whatever_was else self._ending or ending

    def close(self, now: float) -> tuple[Event, ...]:
        """Return the last events: of jobs that have completed and were only waited for because of their results."""
        waiting = [watched for watched in self._jobs.values() if watched.awaits_results]
        return tuple(event for watched in waiting for event in self._complete(watched, now))

    def _keep(self, new: Watched) -> None:
        """Store what is now known of a job, and notice if that ends the watch."""
        self._jobs[new.target] = new
        completed = new.shown is Outcome.COMPLETED
        if self.policy.stop_at_first_completed and completed:
            self.end(Ending.FIRST_COMPLETED)
        if not new.is_over:
            self._push(new.target, new.due)
            return
        self._open -= 1
        if self.policy.stop_at_first_failed and not completed:
            self.end(Ending.FIRST_FAILED)
        if self._open == 0:
            self.end(Ending.ALL_FINISHED)

    def _failed(self, was: Watched, error: CanvasProgressError, now: float, jitter: float) -> tuple[Event, ...]:
        base, asked_at = was.target.base, self._asked_at[was.target]
        if isinstance(error, UnavailableError):
            load = self._loads[base]
            hold = now + backoff(load.failures + 1, jitter, error)
            # A server that never answered has failed since it was asked, not since that showed.
            since = now if load.has_answered else asked_at
            self._loads[base] = load.failed(error, hold, since, self.policy.give_up_after)
        if was.awaits_results:
            return self._complete(was, now)
        since = asked_at if was.failing_since is None else was.failing_since
        new = replace(was, failures=was.failures + 1, failing_since=since, trouble=error)
        if isinstance(error, CredentialError):
            self.end(Ending.CREDENTIAL)
        if isinstance(error, JobError | CredentialError):
            return self._lost(new, error, now)
        if self._server_is_lost(error, base, now):
            self._jobs[was.target] = new
            return self._lost_server(base, error, now)
        gives_up_at = since + self.policy.give_up_after
        hopeless = not isinstance(error, UnavailableError | AnswerError)
        if hopeless or now >= gives_up_at or self._is_enough(new.failures, jitter, error):
            return self._lost(new, error, now)
        due = max(now + backoff(new.failures, jitter, error), self._loads[base].hold_until)
        self._keep(replace(new, due=min(due, gives_up_at)))
        return (Trouble(was.target, error, self._jobs[was.target].due - now, new.failures),)

    def _server_is_lost(self, error: CanvasProgressError, base: BaseUrl, now: float) -> bool:
        """Tell whether no job of this server is worth another request."""
        load = self._loads[base]
        if isinstance(error, AnswerError | CertificateError) and not load.has_answered:
            return True  # a wrong address does not mend itself
        if self.policy.attempts is not None and isinstance(error, NetworkError) and not error.sent:
            return not load.has_answered
        if load.failures and self._is_enough(load.failures, 1.0, error):
            return True
        return load.failing_since is not None and now >= load.failing_since + self.policy.give_up_after

    def _is_enough(self, failures: int, jitter: float, error: CanvasProgressError) -> bool:
        """Tell whether the policy asks for no further attempt after so many failures in a row."""
        if self.policy.attempts is not None and failures >= self.policy.attempts:
            return True
        longest = self.policy.longest_pause
        return longest is not None and backoff(failures, jitter, error) > longest

    def _lost_server(self, base: BaseUrl, error: CanvasProgressError, now: float) -> tuple[Event, ...]:
        left = [watched for watched in self._jobs.values() if watched.target.base == base and not watched.is_over]
        self._due[base].clear()
        return tuple(event for watched in left for event in self._lost(watched, error, now))

    def _lost(self, new: Watched, error: CanvasProgressError, now: float) -> tuple[Event, ...]:
        """End a job that cannot be asked for any more: vanished, forbidden, or without an answer for too long."""
        if new.awaits_results:
            return self._complete(new, now)
        told = Trouble(new.target, error, None, new.failures)
        if not isinstance(error, NoSuchJobError):
            self._keep(replace(ended(new, new.shown, now), error=error))
            return (told,)
        self._keep(replace(ended(new, Outcome.GONE, now), error=None if new.job else error))
        finished = Finished(new.target, Outcome.GONE, new.job)
        return (finished,) if new.job else (told, finished)

    def _complete(self, watched: Watched, now: float) -> tuple[Event, ...]:
        self._keep(ended(watched, Outcome.COMPLETED, now))
        return (Finished(watched.target, Outcome.COMPLETED, watched.job),)

    def _push(self, target: Target, due: float) -> None:
        self._pushed += 1
        heapq.heappush(self._due.setdefault(target.base, []), (due, self._pushed, target))

    def _time_left(self, now: float) -> float:
        return math.inf if self.policy.timeout is None else self.started + self.policy.timeout - now
