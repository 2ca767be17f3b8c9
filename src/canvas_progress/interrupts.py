"""Ctrl-C, SIGTERM and SIGHUP, and the end of the time limit: exceptions at once, or when the work at hand allows it.

A signal that is held does not raise where it happens to arrive: whoever waits is woken, and `check` raises it there. So
a second one cannot tear what is said about the first. Where nobody checks within a second, as while a pipe is full, or
where somebody sends another one a second later, it raises after all. So does the time limit, if by some seconds after
it the command has not ended by itself.
"""

from __future__ import annotations

import math
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import TimeLimitError
from canvas_progress.core.signals import Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_PATIENCE: Final = 1.0  # seconds until a signal is insisted on
_FOR_THE_REPORT: Final = 5.0  # seconds to say what was interrupted
_OVERDUE: Final = 2.0  # seconds that a command may take to end after its time limit: hooks are ended politely


class NoInterrupts:
    """All signals are left to the program that we are a part of: KeyboardInterrupt is raised wherever that happens."""

    @contextmanager
    def held(self, wake: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold nothing."""
        del wake
        yield

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Change nothing."""
        yield

    def check(self) -> None:
        """Have nothing to raise."""

    def continued(self) -> bool:
        """Whether the process goes on after a stop: not known here, and nothing is on the screen."""
        return False


class Interrupts:
    """The signals that end this process, and the one by which it goes on after a stop."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._holders = 0
        self._wakes: list[Callable[[], None]] = []
        self._error: type[BaseException] | None = None  # that `check` has yet to raise
        self._insisting: type[BaseException] = KeyboardInterrupt  # what is raised when nobody has checked
        self._insist_at = math.inf
        self._first: float | None = None  # when the first one arrived that was held
        self._overdue_at = math.inf
        self._is_warned = False
        self._continued = False

    def listen(self) -> None:
        """Take the signals from now on; what is ignored on purpose, as by `nohup`, stays ignored."""
        for name, handler in (
            ("SIGINT", self._interrupt),
            ("SIGTERM", self._terminate),
            ("SIGHUP", self._terminate),
            ("SIGBREAK", self._terminate),
            ("SIGALRM", self._alarm),
            ("SIGCONT", self._go_on),
        ):
            number = getattr(signal, name, None)  # Windows has INT, TERM and BREAK, others all but BREAK
            if number is not None and not (name in {"SIGHUP", "SIGINT"} and signal.getsignal(number) is signal.SIG_IGN):
                signal.signal(number, handler)

    def bound(self, until: float) -> None:
        """End the command by force if it has not ended some seconds after this time, whatever it is blocked in."""
        self._overdue_at = until + _OVERDUE
        self._arm()

    @contextmanager
    def held(self, wake: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold signals until `check`; `wake` is called when one arrives. What comes after the last one is too late."""
        self._wakes.append(wake)
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            self._wakes.pop()
            if self._holders == 0:
                self._error, self._insist_at = None, math.inf
                self._arm()

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Let signals raise at once although they are held around this: a prompt is open, maybe for long."""
        self.check()
        holders, self._holders = self._holders, 0
        left, self._overdue_at = self._overdue_at - self._monotonic(), math.inf
        try:
            yield
        finally:
            self._holders, self._overdue_at = holders, self._monotonic() + left
            self._arm()

    def check(self) -> None:
        """Raise KeyboardInterrupt or Terminated if a signal has arrived that was held."""
        if self._error is not None:
            error, self._error = self._error, None
            self._insist_at = self._monotonic() + _FOR_THE_REPORT
            self._arm()
            raise error

    def continued(self) -> bool:
        """Whether the process goes on after a stop, once for each: what is on the screen is not ours any more."""
        continued, self._continued = self._continued, False
        return continued

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._arrived(KeyboardInterrupt)

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        self._arrived(Terminated)

    def _go_on(self, _number: int, _frame: FrameType | None) -> None:
        self._continued = True
        self._wake()

    def _arrived(self, error: type[BaseException]) -> None:
        now = self._monotonic()
        if self._holders == 0 or (self._first is not None and now - self._first >= _PATIENCE):
            raise error
        if self._first is None:
            self._first, self._error, self._insisting = now, error, error
            self._insist_at = now + _PATIENCE
            self._arm()
        self._wake()

    def _alarm(self, _number: int, _frame: FrameType | None) -> None:
        """Raise what is overdue, and again a second later if that was not enough."""
        now, error = self._monotonic(), None
        if self._insist_at <= now:
            self._insist_at, self._error, error = now + _PATIENCE, None, self._insisting()
        elif self._overdue_at <= now:
            # Not at once: it may have been stopped until now, and end by itself in a moment.
            error = TimeLimitError("the time limit was over") if self._is_warned else None
            self._overdue_at, self._is_warned = now + _PATIENCE, True
            self._wake()
        self._arm()
        if error is not None:
            raise error

    def _arm(self) -> None:
        at = min(self._insist_at, self._overdue_at)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0 if math.isinf(at) else max(at - self._monotonic(), 0.001))

    def _wake(self) -> None:
        for wake in self._wakes:
            wake()
