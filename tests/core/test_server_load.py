from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import pytest

from canvas_progress.core.errors import ServerError, ThrottledError
from canvas_progress.core.server_load import SLOW, ServerLoad

DOWN = ServerError("down")
SENT = 90.0


def with_in_flight(number: int) -> ServerLoad:
    """Return a load with requests that were sent one second after the other."""
    return reduce(lambda load, n: load.requested(SENT + n), range(number), ServerLoad(allowed=number))


def after(quota: float | None, *, others: int = 0) -> ServerLoad:
    return with_in_flight(others + 1).answered(SENT, quota, 100.0)


def failed(load: ServerLoad, sent_at: float, hold: float = 101.0) -> ServerLoad:
    return load.failed(sent_at, DOWN, 100.0, hold, 300.0)


def test_one_request_is_sent_until_the_quota_is_known() -> None:
    assert ServerLoad().room_at(0.0) == 0.0
    assert ServerLoad().requested(0.0).room_at(0.0) == SLOW


@pytest.mark.parametrize(
    ("quota", "others", "allowed", "affordable", "hold"),
    [
        (None, 0, 4, 8, 0),
        (9000.0, 0, 4, 10, 0),
        (700.0, 0, 4, 10, 0),
        (600.0, 0, 4, 8, 0),
        (449.9, 0, 4, 4, 0),
        (400.0, 0, 4, 4, 0),
        (399.9, 0, 3, 3, 0),
        (350.0, 0, 3, 3, 0),
        (349.9, 0, 2, 2, 0),
        (300.0, 0, 2, 2, 0),
        (299.9, 0, 1, 1, 0),
        (250.0, 0, 1, 1, 0),
        (250.0, 3, 4, 4, 0),  # what is reserved for others in flight counts as theirs
        (240.0, 0, 1, 1, 1),
        (200.0, 0, 1, 1, 5),
        (150.0, 0, 1, 1, 10),
        (0.0, 0, 1, 1, 25),
        (-50.0, 0, 1, 1, 30),
        (-5000.0, 0, 1, 1, 60),
    ],
)
def test_four_requests_or_beside_slow_ones_ten_may_be_in_flight_and_fewer_where_200_units_are_to_be_left(
    quota: float | None, others: int, allowed: int, affordable: int, hold: float
) -> None:
    load = after(quota, others=others)
    assert load.quota == quota
    assert (load.allowed, load.affordable, load.hold_until) == (allowed, affordable, 100.0 + hold)


def test_whatever_came_of_a_request_its_place_is_free_again() -> None:
    load, left = with_in_flight(3), (SENT, SENT + 2)
    assert load.answered(SENT + 1, 700.0, 100.0).sent == failed(load, SENT + 1).sent == left
    assert load.refused(SENT + 1, 100.0).sent == load.returned(SENT + 1).sent == left


def test_a_server_in_trouble_gets_one_request_at_a_time() -> None:
    load = failed(after(700.0).requested(100.0), 100.0)
    assert load.room_at(102.0) == 102.0
    assert load.requested(102.0).room_at(102.0) > 110.0


def test_a_server_in_trouble_is_left_alone_for_the_wait() -> None:
    assert failed(with_in_flight(1), SENT, 108.0).room_at(SENT) == 108.0


def test_silence_is_counted_from_the_first_request_that_found_no_good_answer() -> None:
    load = failed(failed(with_in_flight(1), SENT).requested(100.0), 100.0, 132.0)
    assert (load.failures, load.silent_since, load.trouble) == (2, SENT, DOWN)


def test_requests_that_were_in_flight_together_count_as_one_failure() -> None:
    load = failed(failed(with_in_flight(2), SENT), SENT + 1, 132.0)
    assert (load.failures, load.failed_at) == (1, 100.0)
    assert load.failures_with(100.0) == 2
    assert load.requested(100.0).failed(100.0, DOWN, 103.0, 150.0, 300.0).failed_at == 103.0


def test_an_answer_ends_the_trouble() -> None:
    load = failed(with_in_flight(2), SENT, 160.0).answered(SENT + 1, 700.0, 105.0)
    assert (load.failures, load.silent_since, load.trouble, load.hold_until) == (0, None, None, 105.0)


def test_a_server_has_answered_once_it_has_and_failures_do_not_change_that() -> None:
    assert not failed(with_in_flight(1), SENT).has_answered
    assert failed(with_in_flight(2).answered(SENT, None, 100.0), SENT + 1).has_answered


def test_a_server_is_not_held_past_the_time_to_give_it_up_but_for_a_last_try() -> None:
    assert failed(with_in_flight(1), SENT, 3700.0).hold_until == SENT + 299.0


def test_a_no_about_one_job_shows_that_the_server_is_well() -> None:
    load = failed(with_in_flight(2), SENT).refused(SENT + 1, 102.0)
    assert (load.failures, load.trouble, load.silent_since, load.has_answered) == (0, None, None, True)


def test_nonsense_proves_nothing() -> None:
    load = with_in_flight(1).returned(SENT)
    assert (load.has_answered, load.silent_since) == (False, SENT)


def test_a_request_that_fails_after_a_later_one_was_answered_is_no_trouble_of_the_server() -> None:
    well = with_in_flight(2).answered(SENT + 1, 700.0, 100.0)
    assert failed(well, SENT).failures == 0
    assert well.failed(SENT, ThrottledError("429"), 100.0, 105.0, 300.0).failures == 1


def test_a_throttled_request_is_silence_since_it_was_sent_whatever_was_answered_meanwhile() -> None:
    load = with_in_flight(2).answered(SENT + 1, 700.0, 100.0).requested(101.0)
    assert load.failed(SENT, ThrottledError("429"), 100.0, 105.0, 300.0).silent_since == SENT


@pytest.mark.parametrize(("fresh", "room_at"), [(3, 100.0), (4, 100.5), (5, 100.625)])
def test_beside_a_request_that_hangs_there_are_four_as_without_however_much_is_affordable(
    fresh: int, room_at: float
) -> None:
    sent = (50.0, *(99.5 + n / 8 for n in range(fresh)))
    assert ServerLoad(sent, allowed=1, affordable=10).room_at(100.0) == room_at


def test_time_in_which_the_process_was_stopped_is_nobodys_silence() -> None:
    load = with_in_flight(2).resumed(600.0)
    assert (load.sent, load.silent_since) == ((SENT + 600, SENT + 601), SENT + 600)
    assert ServerLoad().resumed(600.0).silent_since is None


def test_no_more_requests_are_in_flight_than_the_quota_allows_however_slow_they_are() -> None:
    assert replace(with_in_flight(8), quota=600.0).room_at(1e6) == math.inf


@pytest.mark.parametrize(
    ("sent", "now", "room_at"),
    [
        pytest.param(range(8), 7, 7, id="one second after the other"),
        pytest.param([0] * 8, 1, 2.5, id="eight at once"),
        pytest.param([0] * 8, 2.5, 2.5, id="eight that have given their places up"),
        pytest.param([0] * 15, 1e6, 1e6, id="fifteen"),
        pytest.param([0] * 16, 1, math.inf, id="sixteen"),
        pytest.param([0] * 16, 1e6, math.inf, id="sixteen, for ever"),
    ],
)
def test_a_server_that_hangs_before_its_first_answer_gives_places_free_but_not_for_ever(
    sent: Sequence[int], now: float, room_at: float
) -> None:
    load = ServerLoad(tuple(SENT + seconds for seconds in sent), allowed=8)
    assert load.room_at(SENT + now) == SENT + room_at


def test_a_request_is_slow_from_the_very_moment_on() -> None:
    assert ServerLoad((100.0, 101.0)).room_at(100.0 + SLOW) == 100.0 + SLOW


def test_the_last_try_before_a_server_is_given_up_comes_no_sooner_than_the_quota_allows() -> None:
    load = with_in_flight(2).answered(SENT, -5000.0, 100.0)
    assert load.failed(SENT + 1, ThrottledError("429"), 100.0, 700.0, 10.0).hold_until == 160.0
