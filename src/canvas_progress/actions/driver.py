"""The driver of every request: it does what a pure state machine decides, whatever the command.

Requests are made in the background, so that a command can draw, count its time and stop while one hangs.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from canvas_progress.background import Background
from canvas_progress.core.decisions import Send, Stop, Wait
from canvas_progress.core.errors import CanvasProgressError, NetworkError
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from canvas_progress.background import Done
    from canvas_progress.clock import Clock

R = TypeVar("R")
V_co = TypeVar("V_co", covariant=True)
W_contra = TypeVar("W_contra", contravariant=True)
E_co = TypeVar("E_co", covariant=True)
_BLOCKED: Final = 3.0  # seconds between two waits, as while a pipe is full; of the time before, nobody is to blame
_CATCH_UP: Final = 0.25  # seconds for what has arrived while it was


class Machine(Protocol[R, W_contra, E_co]):
    """A pure state machine that has requests R sent, takes in answers W_contra, and returns what happened as E_co."""

    def decide(self, now: float) -> Send[R] | Wait | Stop:
        """Return what to do at this moment."""

    def elapsed(self, now: float) -> tuple[E_co, ...]:
        """Take in that time went by."""

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""

    def record(self, request: R, reply: W_contra, now: float, jitter: float) -> tuple[E_co, ...]:
        """Take in what came of a request."""


class Signals(Protocol):
    """What is done about signals. `Interrupts` of a command holds them; `NoInterrupts` leaves them to the program."""

    def held(self, wake: Callable[[], None] = lambda: None) -> AbstractContextManager[None]:
        """Hold signals until `check`; `wake` is called when one arrives."""

    def raised(self) -> AbstractContextManager[None]:
        """Let signals raise at once although they are held around this."""

    def check(self) -> None:
        """Raise what has arrived and was held."""

    def continued(self) -> bool:
        """Whether the process goes on after a stop, once for each."""


@record
class Call(Generic[V_co]):
    """How a request is made, the host that it goes to, and how many seconds it may take."""

    make: Callable[[], V_co]
    host: str
    limit: float


@record
class Driver:
    """What the requests of one command have in common. `until` is when its time limit is over, by the clock."""

    clock: Clock
    interrupts: Signals
    until: float = math.inf

    def later(self, seconds: float) -> Driver:
        """Return the driver with the time limit moved: somebody took so long to answer a question."""
        return replace(self, until=self.until + seconds)

    def run(
        self,
        machine: Machine[R, Any, E_co],
        call: Callable[[R], Call[object]],
        *,
        report: Callable[[tuple[E_co, ...]], None],
        tick: Callable[[], float] = lambda: math.inf,
        resumed: Callable[[], None] = lambda: None,
    ) -> None:
        """Do what the machine decides until it stops: the only loop that sends, waits and takes in.

        `report` is called with what happened; `tick` before each wait, and returns the seconds until it wants to be
        again; `resumed` when the process goes on after a stop. Raises KeyboardInterrupt and Terminated, but only
        between two steps.
        """
        run = _Run(self, machine, report)
        with self.interrupts.held(run.background.wake):
            try:
                while not isinstance(decision := run.next_decision(), Stop):
                    if self.interrupts.continued():
                        resumed()
                    if isinstance(decision, Send):
                        run.send(decision.request, call(decision.request))
                    else:
                        run.wait(min(decision.seconds, tick()))
            finally:
                run.background.close()


class _Run(Generic[R, E_co]):
    """The steps of one loop, with a look between two of them at whether the process was stopped meanwhile."""

    def __init__(
        self, driver: Driver, machine: Machine[R, Any, E_co], report: Callable[[tuple[E_co, ...]], None]
    ) -> None:
        self.background: Background[tuple[R, Call[object]]] = Background(driver.clock)
        self._driver = driver
        self._clock = driver.clock
        self._machine = machine
        self._report = report
        self._waited_at = driver.clock.monotonic()  # when the last wait ended

    def next_decision(self) -> Send[R] | Wait | Stop:
        """Return what to do now. What has arrived while the process was stopped is taken in first."""
        self._driver.interrupts.check()
        between = self._clock.monotonic() - self._waited_at
        lost = self._clock.lost() + (between if between > _BLOCKED else 0.0)
        if lost > 0:
            self.background.allow(lost)
            self._machine.resumed(lost)
            while (done := self.background.wait(_CATCH_UP)) is not None:
                self._take_in(done)
        self._waited_at = now = self._clock.monotonic()
        if events := self._machine.elapsed(now):
            self._report(events)
        return self._machine.decide(now)

    def send(self, request: R, call: Call[object]) -> None:
        """Make a request in the background."""
        self.background.start((request, call), call.make, limit=call.limit)

    def wait(self, seconds: float) -> None:
        """Wait for the next reply, but no longer than that, and take it in."""
        done = self.background.wait(seconds)
        self._waited_at = self._clock.monotonic()
        if done is not None:
            self._take_in(done)

    def _take_in(self, done: Done[tuple[R, Call[object]]]) -> None:
        request, call = done.key
        reply = self._reply(done, call)
        jitter = random.random()  # noqa: S311  # no secret
        self._report(self._machine.record(request, reply, self._clock.monotonic(), jitter))

    def _reply(self, done: Done[tuple[R, Call[object]]], call: Call[object]) -> object:
        if isinstance(done.error, CanvasProgressError):
            return done.error
        if isinstance(done.error, TimeoutError):
            return NetworkError(f"{call.host} gave no whole answer within {call.limit:.0f} s")
        if done.error is not None:
            raise done.error  # a bug of ours: not something to retry
        return done.result
