"""Ctrl-C, SIGTERM and SIGHUP: an exception at once, or, while work is done that must not be torn, a request to end.

A signal that is held does not raise where it happens to arrive: whoever waits is woken, and `check` raises it there. So
a second one cannot tear what is said about the first. Where nobody checks within a second, as while a pipe is full, or
where somebody sends another one a second later, it raises after all.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from canvas_progress.core.signals import Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_PATIENCE: Final = 1.0  # seconds


class Interrupts:
    """The signals of this process that ask it to end, and the one by which it goes on after a stop."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._holders = 0
        self._wakes: list[Callable[[], None]] = []
        self._error: type[BaseException] | None = None  # that `check` has yet to raise
        self._first: float | None = None  # when the first one arrived that was held
        self._continued = False

    def listen(self) -> None:
        """Take the signals from now on; a hang-up that is ignored on purpose, as `nohup` does, stays ignored."""
        for name, handler in (
            ("SIGINT", self._interrupt),
            ("SIGTERM", self._terminate),
            ("SIGHUP", self._terminate),
            ("SIGALRM", self._insist),
            ("SIGCONT", self._go_on),
        ):
            number = getattr(signal, name, None)  # Windows has only the first two
            if number is not None and not (name in {"SIGHUP", "SIGINT"} and signal.getsignal(number) is signal.SIG_IGN):
                signal.signal(number, handler)

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
                self._error = None
                _alarm(0)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Let signals raise at once although they are held around this: somebody is asked something."""
        self.check()
        holders, self._holders = self._holders, 0
        try:
            yield
        finally:
            self._holders = holders

    def check(self) -> None:
        """Raise KeyboardInterrupt or Terminated if a signal has arrived that was held."""
        if self._error is not None:
            error, self._error = self._error, None
            _alarm(0)
            raise error

    def continued(self) -> bool:
        """Tell, once, that the process was stopped and goes on: what is on the screen is not ours any more."""
        continued, self._continued = self._continued, False
        return continued

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._arrived(KeyboardInterrupt)

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        self._arrived(Terminated)

    def _go_on(self, _number: int, _frame: FrameType | None) -> None:
        self._continued = True
        self._wake()

    def _insist(self, _number: int, _frame: FrameType | None) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _arrived(self, error: type[BaseException]) -> None:
        now = self._monotonic()
        if self._holders == 0 or (self._first is not None and now - self._first >= _PATIENCE):
            raise error
        if self._first is None:
            self._first, self._error = now, error
            _alarm(_PATIENCE)
        self._wake()

    def _wake(self) -> None:
        for wake in self._wakes:
            wake()


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
