from __future__ import annotations

import random

import pytest

from canvas_progress.core.usual_durations import Prior, prior_from


@pytest.mark.parametrize("number", [0, 1, 4])
def test_fewer_than_five_durations_teach_nothing(number: int) -> None:
    assert prior_from([120.0] * number) is None


def test_the_earliest_end_is_as_far_below_the_lower_quartile_as_that_is_below_the_median() -> None:
    prior = prior_from([400.0, 50.0, 200.0, 100.0, 900.0])
    assert prior == Prior(200.0, 150.0)  # the quartile is 100 s, so the earliest end is 50 s
    assert prior.surely_left(0.0) == 50.0


def test_quartiles_between_two_durations_are_between_them() -> None:
    assert prior_from([64.0, 80.0, 100.0, 100.0, 900.0, 900.0]) == Prior(100.0, 100.0 - 85.0 * 85.0 / 100.0)


def test_a_few_odd_durations_change_little() -> None:
    rng = random.Random(1)
    usual = [rng.lognormvariate(4.8, 0.3) for _ in range(45)]
    sane, odd = prior_from(usual), prior_from([*usual, 86400.0, 90000.0, 1e6, 1.0, 1.0])
    assert sane is not None
    assert odd is not None
    assert odd.median == pytest.approx(sane.median, rel=0.1)
    assert odd.spread == pytest.approx(sane.spread, rel=0.3)


def test_equal_durations_are_uncertain_by_the_second_that_canvas_rounds_to() -> None:
    assert prior_from([120.0] * 5) == Prior(120.0, 1.0)


def test_durations_of_nothing_teach_nothing() -> None:
    assert prior_from([0.0] * 5) is None


@pytest.mark.parametrize(("age", "left"), [(0, 90), (60, 30), (90, 0), (5000, 0)])
def test_what_is_surely_left_shrinks_to_nothing(age: float, left: float) -> None:
    assert Prior(120.0, 30.0).surely_left(age) == left


def test_a_job_beyond_the_median_by_twice_the_spread_is_none_of_the_usual_ones() -> None:
    assert not Prior(120.0, 30.0).is_outlived(180.0)
    assert Prior(120.0, 30.0).is_outlived(180.1)


@pytest.mark.parametrize(("seconds", "prior"), [(0.0, None), (1.0, Prior(1.0, 1.0))])
def test_jobs_that_take_no_time_teach_nothing_and_those_of_a_second_do(seconds: float, prior: Prior | None) -> None:
    assert prior_from([seconds] * 5) == prior
