"""How long a request may take. Apart from the rest of this package, which needs the network."""

from __future__ import annotations

from typing import Final

from canvas_progress.core.record import record

_LONGEST: Final = 86_400.0  # seconds; sockets take no infinity


@record
class Limits:
    """Time limits of one request, in seconds: for each phase, and for the whole of it."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0

    def scaled_to(self, timeout: float | None) -> Limits:
        """Return the limits for a user who waits so long for a byte; the whole grows and shrinks with it."""
        if timeout is None:
            return self
        read = min(_LONGEST, timeout)
        return Limits(min(self.connect, read), read, self.whole * read / self.read)
