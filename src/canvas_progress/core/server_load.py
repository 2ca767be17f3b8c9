"""How hard one server may be pressed: requests in flight, the token's quota, and rest after failures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from canvas_progress.core.errors import CanvasProgressError

_MOST_IN_FLIGHT: Final = 4
_RESERVED: Final = 50.0  # units that Canvas holds back for each request in flight
_LEFT_FOR_OTHERS: Final = 200.0  # units that belong to whatever else uses the token
_LONGEST_HOLD: Final = 60.0  # seconds; a bucket that leaks at that rate is all but empty by then
_LEAK: Final = 10.0  # units that come back each second


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """What is known of one server. Times are in seconds on the caller's monotonic clock.

    `allowed` is how many requests may be in flight at once: one until the first answer has told the quota.
    """

    in_flight: int = 0
    allowed: int = 1
    hold_until: float = 0.0
    failures: int = 0
    failing_since: float | None = None
    trouble: CanvasProgressError | None = None
    quota: float | None = None
    has_answered: bool = False

    @property
    def has_room(self) -> bool:
        """Whether one more request may be sent. A server in trouble gets one at a time."""
        return self.in_flight < (1 if self.failures else self.allowed)

    def asked(self) -> ServerLoad:
        """Return the load with one more request in flight."""
        return replace(self, in_flight=self.in_flight + 1)

    def answered(self, quota: float | None, now: float) -> ServerLoad:
        """Return the load after an answer. `quota` is X-Rate-Limit-Remaining, which others in flight have lowered."""
        others = self.in_flight - 1
        allowed, hold_until = _MOST_IN_FLIGHT, now
        if quota is not None:
            free = quota + others * _RESERVED - _LEFT_FOR_OTHERS
            allowed = min(max(int(free // _RESERVED), 1), _MOST_IN_FLIGHT)
            hold_until = now + min(max(0.0, (_RESERVED - free) / _LEAK), _LONGEST_HOLD)
        return ServerLoad(others, allowed, hold_until, quota=quota, has_answered=True)

    def refused(self) -> ServerLoad:
        """Return the load after Canvas said no about one job: it is there, and well."""
        return replace(
            self, in_flight=self.in_flight - 1, failures=0, failing_since=None, trouble=None, has_answered=True
        )

    def returned(self) -> ServerLoad:
        """Return the load after something came back that tells nothing of the server."""
        return replace(self, in_flight=self.in_flight - 1)

    def failed(self, error: CanvasProgressError, hold: float, since: float, give_up_after: float) -> ServerLoad:
        """Return the load after a failure that speaks of the whole server, and that began at `since`.

        The server is left alone until `hold`, but not past the time to give it up.
        """
        first = since if self.failing_since is None else self.failing_since
        return replace(
            self,
            in_flight=self.in_flight - 1,
            failures=self.failures + 1,
            failing_since=first,
            hold_until=min(hold, first + give_up_after),
            trouble=error,
        )
