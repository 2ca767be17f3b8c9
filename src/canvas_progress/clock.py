"""The time, for everybody who may know it. Tests bring one of their own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the actions ask of a clock. Seconds throughout."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        time.sleep(seconds)
