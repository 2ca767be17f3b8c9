"""The throttle's arithmetic, against the figures known of Canvas."""

from __future__ import annotations

import pytest

from canvas_doors import sent
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.bucket import Bucket, Throttle, reserve, settle
from canvas_progress.sandbox.messages import Response
from canvas_progress.sandbox.world import World

_EMPTY = Bucket(0.0, 0.0)


def _world(throttle: Throttle) -> World:
    return World(scenarios.many(20, installation=scenarios.Installation(throttle=throttle)), token="token")


def _send_at_once(world: World, count: int) -> None:
    arrived = [world.arrive(sent(f"GET /api/v1/progress/{1000 + n}", "token"), 0.0) for n in range(count)]
    for exchange in arrived:
        if not isinstance(exchange, Response):
            world.finish(exchange, 0.0)


@pytest.mark.parametrize(("high_water", "admitted"), [(600.0, 11), (700.0, 13)])
def test_an_empty_bucket_admits_as_many_requests_at_once_as_canvas_does(high_water: float, admitted: int) -> None:
    world = _world(Throttle(high_water=high_water))
    _send_at_once(world, 20)
    assert (world.most_in_flight, world.throttled) == (admitted, 20 - admitted)


def test_one_request_at_a_time_is_never_throttled_at_any_rate() -> None:
    world = _world(Throttle())
    for _ in range(2000):
        _send_at_once(world, 1)
    assert (world.throttled, world.most_in_flight) == (0, 1)


@pytest.mark.parametrize(
    ("filled", "at_once", "lowest"),
    [
        pytest.param(0.0, (3,), 450.0, id="what is in flight counts"),
        pytest.param(300.0, (1,), 250.0, id="what others have used is there before the first request"),
        pytest.param(0.0, (1, 1, 2), 500.0, id="a finished request is in flight no longer"),
    ],
)
def test_the_lowest_quota_is_what_was_left_at_the_fullest_moment(
    filled: float, at_once: tuple[int, ...], lowest: float
) -> None:
    world = _world(Throttle(filled=filled))
    for count in at_once:
        _send_at_once(world, count)
    assert world.most_in_flight == max(at_once)
    assert world.lowest_remaining == pytest.approx(lowest, abs=0.3)


def test_a_finished_request_gives_its_reservation_back_and_costs_what_it_cost() -> None:
    bucket, _ = reserve(_EMPTY, Throttle(), now=0.0)
    assert bucket.count == 50.0
    assert settle(bucket, Throttle(), cost=0.03, now=0.0).count == pytest.approx(0.03)


def test_a_refused_request_leaves_the_bucket_as_it_was_and_none_holds_more_than_its_maximum() -> None:
    assert reserve(Bucket(560.0, 0.0), Throttle(), now=0.0) == (Bucket(560.0, 0.0), False)
    assert Bucket(780.0, 0.0).add(Throttle(), 50.0).count == 800.0


def test_ten_units_leak_each_second_and_none_while_empty_or_when_the_clock_goes_back() -> None:
    assert [Bucket(300.0, 0.0).leaked(Throttle(), seconds).count for seconds in (12.0, 99.0)] == [180.0, 0.0]
    assert Bucket(300.0, 100.0).leaked(Throttle(), 50.0) == Bucket(300.0, 100.0)
