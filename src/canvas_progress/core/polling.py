"""Watching as a state machine: times, jitter and answers come in as arguments, decisions come out.

It holds no clock and does no I/O, so an hour of watching a thousand jobs is a test that takes seconds. Unlike the rest
of the core a `Watch` changes in place: `docs/developing/decisions/0003` says why.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from canvas_progress.core.answers import Answer
from canvas_progress.core.decisions import Ending, Send, Stop, Wait
from canvas_progress.core.errors import CanvasProgressError, CredentialError, NoSuchJobError
from canvas_progress.core.events import Event, Finished, Trouble
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.schedule import Loss, Retry, Schedule
from canvas_progress.core.targets import Found, Links
from canvas_progress.core.watched import Watched, after_answer, ended

if TYPE_CHECKING:
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.polling_policy import Policy
    from canvas_progress.core.refs import Target
    from canvas_progress.core.server_load import ServerLoad
    from canvas_progress.core.usual_durations import Priors


class Watch:
    """All jobs of one watch. Do what `decide` says, pass what came of it to `record`, and `close` at the end.

    `elapsed` is called before each decision. `started` is when the time limit began to run: before `now`, if the
    command had other things to do first.
    """

    def __init__(
        self,
        targets: tuple[Target, ...],
        policy: Policy,
        now: float,
        priors: Priors | None = None,
        *,
        started: float | None = None,
    ) -> None:
        self.policy = policy
        self.priors = priors or {}
        self.started = now if started is None else started
        self._ending = None if targets else Ending.ALL_FINISHED
        self._open = len(targets)
        self._given = targets
        self._links = Links(targets)
        self._jobs = {target: Watched(target, due=now) for target in targets}
        self._is_ordered = True  # until a link is followed
        self._schedule: Schedule[Target] = Schedule(policy.retry, lambda target: target.base)
        for target in targets:
            self._schedule.put(target, now)

    @property
    def jobs(self) -> tuple[Watched, ...]:
        """All jobs, in the order they were given; a link is one of them until its job is known."""
        if not self._is_ordered:
            self._jobs = {job: self._jobs[job] for job in map(self.job_of, self._given)}
            self._is_ordered = True
        return tuple(self._jobs.values())

    def job_of(self, target: Target) -> Target:
        """Return the job of a link as far as it is known, and every other target as it is."""
        return self._links.job_of(target)

    @property
    def loads(self) -> tuple[tuple[BaseUrl, ServerLoad], ...]:
        """The servers that are polled, and how each one fares."""
        return tuple(self._schedule.servers.loads.items())

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._schedule.servers.requests

    @property
    def ending(self) -> Ending | None:
        """Why the watch is over; None while it goes on."""
        return self._ending

    def decide(self, now: float) -> Send[Target] | Wait | Stop:
        """Return what to do at this moment. A `Send` counts as sent."""
        left = self._time_left(now)
        if left <= 0:  # jobs that have completed, and are only polled for their results, are not late
            late = any(not (watched.is_over or watched.awaits_results) for watched in self._jobs.values())
            self.end(Ending.TIMED_OUT if late else Ending.ALL_FINISHED)
        if self._ending is not None:
            return Stop()
        decision = self._schedule.decide(now)
        if isinstance(decision, Wait):
            return Wait(min(left, decision.seconds))
        return Send(self.job_of(decision.request))  # with what a link has added since it was scheduled

    def elapsed(self, now: float) -> tuple[Event, ...]:
        """Return what has happened because time went by: a server that has been silent for too long is given up."""
        lost = self._schedule.lost_servers(now)
        return tuple(event for base, error in lost for event in self._lost_server(base, error, now))

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self._schedule.resumed(lost)

    def record(
        self, target: Target, reply: Answer | Found | CanvasProgressError, now: float, jitter: float
    ) -> tuple[Event, ...]:
        """Take in what came of a request, and return what there is to report. `jitter` is random in 0..1."""
        was = self._jobs[target]
        error, quota = (None, reply.about.quota) if isinstance(reply, Answer | Found) else (reply, None)
        retry = self._schedule.record(target, error, now, jitter, quota=quota)
        if was.is_over:  # its server was given up while this request was under way
            return ()
        if isinstance(reply, CanvasProgressError):
            return self._failed(was, reply, retry, now)
        if isinstance(reply, Found):
            self._follow(was, reply.target, now)
            return ()
        if was.target.parent_path != target.parent_path:  # a link has added something that was not read with it
            self._schedule.put(was.target, now)
            return ()
        new, events = after_answer(was, reply, self.policy, now, self.priors)
        self._keep(new)
        if not new.is_over:
            self._schedule.put(new.target, new.due)
        return events

    def end(self, ending: Ending, *, whatever_was: bool = False) -> None:
        """End the watch, unless it is over already; a signal counts also then."""
        self._ending = ending if whatever_was else self._ending or ending

    def close(self, now: float) -> tuple[Event, ...]:
        """Return the last events: of jobs that have completed and were only waited for because of their results."""
        waiting = [watched for watched in self._jobs.values() if watched.awaits_results]
        return tuple(event for watched in waiting for event in self._complete(watched, now))

    def _follow(self, link: Watched, job: Target, now: float) -> None:
        """Go on with the job that a link leads to, in the place of the link, unless it is watched already.

        One that has ended before it was known to belong to something stays as it is, and is watched with that apart.
        """
        del self._jobs[link.target]
        self._is_ordered = False
        known = self._links.known(job)
        if known is not None and self._jobs[known].is_over and known.parent_path != job.parent_path:
            known, named = None, self._links.lead_apart(link.target, job)
        else:
            named = self._links.lead(link.target, job)
        if known is None:
            self._jobs[named] = replace(link, target=named, trouble=None, due=now)
            self._schedule.put(named, now)
            return
        self._jobs[named] = replace(self._jobs[named], target=named)
        self._close_one()

    def _keep(self, new: Watched) -> None:
        """Store what is now known of a job, and notice if that ends the watch."""
        self._jobs[new.target] = new
        warned = self.policy.strict and new.job is not None and new.job.warnings > 0
        completed = new.shown is Outcome.COMPLETED and not warned
        if self.policy.stop_at_first_completed and completed:
            self.end(Ending.FIRST_COMPLETED)
        if not new.is_over:
            return
        if self.policy.stop_at_first_failed and not completed:
            self.end(Ending.FIRST_FAILED)
        self._close_one()

    def _close_one(self) -> None:
        """Count one job less that is polled, and notice if it was the last."""
        self._open -= 1
        if self._open == 0:
            self.end(Ending.ALL_FINISHED)

    def _failed(
        self, was: Watched, error: CanvasProgressError, retry: Retry | Loss | None, now: float
    ) -> tuple[Event, ...]:
        if isinstance(error, CredentialError):
            self.end(Ending.CREDENTIAL)
        if retry is Loss.SERVER:
            return self._lost_server(was.target.base, error, now)
        if not isinstance(retry, Retry):
            return self._lost(was, error, now)
        if was.awaits_results:
            return self._complete(was, now)
        self._keep(replace(was, trouble=error, due=retry.at))
        self._schedule.put(was.target, retry.at)
        return (Trouble(was.target, error, retry.at - now, self._schedule.failures(was.target)),)

    def _lost_server(self, base: BaseUrl, error: CanvasProgressError, now: float) -> tuple[Event, ...]:
        left = [watched for watched in self._jobs.values() if watched.target.base == base and not watched.is_over]
        return tuple(event for watched in left for event in self._lost(watched, error, now))

    def _lost(self, was: Watched, error: CanvasProgressError, now: float) -> tuple[Event, ...]:
        """End a job that cannot be polled any more: vanished, forbidden, or without an answer for too long."""
        if was.awaits_results:
            return self._complete(was, now)
        trouble = Trouble(was.target, error, None, self._schedule.failures(was.target))
        if not isinstance(error, NoSuchJobError):
            self._keep(replace(ended(was, was.shown, now), error=error))
            return (trouble,)
        self._keep(replace(ended(was, Outcome.GONE, now), error=None if was.job else error))
        finished = Finished(was.target, Outcome.GONE, was.job)
        return (finished,) if was.job else (trouble, finished)

    def _complete(self, watched: Watched, now: float) -> tuple[Event, ...]:
        self._keep(ended(watched, watched.shown, now))
        return (Finished(watched.target, watched.shown, watched.job),)

    def _time_left(self, now: float) -> float:
        return math.inf if self.policy.timeout is None else self.started + self.policy.timeout - now
