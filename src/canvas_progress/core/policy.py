"""When to ask about one job again: soon while it is young or nearly done, seldom while it is neither.

The constants and what they cost were found with the model in `benchmarks/`; `docs/decisions/0004` tells how.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from canvas_progress.core.outcome import Outcome

GIVE_UP_AFTER: Final = 300.0  # seconds
_RECENT_CHANGES: Final = 4


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to ask and when to stop. All times in seconds; None is without limit.

    `least` and `most` bound every wait, `share_of_age` bounds it by the job's age. `blind` scales the wait where
    nothing is known but the age, `share_of_rest` is the part of the estimated rest to wait for. `interval` replaces
    all of that by a fixed one.
    """

    least: float = 1.0
    most: float = 20.0
    share_of_age: float = 0.4
    share_of_rest: float = 0.4
    blind: float = 0.25
    interval: float | None = None
    timeout: float | None = None
    stall_timeout: float | None = None
    give_up_after: float = GIVE_UP_AFTER
    stop_at_first_completed: bool = False
    stop_at_first_failed: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How completion moved: the first change seen and the latest few, as (age in s, percent)."""

    first: tuple[float, float] | None = None
    latest: tuple[tuple[float, float], ...] = ()

    def after(self, age: float, completion: float | None) -> Pace:
        """Return the pace with one more observation. Completion that falls begins anew: the job was reset."""
        if completion is None:
            return self
        here = (age, completion)
        if self.first is None or completion < self.latest[-1][1]:
            return Pace(here, (here,))
        if completion == self.latest[-1][1]:
            return self
        return Pace(self.first, (*self.latest, here)[-_RECENT_CHANGES:])

    def left(self, age: float) -> float | None:
        """Estimate the seconds to the end at this age, negative when overdue; None while nothing can be told."""
        if self.first is None or len(self.latest) < 2 or self.latest[-1][1] <= 0:  # noqa: PLR2004
            return None
        last_age, last = self.latest[-1]
        rates = [(last - c) / (last_age - t) for t, c in (self.first, self.latest[0]) if last_age > t]
        if not rates:
            return None
        return (100 - last) / max(rates) - (age - last_age)


def next_wait(policy: Policy, outcome: Outcome, pace: Pace, age: float) -> float:
    """Return the seconds until a job of this age should be asked for again.

    The best gap between inspections goes as one over the root of the hazard, and a lognormal's hazard falls about as
    one over the age: hence the roots.
    """
    if policy.interval is not None:
        return policy.interval
    cap = min(max(policy.share_of_age * age, policy.least), policy.most)
    if outcome is Outcome.WAITING:  # an external tool may take for ever, and says nothing meanwhile
        return policy.most
    left = pace.left(age) if outcome is Outcome.RUNNING else None
    if left is None:
        wait = policy.blind * math.sqrt(age)
    elif left > 0:
        wait = policy.share_of_rest * left
    else:
        wait = policy.blind * math.sqrt(-left) + policy.least
    return min(cap, max(wait, policy.least))
