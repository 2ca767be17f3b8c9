"""How long a job may take that reports no progress yet, from earlier jobs of the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from canvas_progress.core.record import record

ENOUGH: Final = 5  # durations; fewer have no quartiles to speak of
_LEAST_SPREAD: Final = 1.0  # Canvas's times are in whole seconds


@record
class Prior:
    """How long such jobs take, in seconds: half of them longer than `median`, hardly one less than that by `spread`."""

    median: float
    spread: float

    def surely_left(self, age: float) -> float:
        """Return the seconds until such a job may plausibly end, zero once it may at any time."""
        return max(0.0, self.median - self.spread - age)

    def is_outlived(self, age: float) -> bool:
        """Return whether a job is so old that it cannot be one of the usual ones."""
        return age > self.median + 2 * self.spread


Priors: TypeAlias = Mapping[tuple[str, str], Prior]  # by the URL of the Canvas and the tag


def prior_from(durations: Sequence[float]) -> Prior | None:
    """Return the prior for the durations of completed jobs, None where they are too few.

    The earliest plausible end is as many times below the lower quartile as that is below the median. A few odd
    durations move neither, and a long tail does not make the earliest end any earlier.
    """
    if len(durations) < ENOUGH:
        return None
    ordered = sorted(durations)
    median, quartile = _quantile(ordered, 0.5), _quantile(ordered, 0.25)
    return Prior(median, max(median - quartile * quartile / median, _LEAST_SPREAD)) if median > 0 else None


def _quantile(ordered: Sequence[float], part: float) -> float:
    whole, fraction = divmod(part * (len(ordered) - 1), 1)
    below, above = ordered[int(whole)], ordered[int(whole) + 1]
    return below + fraction * (above - below)
