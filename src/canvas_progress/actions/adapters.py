"""What an action needs of the outside, and the requests that several actions make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from canvas_progress.actions.requests import Call
from canvas_progress.core.backoff import ONE_ANSWER
from canvas_progress.core.once import Once

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.actions.recording import Recording
    from canvas_progress.actions.requests import Driver
    from canvas_progress.clock import Clock
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.backoff import RetryPolicy
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.refs import Target
    from canvas_progress.processes import Programs
    from canvas_progress.terminal.terminal import Terminal

V = TypeVar("V")


class Jobs(Protocol):
    """The jobs of one or more Canvases. Every request raises CanvasProgressError."""

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now."""

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, without any guard."""

    def limit(self, target: Target) -> float:
        """Return how many seconds a request to its Canvas may take."""


@dataclass(frozen=True, slots=True)
class Adapters:
    """The network, the terminal, other programs, the history, and the driver of all requests with its clock."""

    jobs: Jobs
    terminal: Terminal
    driver: Driver
    programs: Programs
    history: Recording

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.driver.clock

    def reading(self, target: Target) -> Call[Answer]:
        """Return how a job is read; every answer is noted in the history."""
        return self._call(target, lambda: self.jobs.read(target))

    def marking(self, target: Target, message: str) -> Call[Answer]:
        """Return how a job is marked as canceled. Only what `Cancellations` has decided on may be sent."""
        return self._call(target, lambda: self.jobs.cancel(target, message), canceled=True)

    def read_each(
        self, targets: tuple[Target, ...], ready: Callable[[Once[Target, Answer]], None] = lambda _: None
    ) -> Once[Target, Answer]:
        """Read each job once, several at a time, and return what holds the answers and the errors.

        Attempts that fail are reported as they happen. `ready` is called whenever there may be something new.
        """
        now, until = self.clock.monotonic(), self.driver.until
        machine: Once[Target, Answer] = Once(
            targets, lambda target: target.base, now, until=until, quota=lambda answer: answer.about.quota
        )

        def report(news: tuple[str, ...]) -> None:
            _note_each(news, self.terminal.note)
            ready(machine)

        self.driver.run(machine, self.reading, report=report)
        ready(machine)
        return machine

    def _call(self, target: Target, request: Callable[[], Answer], *, canceled: bool = False) -> Call[Answer]:
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
