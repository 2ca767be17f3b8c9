from __future__ import annotations

import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import reduce
from itertools import accumulate
from statistics import fmean
from typing import TYPE_CHECKING, Final

import pytest

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Pace, Policy, next_wait, next_wait_for_a_tool
from canvas_progress.core.usual_durations import Prior, prior_from
from cases import table

if TYPE_CHECKING:
    from collections.abc import Callable

    Shape = Callable[[float], float | None]


@dataclass
class Reference:
    """The formula to beat: it waits for the same share of whatever seems left, however well that is known."""

    seen: list[tuple[float, float]] = field(default_factory=list)

    def wait(self, t: float, state: str, completion: float | None) -> float:
        cap = min(max(0.4 * t, 1.0), 20.0)
        blind = min(cap, max(1.0, 0.25 * math.sqrt(t)))
        if state != "running" or completion is None:
            return blind
        if not self.seen or completion > self.seen[-1][1]:
            self.seen.append((t, completion))
        if completion <= 0 or len(self.seen) < 2:
            return blind
        (t0, c0), (tl, cl), (tk, ck) = self.seen[0], self.seen[-1], self.seen[max(0, len(self.seen) - 4)]
        left = (100 - cl) / max((cl - c0) / (tl - t0), (cl - ck) / (tl - tk)) - (t - tl)
        return min(cap, max(1.0, 0.4 * left if left > 0 else 0.25 * math.sqrt(-left) + 1.0))


@dataclass
class Ours:
    """The policy of the core, told the same things."""

    policy: Policy
    pace: Pace = Pace()
    prior: Prior | None = None

    def wait(self, t: float, state: str, completion: float | None) -> float:
        self.pace = self.pace.after(t, completion if state == "running" else None)
        return next_wait(self.policy, Outcome(state), self.pace, t, self.prior)


@dataclass(frozen=True)
class ModelJob:
    """A job of the model: in the queue first, then moving along one of the shapes."""

    duration: float
    queued: float
    shape: Shape

    def observe(self, t: float) -> tuple[str, float | None]:
        if t < self.queued:
            return "queued", None
        done = self.shape((t - self.queued) / (self.duration - self.queued))
        return "running", None if done is None else 100 * done


def uneven(rng: random.Random, items: int) -> Shape:
    """Return a shape of this many items, each of which takes its own time."""
    ends = list(accumulate(rng.lognormvariate(0, 0.6) for _ in range(items)))
    return lambda x: bisect_right(ends, x * ends[-1]) / items


SHAPES: Final[tuple[tuple[int, Callable[[random.Random], Shape]], ...]] = (
    (35, lambda rng: uneven(rng, rng.choice([10, 30, 100, 300, 1000]))),
    (15, lambda rng: uneven(rng, rng.randint(3, 10))),
    (12, lambda _: lambda x: 1 - (1 - x) ** 2.5),
    (8, lambda _: lambda x: x**2.5),
    (10, lambda _: lambda _: None),
    (10, lambda _: lambda _: 0.0),
    (10, lambda _: lambda x: min(1.0, x / 0.9)),
)


def a_model_job(rng: random.Random, middle: float = 45, sigma: float = 1.9) -> ModelJob:
    duration = min(max(rng.lognormvariate(math.log(middle), sigma), 1.0), 7200.0)
    queued = 0.0 if rng.random() < 0.3 else min(rng.expovariate(0.25), 0.5 * duration)
    (shape,) = rng.choices([shape for _, shape in SHAPES], [share for share, _ in SHAPES])
    return ModelJob(duration, queued, shape(rng))


def cost(jobs: list[ModelJob], new_poller: Callable[[], Reference | Ours]) -> tuple[int, list[float]]:
    """Return the number of requests, and how late the ends are noticed, in order."""
    requests, delays = len(jobs), []
    for job in jobs:
        poller, t = new_poller(), 0.0
        while t < job.duration:
            t += poller.wait(t, *job.observe(t))
            requests += 1
        delays.append(t - job.duration)
    return requests, sorted(delays)


def test_ends_are_noticed_earlier_than_by_the_reference_for_no_more_requests() -> None:
    rng = random.Random(7)
    jobs = [a_model_job(rng) for _ in range(1000)]
    (requests, delays), (allowed, to_beat) = cost(jobs, lambda: Ours(Policy())), cost(jobs, Reference)
    assert requests <= allowed
    assert fmean(delays) < 0.9 * fmean(to_beat)
    assert delays[950] < 0.9 * to_beat[950]


def test_what_was_learned_of_each_tag_saves_a_quarter_of_the_requests_and_ends_are_noticed_earlier() -> None:
    rng = random.Random(7)
    jobs, pollers = [], []
    for middle in (4.0, 12.0, 45.0, 170.0, 600.0):
        prior = prior_from([a_model_job(rng, middle, 0.5).duration for _ in range(50)])
        for _ in range(200):
            jobs.append(a_model_job(rng, middle, 0.5))
            pollers.append(Ours(Policy(), prior=prior))
    (requests, delays), (without, to_beat) = cost(jobs, iter(pollers).__next__), cost(jobs, Reference)
    assert requests < 0.75 * without
    assert fmean(delays) < fmean(to_beat)


def moving(*seen: tuple[float, float]) -> Pace:
    """Return the pace after these observations, as (age, completion)."""
    return reduce(lambda pace, one: pace.after(*one), seen, Pace())


def evenly(until: float, gap: float = 1.0) -> Pace:
    """Return the pace of a job of 100 s that tells its completion every so many seconds."""
    return moving(*((step * gap, step * gap) for step in range(int(until / gap) + 1)))


def the_wait(pace: Pace, age: float) -> float:
    return next_wait(Policy(), Outcome.RUNNING, pace, age)


@pytest.mark.parametrize(("still", "seconds"), [(0.0, 2.0), (3.0, 2.0), (10.0, 6.0), (1e9, 20.0)])
def test_a_job_that_waits_for_an_external_tool_is_asked_for_soon_at_first_and_seldom_later(
    still: float, seconds: float
) -> None:
    assert next_wait_for_a_tool(Policy(), still) == seconds
    assert next_wait_for_a_tool(Policy(interval=7.0), still) == 7.0


SINGLE_STEP = moving((0.0, 0.0), (1200.0, 75.0))  # 400 s left, but in one step of 1200 s, uneven by 720 s
AT_100 = moving((0.0, 0.0), (100.0, 100.0))
ROOTS = {0: 1, 2.5: 1, 4: 1, 16: 1, 64: 2, 400: 5, 3600: 15, 6400: 20, 1e9: 20}


@table(
    "pace age seconds",
    {
        **{
            f"the root of its age, of one that tells nothing: {age}": (Pace(), age, root) for age, root in ROOTS.items()
        },
        **{
            f"the root of the time that it sits at 100: {age}": (AT_100, 100 + age, root) for age, root in ROOTS.items()
        },
        "the root of its age, of one that never moves": (moving((1.0, 0.0), (200.0, 0.0)), 400, 5),
        # 36 s left in 36 steps, each of them uneven by 0.6 s: 6 · 0.6 s uncertain.
        "three fifths of what is surely left": (evenly(64.0), 64, 0.6 * (36 - 3.6)),
        # 36 s left in 4 steps, each of them uneven by 5.4 s: 2 · 5.4 s uncertain.
        "less for coarse steps": (evenly(64.0, gap=8.0), 64, 0.6 * (36 - 0.6 * math.sqrt(36 * 8))),
        "less the time since the last change": (evenly(64.0), 80, 0.6 * (36 - 16 - 3.6)),
        "the root of the uncertainty, of one that may end now": (
            SINGLE_STEP,
            1200,
            0.25 * math.sqrt(0.6 * math.sqrt(400 * 1200)),
        ),
        "the more, the longer it is overdue": (evenly(64.0), 64 + 36 + 396.4, 0.25 * math.sqrt(3.6 + 396.4)),
        "three fifths of its age at most": (moving((0.0, 0.0), (5.0, 0.5), (10.0, 1.0)), 10, 6),
        "twenty seconds at most": (moving((0.0, 0.0), (7000.0, 1.0)), 7000, 20),
        "a second at least": (evenly(99.0), 99, 1),
    },
)
def test_a_running_job_is_left_alone_for(pace: Pace, age: float, seconds: float) -> None:
    assert the_wait(pace, age) == pytest.approx(seconds)


@pytest.mark.parametrize("outcome", [Outcome.QUEUED, Outcome.UNKNOWN])
def test_only_a_running_job_is_asked_for_by_its_completion(outcome: Outcome) -> None:
    assert next_wait(Policy(), outcome, moving((10.0, 10.0), (100.0, 99.9)), 400.0) == 5.0


def test_the_youngest_job_is_asked_for_at_the_root_of_its_age_where_waits_may_be_that_short() -> None:
    assert next_wait(Policy(min_wait=0.0), Outcome.QUEUED, Pace(), 0.25) == 0.125


def test_a_completion_beyond_100_counts_as_100() -> None:
    assert moving((0.0, 0.0), (50.0, 200.0)).left(60.0) == -10.0


def test_the_latest_rate_counts() -> None:
    slow_then_fast = moving((0.0, 0.0), (100.0, 10.0), (110.0, 20.0), (120.0, 30.0), (130.0, 40.0))
    fast_then_slow = moving((0.0, 0.0), (10.0, 50.0), (20.0, 51.0), (30.0, 52.0), (40.0, 53.0))
    assert SINGLE_STEP.left(1200.0) == pytest.approx(400.0)
    assert slow_then_fast.left(130.0) == pytest.approx(60.0)
    assert fast_then_slow.left(40.0) == pytest.approx(470.0)


USUALLY_TEN_MINUTES: Final = Prior(600.0, 64.0)
SILENT: Final = [(Outcome.QUEUED, Pace()), (Outcome.RUNNING, Pace()), (Outcome.RUNNING, moving((1.0, 0.0)))]


@pytest.mark.parametrize(("outcome", "pace"), SILENT)
@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        (0.0, 20.0),  # it is surely not over for minutes, however young it is
        (510.0, 0.6 * 26),
        (535.0, 2.0),  # from here on it may end at any time, and is as uncertain as its prior
        (600.0, 2.0),
        (636.0, 2.5),  # overdue adds to that
        (728.0, 0.25 * math.sqrt(192)),
        (729.0, 0.25 * 27),  # none of the usual ones: back to the root of its age
    ],
)
def test_a_job_that_tells_nothing_is_asked_for_when_others_like_it_have_ended(
    outcome: Outcome, pace: Pace, age: float, seconds: float
) -> None:
    assert next_wait(Policy(), outcome, pace, age, USUALLY_TEN_MINUTES) == pytest.approx(seconds)


def test_a_job_that_moves_trusts_its_own_pace_more_than_others() -> None:
    assert next_wait(Policy(), Outcome.RUNNING, evenly(95.0), 95.0, USUALLY_TEN_MINUTES) == the_wait(evenly(95.0), 95.0)


def test_a_young_job_that_moves_may_be_left_alone_while_others_would_be() -> None:
    pace = moving((0.0, 0.0), (5.0, 0.5), (10.0, 1.0))
    assert next_wait(Policy(), Outcome.RUNNING, pace, 10.0, USUALLY_TEN_MINUTES) == 20.0


def test_a_young_job_of_a_kind_that_may_end_at_any_time_is_not_left_alone_for_long() -> None:
    assert next_wait(Policy(), Outcome.QUEUED, Pace(), 2.0, Prior(100.0, 99.0)) == pytest.approx(1.2)


@pytest.mark.parametrize(
    "completions", [[], [None], [None, None], [0.0], [0.0, 0.0], [50.0], [50.0, 50.0], [50.0, None]]
)
def test_nothing_is_foretold_before_completion_has_moved(completions: list[float | None]) -> None:
    pace = Pace()
    for age, completion in enumerate(completions):
        pace = pace.after(float(age), completion)
    assert pace.left(10.0) is None


@pytest.mark.parametrize("completion", [None, 10.0])
def test_a_completion_of_null_or_that_stays_leaves_the_pace_as_it_was(completion: float | None) -> None:
    pace = moving((0.0, 0.0), (10.0, 10.0))
    assert pace.after(20.0, completion) == pace


def test_a_completion_that_falls_begins_anew() -> None:
    assert moving((0.0, 0.0), (10.0, 90.0), (20.0, 5.0)) == moving((20.0, 5.0))


def test_two_changes_at_one_moment_foretell_nothing() -> None:
    assert moving((5.0, 10.0), (5.0, 20.0)).left(5.0) is None


def test_four_changes_are_remembered() -> None:
    assert evenly(50.0).latest == ((47.0, 47.0), (48.0, 48.0), (49.0, 49.0), (50.0, 50.0))
