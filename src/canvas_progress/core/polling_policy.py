"""When to poll a job again: leap to the earliest it may plausibly end, and poll closely from then on.

Two numbers about a job decide: the seconds it has left, and how far off that estimate may be. What the policy costs is
measured by `benchmarks/polling.py`; `docs/developing/decisions/0004` has how it came about.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.backoff import GIVE_UP_AFTER, RetryPolicy
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.core.usual_durations import Prior

_LATEST_CHANGES: Final = 4
_LEAST_CHANGE: Final = 1e-3  # percent; a rate made of less would put the end beyond any number
_LEAST_WHILE_WAITING: Final = 2.0  # seconds


@record
class Policy:
    """How often to poll and when to stop. All times in seconds; None is without limit.

    `min_wait` and `max_wait` bound every wait. `fraction` is the part to wait of the time that is surely left, and at
    most of a job's age. `sqrt_scale` scales the wait where the job may end at any time. `unevenness` is by how much of
    itself the time from one change to the next may vary. `interval` replaces all of that by a fixed wait.
    """

    min_wait: float = 1.0
    max_wait: float = 20.0
    fraction: float = 0.6
    sqrt_scale: float = 0.25
    unevenness: float = 0.6
    interval: float | None = None
    timeout: float | None = None
    stall_timeout: float | None = None
    give_up_after: float = GIVE_UP_AFTER
    stop_at_first_completed: bool = False
    stop_at_first_failed: bool = False
    strict: bool = False

    @property
    def retry(self) -> RetryPolicy:
        """How long to go on without a good answer."""
        return RetryPolicy(self.give_up_after)


@record
class Pace:
    """How completion moved of late: the latest few changes, as (age in s, percent). The first value seen counts as one.

    Older changes would mislead: most jobs do not move evenly from end to end.
    """

    latest: tuple[tuple[float, float], ...] = ()

    def after(self, age: float, completion: float | None) -> Pace:
        """Return the pace with one more observation. Completion that falls begins anew: the job was reset."""
        if completion is None:
            return self
        completion = min(max(completion, 0.0), 100.0)  # jobs have been seen to write other numbers
        here = (age, completion)
        if not self.latest or completion < self.latest[-1][1]:
            return Pace((here,))
        if completion - self.latest[-1][1] < _LEAST_CHANGE:
            return self
        return Pace((*self.latest, here)[-_LATEST_CHANGES:])

    def left(self, age: float) -> float | None:
        """Estimate the seconds to the end at this age, negative when overdue; None while nothing is known."""
        if self._span <= 0:
            return None
        return self._rest - (age - self.latest[-1][0])

    def spread(self, unevenness: float) -> float:
        """Return by how many seconds `left` may be off, where that is not None.

        The rest is as many changes as fit in it. The sum of n uneven times is uncertain by √n times what one of them
        is; with n = rest / gap that is √(rest · gap) times the unevenness. Coarse steps thus make for a wide spread.
        """
        gap = self._span / (len(self.latest) - 1)
        return unevenness * math.sqrt(self._rest * gap)

    @property
    def _span(self) -> float:
        """The seconds between the oldest and the newest change kept."""
        return self.latest[-1][0] - self.latest[0][0] if self.latest else 0.0

    @property
    def _rest(self) -> float:
        """The seconds from the newest change to the end, at the latest rate."""
        oldest, newest = self.latest[0][1], self.latest[-1][1]
        return max(0.0, 100 - newest) * self._span / (newest - oldest)


def next_wait(policy: Policy, outcome: Outcome, pace: Pace, age: float, prior: Prior | None = None) -> float:
    """Return the seconds until a job of this age should be polled again.

    Where a job may end at any time within some spread, the best gap between two requests goes as the root of that
    spread. Of a job that reports nothing only its age is known, and that is the spread: the older, the longer it may
    yet take; unless a prior says how long such jobs take. One that is overdue, or sits at 100 %, is the less
    predictable the longer it is overdue.
    """
    if policy.interval is not None:
        return policy.interval
    left = pace.left(age) if outcome is Outcome.RUNNING else None
    if left is not None:  # its own pace says more than what others took
        spread = pace.spread(policy.unevenness) + max(0.0, -left)
    elif prior is not None and not prior.is_outlived(age):
        left = prior.median - age
        spread = prior.spread + max(0.0, -left)
    else:
        left, spread = 0.0, age
    wait = max(policy.fraction * (left - spread), policy.sqrt_scale * math.sqrt(spread))
    # A young job has shown too little for a long wait, unless others have shown that it cannot end yet.
    known = age if prior is None else max(age, prior.surely_left(age))
    cap = min(max(policy.fraction * known, policy.min_wait), policy.max_wait)
    return min(max(wait, policy.min_wait), cap)


def next_wait_for_a_tool(policy: Policy, still: float) -> float:
    """Return the seconds until a job should be polled again that has waited so long for an external tool.

    Such a tool may take for ever, and says nothing meanwhile.
    """
    return policy.interval or min(max(policy.fraction * still, _LEAST_WHILE_WAITING), policy.max_wait)
