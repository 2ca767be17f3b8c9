from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.errors import ServerError
from canvas_progress.core.job import Job
from canvas_progress.core.job_times import all_left, elapsed, time_left, usual_time
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Pace
from canvas_progress.core.refs import Target
from canvas_progress.core.usual_durations import Prior
from canvas_progress.core.watched import Watched

CREATED = datetime(2026, 11, 23, 3, tzinfo=UTC)
TARGET = Target("1", 1, parse_base_url("canvas.example.edu"))
STEADY = Pace(((0.0, 20.0), (20.0, 60.0)))  # two percent a second


def a_job(state: str = "running", took: float | None = None) -> Watched:
    """Return a job that was created at second 0; one that took some seconds has ended then."""
    updated = None if took is None else CREATED + timedelta(seconds=took)
    answer = Answer(Job(1, state, created_at=CREATED, updated_at=updated), About())
    over = answer.job.outcome if answer.job.outcome.is_final else None
    return Watched(TARGET, answer, outcome=over, ended_at=None if over is None else (took or 0.0) + 1)


def test_a_job_that_goes_on_has_its_age_and_one_that_has_ended_what_it_took() -> None:
    assert elapsed(a_job(), 7.0) == 7.0
    assert elapsed(a_job("completed", took=31.0), 99.0) == 31.0


def test_a_job_without_an_answer_has_no_age() -> None:
    assert elapsed(Watched(TARGET), 7.0) is None


@pytest.mark.parametrize("course", [None, 5])
def test_where_the_times_of_canvas_say_nothing_the_watch_says_when_a_job_ended(course: int | None) -> None:
    canceled_in_bulk = replace(a_job("canceled", took=0.0), ended_at=12.0)
    of_a_tool = replace(a_job("completed", took=31.0), target=replace(TARGET, course=5), ended_at=12.0)
    assert elapsed(canceled_in_bulk if course is None else of_a_tool, 99.0) == 12.0


def test_the_time_left_is_that_of_the_jobs_own_pace() -> None:
    assert time_left(replace(a_job(), pace=STEADY), 20.0) == 20.0
    assert time_left(replace(a_job(), pace=STEADY), 30.0) == 10.0


@pytest.mark.parametrize(
    "job",
    [
        a_job(),  # of no pace
        replace(a_job("queued"), pace=STEADY),
        replace(a_job("completed", took=20.0), pace=STEADY),
        replace(a_job(), pace=STEADY, trouble=ServerError("502")),
        replace(a_job(), pace=Pace(((0.0, 20.0), (10.0, 90.0)))),  # overdue
    ],
)
def test_no_time_left_is_given_where_it_would_not_be_honest(job: Watched) -> None:
    assert time_left(job, 20.0) is None


USUAL = replace(a_job(), prior=Prior(60.0, 15.0))


@pytest.mark.parametrize(
    ("job", "seconds"),
    [
        (USUAL, 60.0),
        (replace(USUAL, answer=a_job("queued").answer), 60.0),
        (a_job(), None),
        (replace(USUAL, pace=STEADY), None),
        (replace(USUAL, answer=a_job("waiting_for_external_tool").answer), None),
        (replace(USUAL, trouble=ServerError("502")), None),
        (replace(USUAL, outcome=Outcome.COMPLETED), None),
    ],
)
def test_what_is_usual_is_said_of_a_job_that_says_nothing_itself(job: Watched, seconds: float | None) -> None:
    assert usual_time(job, 20.0) == seconds


def test_what_is_usual_is_not_said_of_a_job_that_is_overdue() -> None:
    assert usual_time(USUAL, 59.9) == 60.0
    assert usual_time(USUAL, 60.0) is None


def ended_at(*seconds: float) -> list[Watched]:
    return [a_job("completed", took=took) for took in seconds]


def test_all_jobs_have_as_long_left_as_the_slowest_one() -> None:
    slow = replace(a_job(), pace=Pace(((0.0, 20.0), (20.0, 40.0))))
    assert all_left([replace(a_job(), pace=STEADY), slow, *ended_at(3.0)], 0.0, 20.0) == 60.0


def test_where_not_every_job_has_a_time_left_the_rate_of_the_ends_counts() -> None:
    assert all_left([*ended_at(2, 4, 6, 8, 10), *[a_job()] * 10], 0.0, 10.0) == 20.0
    assert all_left([*ended_at(2, 4, 6, 8, 10), *[a_job()] * 10], 0.0, 11.0) == 22.5


def test_the_slowest_job_counts_where_it_takes_longer_than_the_rate_says() -> None:
    slow = replace(a_job(), pace=Pace(((0.0, 2.0), (10.0, 4.0))))
    assert all_left([*ended_at(2, 4, 6, 8, 10), slow, a_job()], 0.0, 10.0) == 480.0


def test_the_rate_is_that_of_the_latest_half() -> None:
    early, late = [10 + 0.1 * n for n in range(10)], [20 + n for n in range(10)]
    assert all_left([*ended_at(*early, *late), *[a_job()] * 10], 0.0, 29.0) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("ends", "now"),
    [
        ((), 10.0),
        ((2, 4, 6, 8), 10.0),  # too few
        ((2, 4, 6, 8, 10), 21.0),  # none for too long
        ((2.0, 2.01, 2.02, 2.03, 2.04), 2.05),  # less than a second
    ],
)
def test_no_time_left_is_given_for_all_where_the_ends_show_no_rate(ends: tuple[float, ...], now: float) -> None:
    assert all_left([*ended_at(*ends), *[a_job()] * 10], 0.0, now) is None


def test_what_ended_before_the_watch_shows_no_rate() -> None:
    assert all_left([*ended_at(2, 4, 6, 8, 10), *[a_job()] * 10], 5.0, 10.0) is None


def test_nothing_is_left_where_all_have_ended() -> None:
    assert all_left(ended_at(2, 4, 6, 8, 10), 0.0, 10.0) is None


def test_a_job_that_was_lost_without_an_answer_ended_when_it_was_lost() -> None:
    lost = [Watched(TARGET, outcome=Outcome.GONE, ended_at=float(second)) for second in (2, 4, 6, 8, 10)]
    assert all_left([*lost, *[a_job()] * 10], 0.0, 10.0) == 20.0


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=30), st.integers(0, 30), st.floats(0, 1e6))
def test_a_time_left_is_never_less_than_a_second(ends: list[float], running: int, after: float) -> None:
    left = all_left([*ended_at(*ends), *[a_job()] * running], 0.0, max(ends) + after)
    assert left is None or left >= 1
