"""One answer about each job, for `show`: also about those that links lead to. A state machine, as a `Watch` is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from canvas_progress.core.answers import Answer
from canvas_progress.core.decisions import Send
from canvas_progress.core.once import Once
from canvas_progress.core.refs import Target
from canvas_progress.core.targets import Found, Links

if TYPE_CHECKING:
    from canvas_progress.core.decisions import Stop, Wait
    from canvas_progress.core.errors import CanvasProgressError


class Reads(Once[Target, Answer]):
    """Answers and errors are those of jobs: `job_of` says which one a link has led to, itself while it has to none."""

    def __init__(self, targets: tuple[Target, ...], now: float, *, until: float = math.inf) -> None:
        super().__init__(targets, lambda t: t.base, now, until=until, quota=lambda answer: answer.about.quota)
        self._links = Links(targets)
        self._linked = tuple(target for target in targets if target.link)

    def job_of(self, target: Target) -> Target:
        """Return the job of a link as far as it is known, and every other target as it is."""
        return self._links.job_of(target)

    def is_open(self, subject: Target) -> bool:
        """Whether this may still be answered: a link of the same Canvas may lead to it, and say more about it."""
        job = self.job_of(subject)
        return super().is_open(job) or any(
            link in self._open and link.parent_path and link.base == job.base for link in self._linked
        )

    def decide(self, now: float) -> Send[Target] | Wait | Stop:
        """Return what to do at this moment. A `Send` counts as sent."""
        decision = super().decide(now)
        return Send(self.job_of(decision.request)) if isinstance(decision, Send) else decision

    def record(
        self, subject: Target, reply: Answer | Found | CanvasProgressError, now: float, jitter: float
    ) -> tuple[str, ...]:
        """Take in what came of a request. `jitter` is random in 0..1."""
        if isinstance(reply, Found):
            self._schedule.record(subject, None, now, jitter, quota=reply.about.quota)
            if super().is_open(subject):
                self._lead(subject, reply.target, now)
            return ()
        job = self.job_of(subject)
        if isinstance(reply, Answer) and job.parent_path != subject.parent_path:  # what a link has added is not read
            self._schedule.record(subject, None, now, jitter, quota=reply.about.quota)
            self._schedule.put(job, now)
            return ()
        return super().record(subject, reply, now, jitter)

    def _lead(self, link: Target, job: Target, now: float) -> None:
        del self._open[link]
        known = self._links.known(job)
        named = self._links.lead(link, job)
        adds = known is not None and known.parent_path != named.parent_path
        if known is None or (adds and self.answers.pop(known, None) is not None):
            self._open[named] = None
            self._schedule.put(named, now)
