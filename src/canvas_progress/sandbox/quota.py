"""The buckets of a world, one for each credential, and how its throttle was treated by its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.sandbox.bucket import Bucket, Throttle, at_rest, reserve, settle
from canvas_progress.sandbox.state import items, number

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json


class Quota:
    """What each credential has used so far; `of` is the name of a credential."""

    def __init__(self, throttle: Throttle) -> None:
        self.throttle = throttle
        self.most_in_flight = 0
        self.lowest_remaining = throttle.high_water - throttle.filled
        self.throttled = 0
        self._buckets: dict[str, Bucket] = {}

    def admit(self, of: str, now: float) -> bool:
        """Reserve for a request that arrives, and return whether it may go on."""
        self._buckets[of], admitted = reserve(self._bucket(of, now), self.throttle, now=now)
        self.lowest_remaining = min(self.lowest_remaining, self._buckets[of].remaining(self.throttle))
        self.most_in_flight = max(self.most_in_flight, sum(bucket.in_flight for bucket in self._buckets.values()))
        self.throttled += not admitted
        return admitted

    def settle(self, of: str, *, cost: float, now: float) -> None:
        """Replace the reservation of a request by what it has cost."""
        self._buckets[of] = settle(self._bucket(of, now), self.throttle, cost=cost, now=now)

    def remaining(self, of: str, now: float) -> float:
        """Return how much is left below the high-water mark."""
        return self._bucket(of, now).remaining(self.throttle)

    def to_json(self) -> list[Json]:
        """Return the buckets as JSON values, as if all requests had been answered."""
        resting = {of: at_rest(bucket, self.throttle) for of, bucket in self._buckets.items()}
        return [{"of": of, "count": bucket.count, "touched": bucket.touched} for of, bucket in resting.items()]

    def merge(self, buckets: dict[str, Bucket]) -> None:
        """Take over the buckets that were used later elsewhere, unless requests are in flight here."""
        for of, bucket in buckets.items():
            known = self._buckets.get(of)
            if known is None or (known.touched < bucket.touched and not known.in_flight):
                self._buckets[of] = bucket

    def _bucket(self, of: str, now: float) -> Bucket:
        return self._buckets.get(of) or Bucket(self.throttle.filled, now)


def read_buckets(document: dict[str, Json]) -> dict[str, Bucket]:
    """Return the buckets in a JSON document; ValueError if it holds none."""
    return {
        str(item.get("of")): Bucket(number(item.get("count")), number(item.get("touched")))
        for item in items(document, "buckets")
    }
