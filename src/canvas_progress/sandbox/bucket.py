"""The leaky bucket of `request_throttle.rb`: Canvas limits what is in flight at once rather than a rate."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """How one Canvas throttles; units are Canvas's own, times are seconds."""

    high_water: float = 600.0
    leak: float = 10.0
    maximum: float = 800.0
    reservation: float = 50.0
    filled: float = 0.0  # what others have already taken when the first request arrives
    status: int = 403  # hosted Canvas has answered 429 since October 2025, others still 403
    retry_after: str | None = None  # Canvas sends none; a proxy in front may


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one credential has used, at one moment."""

    count: float
    touched: float
    in_flight: int = 0

    def leaked(self, throttle: Throttle, now: float) -> Bucket:
        """Let the time since the last request drain the bucket; a clock that went back drains nothing."""
        drained = throttle.leak * max(0.0, now - self.touched)
        return replace(self, count=max(0.0, self.count - drained), touched=max(now, self.touched))

    def add(self, throttle: Throttle, units: float) -> Bucket:
        """Pour in (or take out) units, within what a bucket can hold."""
        return replace(self, count=min(max(0.0, self.count + units), throttle.maximum))

    def remaining(self, throttle: Throttle) -> float:
        """Return the quota that `x-rate-limit-remaining` shows."""
        return throttle.high_water - self.count


def reserve(bucket: Bucket, throttle: Throttle, *, now: float) -> tuple[Bucket, bool]:
    """Reserve for a request that arrives, and return whether it may go on; a refusal gives its units back."""
    drained = bucket.leaked(throttle, now)
    reserved = drained.add(throttle, throttle.reservation)
    if reserved.count >= throttle.high_water:
        return drained, False
    return replace(reserved, in_flight=bucket.in_flight + 1), True


def settle(bucket: Bucket, throttle: Throttle, *, cost: float, now: float) -> Bucket:
    """Replace the reservation of a finished request by its real cost."""
    settled = bucket.leaked(throttle, now).add(throttle, cost - throttle.reservation)
    return replace(settled, in_flight=bucket.in_flight - 1)


def at_rest(bucket: Bucket, throttle: Throttle) -> Bucket:
    """Return the bucket without what is reserved by requests in flight."""
    return replace(bucket.add(throttle, -throttle.reservation * bucket.in_flight), in_flight=0)
