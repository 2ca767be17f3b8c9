"""The time, for everybody who may know it. Tests bring one of their own."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from queue import Empty
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from queue import SimpleQueue

T = TypeVar("T")
# Seconds of one wait, after which one looks at the time; Windows delivers Ctrl-C only between waits.
_SLICE: Final = 0.5 if sys.platform == "win32" else 1.0
_STOPPED: Final = 1.0  # seconds by which a slice may be late; if by more, this process was stopped


class Clock(Protocol):
    """What the actions need of a clock. Seconds throughout."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        """Return the next item of a queue, or None where there is none within so many seconds, or sooner.

        `expected` is whether somebody is at work to put one there.
        """

    def lost(self) -> float:
        """Return for how many seconds this process was stopped while it waited, since the last call."""


class SystemClock:
    """The machine's own clock."""

    def __init__(self) -> None:
        self._lost = 0.0

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        """Return the next item of a queue, or None where there is none within so many seconds, or sooner."""
        del expected
        began = time.monotonic()
        part = min(max(seconds, 0.0), _SLICE)
        try:
            return queue.get(timeout=part) if part > 0 else queue.get_nowait()
        except Empty:
            return None
        finally:
            late = time.monotonic() - began - part
            self._lost += late if late > _STOPPED else 0.0

    def lost(self) -> float:
        """Return for how many seconds this process was stopped while it waited, since the last call."""
        lost, self._lost = self._lost, 0.0
        return lost
