from __future__ import annotations

from functools import reduce

import pytest

from canvas_progress.core.errors import ServerError
from canvas_progress.core.server_load import ServerLoad

DOWN = ServerError("down")


def with_in_flight(number: int) -> ServerLoad:
    return reduce(lambda load, _: load.asked(), range(number), ServerLoad(allowed=number))


def after(quota: float | None, *, others: int = 0) -> ServerLoad:
    return with_in_flight(others + 1).answered(quota, 100.0)


def test_one_request_is_sent_until_the_quota_is_known() -> None:
    assert ServerLoad().has_room
    assert not ServerLoad().asked().has_room


@pytest.mark.parametrize("quota", [700.0, 400.0, None])
def test_with_quota_to_spare_or_none_told_four_requests_may_be_in_flight(quota: float | None) -> None:
    assert after(quota).allowed == 4


@pytest.mark.parametrize(
    ("quota", "allowed"), [(400.0, 4), (399.9, 3), (350.0, 3), (349.9, 2), (300.0, 2), (299.9, 1), (250.0, 1)]
)
def test_fewer_requests_may_be_in_flight_as_the_quota_falls(quota: float, allowed: int) -> None:
    assert after(quota).allowed == allowed


def test_what_is_reserved_for_others_in_flight_counts_as_theirs() -> None:
    assert after(250.0, others=3).allowed == 4


@pytest.mark.parametrize(
    ("quota", "seconds"), [(250.0, 0), (240.0, 1), (200.0, 5), (150.0, 10), (0.0, 25), (-50.0, 30)]
)
def test_the_next_request_waits_until_it_leaves_200_units_untouched(quota: float, seconds: float) -> None:
    assert after(quota).hold_until == 100.0 + seconds


def test_one_request_remains_possible_whatever_the_quota() -> None:
    assert after(-1000.0).allowed == 1


def test_an_answer_gives_its_place_back() -> None:
    assert after(700.0, others=2).in_flight == 2


def test_a_failure_gives_its_place_back() -> None:
    assert with_in_flight(3).failed(DOWN, 101.0, 100.0, 300.0).in_flight == 2


def test_a_server_in_trouble_gets_one_request_at_a_time() -> None:
    load = after(700.0).asked().failed(DOWN, 102.0, 101.0, 300.0)
    assert load.has_room
    assert not load.asked().has_room


def test_a_server_in_trouble_is_left_alone_for_the_wait() -> None:
    assert with_in_flight(1).failed(DOWN, 108.0, 100.0, 300.0).hold_until == 108.0


def test_trouble_is_counted_from_its_first_failure() -> None:
    load = with_in_flight(2).failed(DOWN, 101.0, 100.0, 300.0).failed(DOWN, 132.0, 130.0, 300.0)
    assert (load.failures, load.failing_since, load.trouble) == (2, 100.0, DOWN)


def test_an_answer_ends_the_trouble() -> None:
    load = with_in_flight(2).failed(DOWN, 160.0, 100.0, 300.0).answered(700.0, 105.0)
    assert (load.failures, load.failing_since, load.trouble, load.hold_until) == (0, None, None, 105.0)


def test_a_server_has_answered_once_it_has_and_failures_do_not_change_that() -> None:
    assert not with_in_flight(1).failed(DOWN, 101.0, 100.0, 300.0).has_answered
    assert with_in_flight(2).answered(None, 100.0).failed(DOWN, 102.0, 101.0, 300.0).has_answered


def test_the_quota_of_the_last_answer_is_remembered() -> None:
    assert after(612.5).quota == 612.5


def test_a_server_is_not_held_past_the_time_to_give_it_up() -> None:
    assert with_in_flight(1).failed(DOWN, 3700.0, 100.0, 300.0).hold_until == 400.0


def test_a_no_about_one_job_shows_that_the_server_is_well() -> None:
    load = with_in_flight(2).failed(DOWN, 101.0, 100.0, 300.0).refused()
    assert (load.failures, load.trouble, load.failing_since, load.has_answered) == (0, None, None, True)


def test_nonsense_gives_its_place_back_and_proves_nothing() -> None:
    load = with_in_flight(1).returned()
    assert (load.in_flight, load.has_answered) == (0, False)
