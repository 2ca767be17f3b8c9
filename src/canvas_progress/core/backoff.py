"""How long to leave a server alone that did not answer as it should."""

from __future__ import annotations

from typing import Final

from canvas_progress.core.errors import ThrottledError, UnavailableError

_FIRST: Final = 1.0
_FIRST_THROTTLED: Final = 5.0  # the bucket leaks 10 units/s and a request reserves 50
_MOST: Final = 30.0
_MOST_ASKED_FOR: Final = 3600.0


def backoff(failures: int, jitter: float, error: Exception) -> float:
    """Return the seconds to wait after this many failures in a row.

    Doubles from 1 s (5 s when throttled) to 30 s and takes half to all of that, by `jitter` in 0..1, so that many
    clients do not come back at once. What the server asked for by Retry-After goes first; but some say 0, and nobody
    is asked without a pause.
    """
    if isinstance(error, UnavailableError) and error.retry_after is not None:
        return min(max(error.retry_after, _FIRST), _MOST_ASKED_FOR)
    first = _FIRST_THROTTLED if isinstance(error, ThrottledError) else _FIRST
    doubled = first * 2.0 ** min(max(failures - 1, 0), 10)
    return min(doubled, _MOST) * (0.5 + 0.5 * jitter)
