from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Final

import pytest

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Pace, Policy, next_wait

if TYPE_CHECKING:
    from collections.abc import Callable

# The formula of the reference, with its constants: a, m, M, g, b.
A: Final = 0.25
LEAST: Final = 1.0
MOST: Final = 20.0
G: Final = 0.4
B: Final = 0.4


@dataclass
class Reference:
    """The reference policy as written down: it decides from all values of completion that it has seen."""

    seen: list[tuple[float, float]] = field(default_factory=list)

    def wait(self, t: float, state: str, completion: float | None) -> float:
        cap = min(max(B * t, LEAST), MOST)
        blind = min(cap, max(LEAST, A * math.sqrt(t)))
        if state != "running" or completion is None:
            return blind
        if not self.seen or completion > self.seen[-1][1]:
            self.seen.append((t, completion))
        if completion <= 0 or len(self.seen) < 2:
            return blind
        (t0, c0), (tl, cl), (tk, ck) = self.seen[0], self.seen[-1], self.seen[max(0, len(self.seen) - 4)]
        left = (100 - cl) / max((cl - c0) / (tl - t0), (cl - ck) / (tl - tk)) - (t - tl)
        return min(cap, max(LEAST, G * left if left > 0 else A * math.sqrt(-left) + LEAST))


@dataclass
class Ours:
    """The policy of the core, told the same things."""

    policy: Policy
    pace: Pace = Pace()

    def wait(self, t: float, state: str, completion: float | None) -> float:
        self.pace = self.pace.after(t, completion if state == "running" else None)
        return next_wait(self.policy, Outcome(state), self.pace, t)


@dataclass(frozen=True)
class ModelJob:
    """A job of the model: in the queue first, then moving along one of the shapes."""

    duration: float
    queued: float
    shape: Callable[[float], float | None]

    def observe(self, t: float) -> tuple[str, float | None]:
        if t < self.queued:
            return "queued", None
        done = self.shape((t - self.queued) / (self.duration - self.queued))
        return "running", None if done is None else 100 * done


SHAPES: Final[dict[str, Callable[[float], float | None]]] = {
    "even items": lambda x: math.floor(x * 250) / 250,
    "coarse steps": lambda x: math.floor(x * 5) / 5,
    "a slow tail": lambda x: 1 - (1 - x) ** 2.5,
    "accelerating": lambda x: x**2.5,
    "silent": lambda _: None,
    "silent at zero": lambda _: 0.0,
    "held at 100": lambda x: min(1.0, x / 0.9),
}


MIX = {
    "even items": 40,
    "coarse steps": 15,
    "a slow tail": 12,
    "accelerating": 8,
    "silent": 20,
    "held at 100": 5,
}


def a_model_job(rng: random.Random, shape: str, median: float) -> ModelJob:
    duration = min(max(rng.lognormvariate(math.log(median), 1.9), 1.0), 7200.0)
    queued = 0.0 if rng.random() < 0.3 else min(rng.expovariate(0.25), 0.5 * duration)
    return ModelJob(duration, queued, SHAPES[shape])


def watched(job: ModelJob, policy: Reference | Ours) -> list[float]:
    """Return the times of all requests, the last one at or after the end."""
    asked = [0.0]
    while asked[-1] < job.duration:
        state, completion = job.observe(asked[-1])
        asked.append(asked[-1] + policy.wait(asked[-1], state, completion))
    return asked


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("median", [10, 45, 300])
def test_every_request_comes_when_the_reference_sends_it(shape: str, median: float) -> None:
    rng = random.Random(f"{shape} {median}")
    for job in [a_model_job(rng, shape, median) for _ in range(40)]:
        assert watched(job, Ours(Policy())) == pytest.approx(watched(job, Reference()))


def test_the_end_is_noticed_as_early_as_with_a_poll_every_two_seconds_for_less_than_half_the_requests() -> None:
    rng = random.Random(7)
    jobs = [a_model_job(rng, shape, 45) for shape in rng.choices(list(MIX), list(MIX.values()), k=1000)]
    ours, fixed = ([watched(job, Ours(policy)) for job in jobs] for policy in (Policy(), Policy(interval=2.0)))
    delays = [[asked[-1] - job.duration for asked, job in zip(run, jobs, strict=True)] for run in (ours, fixed)]
    assert fmean(delays[0]) <= 1.1 * fmean(delays[1])
    assert sum(map(len, ours)) < 0.5 * sum(map(len, fixed))


@pytest.mark.parametrize("outcome", [Outcome.QUEUED, Outcome.RUNNING, Outcome.WAITING, Outcome.UNKNOWN])
@pytest.mark.parametrize("age", [0.0, 30.0, 1e6])
def test_a_fixed_interval_replaces_everything_else(outcome: Outcome, age: float) -> None:
    pace = Pace().after(0.0, 0.0).after(age + 1, 50.0)
    assert next_wait(Policy(interval=7.0), outcome, pace, age) == 7.0


@pytest.mark.parametrize("age", [0.0, 10.0, 1e6])
def test_a_job_that_waits_for_an_external_tool_is_asked_for_at_the_longest_interval(age: float) -> None:
    assert next_wait(Policy(), Outcome.WAITING, Pace(), age) == 20.0


@pytest.mark.parametrize(
    ("age", "seconds"), [(0, 1), (2.5, 1), (16, 1), (64, 2), (400, 5), (3600, 15), (6400, 20), (1e9, 20)]
)
def test_a_job_that_tells_nothing_is_asked_for_at_the_root_of_its_age(age: float, seconds: float) -> None:
    assert next_wait(Policy(), Outcome.RUNNING, Pace(), age) == seconds


@pytest.mark.parametrize("outcome", [Outcome.QUEUED, Outcome.UNKNOWN])
def test_only_a_running_job_is_asked_for_by_its_completion(outcome: Outcome) -> None:
    pace = Pace().after(10.0, 10.0).after(100.0, 99.9)
    assert next_wait(Policy(), outcome, pace, 400.0) == 5.0


def test_a_moving_job_is_asked_for_after_two_fifths_of_what_is_left() -> None:
    pace = Pace().after(0.0, 0.0).after(60.0, 60.0)  # 1 % a second: 40 s left
    assert next_wait(Policy(), Outcome.RUNNING, pace, 60.0) == pytest.approx(16.0)


def test_the_time_since_the_last_change_is_taken_off_what_is_left() -> None:
    pace = Pace().after(0.0, 0.0).after(60.0, 60.0)
    assert next_wait(Policy(), Outcome.RUNNING, pace, 80.0) == pytest.approx(8.0)


def test_a_young_job_is_never_left_alone_for_more_than_two_fifths_of_its_age() -> None:
    pace = Pace().after(0.0, 0.0).after(10.0, 1.0)
    assert next_wait(Policy(), Outcome.RUNNING, pace, 10.0) == pytest.approx(4.0)


def test_no_job_is_left_alone_for_more_than_twenty_seconds() -> None:
    pace = Pace().after(0.0, 0.0).after(7000.0, 1.0)
    assert next_wait(Policy(), Outcome.RUNNING, pace, 7000.0) == 20.0


def test_a_job_that_is_nearly_done_is_asked_for_once_a_second() -> None:
    pace = Pace().after(0.0, 0.0).after(99.0, 99.0)
    assert next_wait(Policy(), Outcome.RUNNING, pace, 99.0) == 1.0


@pytest.mark.parametrize(("overdue", "seconds"), [(0, 1), (4, 1.5), (16, 2), (64, 3), (400, 6)])
def test_a_job_that_sits_at_100_is_asked_for_ever_more_seldom(overdue: float, seconds: float) -> None:
    pace = Pace().after(0.0, 0.0).after(100.0, 100.0)
    assert next_wait(Policy(), Outcome.RUNNING, pace, 100.0 + overdue) == pytest.approx(seconds)


def test_the_faster_of_the_mean_and_the_latest_rate_counts() -> None:
    pace = Pace()
    for age, completion in [(0.0, 0.0), (100.0, 10.0), (110.0, 20.0), (120.0, 30.0), (130.0, 40.0)]:
        pace = pace.after(age, completion)
    assert pace.left(130.0) == pytest.approx(60.0)


def test_a_job_that_slows_down_is_judged_by_its_mean_rate() -> None:
    pace = Pace()
    for age, completion in [(0.0, 0.0), (10.0, 50.0), (20.0, 51.0), (30.0, 52.0), (40.0, 53.0), (50.0, 54.0)]:
        pace = pace.after(age, completion)
    assert pace.left(50.0) == pytest.approx(46.0 / (54.0 / 50.0))


@pytest.mark.parametrize(
    "completions", [[], [None], [None, None], [0.0], [0.0, 0.0], [50.0], [50.0, 50.0], [50.0, None], [-5.0, -1.0]]
)
def test_nothing_is_foretold_before_completion_has_moved_above_zero(completions: list[float | None]) -> None:
    pace = Pace()
    for age, completion in enumerate(completions):
        pace = pace.after(float(age), completion)
    assert pace.left(10.0) is None


def test_a_completion_of_null_leaves_the_pace_as_it_was() -> None:
    pace = Pace().after(0.0, 0.0).after(10.0, 10.0)
    assert pace.after(20.0, None) == pace


def test_a_completion_that_stays_leaves_the_pace_as_it_was() -> None:
    pace = Pace().after(0.0, 0.0).after(10.0, 10.0)
    assert pace.after(20.0, 10.0) == pace


def test_a_completion_that_falls_begins_anew() -> None:
    assert Pace().after(0.0, 0.0).after(10.0, 90.0).after(20.0, 5.0) == Pace().after(20.0, 5.0)


def test_two_changes_at_one_moment_foretell_nothing() -> None:
    assert Pace().after(5.0, 10.0).after(5.0, 20.0).left(5.0) is None


def test_four_changes_are_remembered_and_the_first() -> None:
    pace = Pace()
    for step in range(50):
        pace = pace.after(float(step), float(step))
    assert pace.first == (0.0, 0.0)
    assert [completion for _, completion in pace.latest] == [46.0, 47.0, 48.0, 49.0]


@pytest.mark.parametrize("outcome", [Outcome.QUEUED, Outcome.RUNNING, Outcome.WAITING, Outcome.UNKNOWN])
def test_every_wait_is_between_one_and_twenty_seconds(outcome: Outcome) -> None:
    rng = random.Random(1)
    pace, age = Pace(), 0.0
    for _ in range(500):
        age += rng.expovariate(0.05)
        pace = pace.after(age, rng.choice([None, rng.uniform(-10, 110)]))
        assert 1.0 <= next_wait(Policy(), outcome, pace, age) <= 20.0
