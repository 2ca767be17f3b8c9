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
# Seconds; Windows delivers Ctrl-C only between waits.
_LONGEST_WAIT: Final = 0.5 if sys.platform == "win32" else 3600.0


class Clock(Protocol):
    """What the actions ask of a clock. Seconds throughout."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        """Return the next item of a queue, or None where there is none within so many seconds, or sooner.

        `expected` is whether somebody is at work to put one there.
        """


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        """Return the next item of a queue, or None where there is none within so many seconds, or sooner."""
        del expected
        try:
            return queue.get(timeout=min(seconds, _LONGEST_WAIT)) if seconds > 0 else queue.get_nowait()
        except Empty:
            return None
