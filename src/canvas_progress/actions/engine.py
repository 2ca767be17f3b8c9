"""The jobs of one or more Canvases, and all that is done with them: read once, watched, marked as canceled.

Commands and calls from Python do it here, with the same guards and the same retries. What is shown of it, if anything,
is up to them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from canvas_progress.actions.driver import Call
from canvas_progress.core.backoff import ONE_ANSWER
from canvas_progress.core.once import Once
from canvas_progress.core.polling import Watch
from canvas_progress.core.reads import Reads
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.actions.driver import Driver
    from canvas_progress.actions.recording import Recording
    from canvas_progress.clock import Clock
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.backoff import RetryPolicy
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.cancel_case import CancelRequest
    from canvas_progress.core.cancel_conclusion import Conclusion
    from canvas_progress.core.cancellations import CancelEvent, Cancellations
    from canvas_progress.core.events import Event
    from canvas_progress.core.polling_policy import Policy
    from canvas_progress.core.refs import Target
    from canvas_progress.core.targets import Found
    from canvas_progress.core.usual_durations import Priors

V = TypeVar("V")


class Jobs(Protocol):
    """The jobs of one or more Canvases. Every request raises CanvasProgressError."""

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now."""

    def find(self, link: Target) -> Found:
        """Return the job that a link leads to."""

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, without any guard."""

    def limit(self, target: Target) -> float:
        """Return how many seconds a request to its Canvas may take."""


@record
class Engine:
    """The network, the driver of all requests with its clock, the history, and who hears of what is retried."""

    jobs: Jobs
    driver: Driver
    history: Recording
    note: Callable[[str], None]

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.driver.clock

    def read_each(self, targets: tuple[Target, ...], ready: Callable[[Reads], None] = lambda _: None) -> Reads:
        """Read each job once, several at a time, and return what holds the answers and the errors.

        Attempts that fail are reported as they happen. `ready` is called whenever there may be something new.
        """
        now, until = self.clock.monotonic(), self.driver.until
        machine = Reads(targets, now, until=until)

        def report(news: tuple[str, ...]) -> None:
            _note_each(news, self.note)
            ready(machine)

        self.driver.run(machine, self.reading, report=report)
        ready(machine)
        return machine

    def watch_of(self, targets: tuple[Target, ...], policy: Policy, priors: Priors) -> Watch:
        """Return a watch to follow; its time limit runs since the command or the call began."""
        timeout = policy.timeout
        started = None if timeout is None or math.isinf(self.driver.until) else self.driver.until - timeout
        return Watch(targets, policy, self.clock.monotonic(), priors, started=started)

    def follow(
        self,
        watch: Watch,
        report: Callable[[tuple[Event, ...]], None],
        *,
        tick: Callable[[], float] = lambda: math.inf,
        resumed: Callable[[], None] = lambda: None,
    ) -> None:
        """Poll until the watch is over, and report what happens, to the last event."""
        self.driver.run(watch, self.reading, report=report, tick=tick, resumed=resumed)
        report(watch.close(self.clock.monotonic()))

    def cancel_each(self, machine: Cancellations, report: Callable[[Target, Conclusion], None]) -> None:
        """Send what the machine decides on: every request of a cancellation is made here."""

        def call(request: CancelRequest) -> Call[Answer | Found]:
            target, message = request.target, request.message
            call = self.reading(target) if message is None else self._marking(target, message)
            return replace(call, limit=min(call.limit, request.seconds))

        def report_each(events: tuple[CancelEvent, ...]) -> None:
            for event in events:
                if isinstance(event.found, str):
                    self.note(f"{event.target.label}: {event.found}")
                else:
                    report(event.target, event.found)

        self.driver.run(machine, call, report=report_each)

    def reading(self, target: Target) -> Call[Answer | Found]:
        """Return how a job is read, every answer noted in the history, or how the job of a link is found."""
        if target.link:
            return Call(lambda: self.jobs.find(target), target.base.netloc, self.jobs.limit(target))
        return self._call(target, lambda: self.jobs.read(target))

    def _marking(self, target: Target, message: str) -> Call[Answer | Found]:
        """Return how a job is marked as canceled. Only what `Cancellations` has decided on may be sent."""
        return self._call(target, lambda: self.jobs.cancel(target, message), canceled=True)

    def _call(self, target: Target, request: Callable[[], Answer], *, canceled: bool = False) -> Call[Answer | Found]:
        def recorded() -> Answer:
            answer = request()
            self.history.seen(target, answer.job, canceled=canceled)
            return answer

        return Call(recorded, target.base.netloc, self.jobs.limit(target))


def fetch(
    call: Call[V], base: BaseUrl, driver: Driver, note: Callable[[str], None], *, retry: RetryPolicy = ONE_ANSWER
) -> V:
    """Make one request, and again if it fails and may pass; each attempt that fails is reported. Raises its error."""
    machine: Once[None, V] = Once((None,), lambda _: base, driver.clock.monotonic(), until=driver.until, retry=retry)
    driver.run(machine, lambda _: call, report=lambda news: _note_each(news, note))
    if None in machine.errors:
        raise machine.errors[None]
    return machine.answers[None]


def _note_each(news: tuple[str, ...], note: Callable[[str], None]) -> None:
    for line in news:
        note(line)
