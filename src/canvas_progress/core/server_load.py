"""How hard one server may be pressed: requests in flight, the token's quota, and rest after failures."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import ThrottledError
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.core.errors import CanvasProgressError

MOST_IN_FLIGHT: Final = 4
MOST_WITH_SLOW_ONES: Final = 10  # a full bucket of a hosted Canvas has 700 units: ten requests, and 200 left
AFFORDABLE_UNSEEN: Final = 8  # as many of the 600 units that a Canvas has by default
MOST_UNSEEN: Final = 16  # of a server that hangs before it has said anything
SLOW: Final = 1.0  # seconds; a request that takes longer no longer keeps others from being sent
_YIELDS: Final = 2.5  # seconds; it gives its place up, where nothing is known of a quota
SLOW_IN_TROUBLE: Final = 10.0  # seconds; a server in trouble may need longer
_RESERVED: Final = 50.0  # units that Canvas holds back for each request in flight
_LEFT_FOR_OTHERS: Final = 200.0  # units that belong to whatever else uses the token
_LONGEST_HOLD: Final = 60.0  # seconds; a bucket that leaks at that rate is all but empty by then
_LEAK: Final = 10.0  # units that come back each second
_LAST_CHANCE: Final = 1.0  # seconds before a server is given up in which it is tried once more


@record
class ServerLoad:
    """What is known of one server. Times are in seconds on the caller's monotonic clock.

    `sent` is when each request in flight was sent. `allowed` is how many of these may be in flight: one until the first
    answer has shown the quota. `affordable` is how many the quota allows for once some have become slow. `silent_since`
    is when the first request was sent since the last good answer, at `good_at`. `failed_at` is
    when the latest failure was counted.
    """

    sent: tuple[float, ...] = ()
    allowed: int = 1
    affordable: int = AFFORDABLE_UNSEEN
    hold_until: float = 0.0
    failures: int = 0
    silent_since: float | None = None
    good_at: float = -math.inf
    failed_at: float = -math.inf
    trouble: CanvasProgressError | None = None
    quota: float | None = None

    @property
    def has_answered(self) -> bool:
        """Whether the server was ever heard of."""
        return self.good_at > -math.inf

    def room_at(self, now: float) -> float:
        """Return when one more request may be sent; infinity while an answer has to come first.

        A server in trouble gets one at a time. A request that hangs does not hold up the others.
        """
        counted = [at for at in self.sent if self.quota is not None or now - at < _YIELDS]
        if len(counted) >= self.affordable or len(self.sent) >= MOST_UNSEEN:
            return min(counted, default=math.inf) + _YIELDS if self._may_yield(counted) else math.inf
        slow_after = SLOW_IN_TROUBLE if self.failures else SLOW
        fresh = sorted(at for at in self.sent if now - at < slow_after)
        too_many = len(fresh) - self._most(hangs=len(fresh) < len(self.sent))
        return max(self.hold_until, now if too_many < 0 else fresh[too_many] + slow_after)

    def _may_yield(self, counted: list[float]) -> bool:
        """Whether a place becomes free by itself: of a server that has said nothing about its quota."""
        return self.quota is None and bool(counted) and len(self.sent) < MOST_UNSEEN

    def _most(self, *, hangs: bool) -> int:
        """Return how many requests may be in flight beside those that are slow; `hangs` is whether there are any."""
        if self.failures:
            return 1
        return MOST_IN_FLIGHT if hangs else self.allowed

    def requested(self, now: float) -> ServerLoad:
        """Return the load with one more request in flight."""
        since = now if self.silent_since is None else self.silent_since
        return replace(self, sent=(*self.sent, now), silent_since=since)

    def answered(self, sent_at: float, quota: float | None, now: float) -> ServerLoad:
        """Return the load after an answer. `quota` is X-Rate-Limit-Remaining, which others in flight have lowered."""
        others = self._without(sent_at)
        allowed, affordable = MOST_IN_FLIGHT, AFFORDABLE_UNSEEN
        hold_until = now
        if quota is not None:
            free = quota + len(others) * _RESERVED - _LEFT_FOR_OTHERS
            slots = max(int(free // _RESERVED), 1)
            allowed, affordable = min(slots, MOST_IN_FLIGHT), min(slots, MOST_WITH_SLOW_ONES)
            hold_until = now + min(max(0.0, (_RESERVED - free) / _LEAK), _LONGEST_HOLD)
        return ServerLoad(others, allowed, affordable, hold_until, good_at=now, quota=quota)

    def refused(self, sent_at: float, now: float) -> ServerLoad:
        """Return the load after Canvas said no about one job: it is there, and well."""
        well = replace(self.returned(sent_at), failures=0, silent_since=None, trouble=None)
        return replace(well, good_at=now)

    def returned(self, sent_at: float) -> ServerLoad:
        """Return the load after something came back that says nothing about the server."""
        return replace(self, sent=self._without(sent_at))

    def failures_with(self, sent_at: float) -> int:
        """Return how many failures in a row there are with one more; of requests in flight at once, only one counts."""
        return self.failures + (1 if sent_at >= self.failed_at or not self.failures else 0)

    def failed(
        self, sent_at: float, error: CanvasProgressError, now: float, hold: float, give_up_after: float
    ) -> ServerLoad:
        """Return the load after a failure that concerns the whole server: it is left alone until `hold`.

        Unless it has answered something else since that request was sent, and is only slow with this one.
        """
        if self.good_at > sent_at and not isinstance(error, ThrottledError):
            return self.returned(sent_at)
        since = sent_at if self.silent_since is None else min(self.silent_since, sent_at)
        given_up_at = since + give_up_after
        last_chance = given_up_at - _LAST_CHANCE
        return replace(
            self,
            sent=self._without(sent_at),
            failures=self.failures_with(sent_at),
            failed_at=now if sent_at >= self.failed_at else self.failed_at,
            silent_since=since,
            hold_until=max(self.hold_until, min(hold, last_chance if now < last_chance else given_up_at)),
            trouble=error,
        )

    def resumed(self, lost: float) -> ServerLoad:
        """Return the load after the process was stopped for so many seconds, in which nobody could answer it."""
        since = None if self.silent_since is None else self.silent_since + lost
        return replace(self, sent=tuple(at + lost for at in self.sent), silent_since=since)

    def _without(self, sent_at: float) -> tuple[float, ...]:
        left = list(self.sent)
        left.remove(sent_at)
        return tuple(left)
