"""The throttle's arithmetic, against the figures known of Canvas."""

from __future__ import annotations

import pytest

from canvas_doors import sent
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.bucket import Bucket, Throttle, reserve, settle
from canvas_progress.sandbox.messages import Response
from canvas_progress.sandbox.world import World


def _admitted_at_once(throttle: Throttle) -> int:
    installation = scenarios.Installation(throttle=throttle)
    world = World(scenarios.many(20, installation=installation), token="token")
    answers = [world.arrive(sent(f"GET /api/v1/progress/{1000 + n}", "token"), 0.0) for n in range(20)]
    assert world.throttled == sum(isinstance(answer, Response) for answer in answers)
    assert world.most_in_flight == 20 - world.throttled
    return world.most_in_flight


@pytest.mark.parametrize(("high_water", "admitted"), [(600.0, 11), (700.0, 13)])
def test_an_empty_bucket_admits_as_many_requests_at_once_as_canvas_does(high_water: float, admitted: int) -> None:
    assert _admitted_at_once(Throttle(high_water=high_water)) == admitted


def test_one_request_at_a_time_is_never_throttled_at_any_rate() -> None:
    world = World(scenarios.many(1), token="token")
    for _ in range(2000):
        world.handle(sent("GET /api/v1/progress/1000", "token"), 0.0)
    assert world.throttled == 0
    assert world.most_in_flight == 1


def test_a_finished_request_gives_its_reservation_back_and_costs_what_it_cost() -> None:
    bucket, _ = reserve(Bucket(0.0, 0.0), Throttle(), now=0.0)
    assert bucket.count == 50.0
    assert settle(bucket, Throttle(), cost=0.03, now=0.0).count == pytest.approx(0.03)


def test_ten_units_leak_each_second_and_never_more_than_there_are() -> None:
    assert Bucket(300.0, 0.0).leaked(Throttle(), 12.0).count == 180.0
    assert Bucket(300.0, 0.0).leaked(Throttle(), 99.0).count == 0.0


def test_a_clock_that_goes_back_leaks_nothing() -> None:
    assert Bucket(300.0, 100.0).leaked(Throttle(), 50.0) == Bucket(300.0, 100.0)


def test_a_bucket_never_holds_more_than_its_maximum() -> None:
    assert Bucket(780.0, 0.0).add(Throttle(), 50.0).count == 800.0


def test_a_refused_request_leaves_the_bucket_as_it_was() -> None:
    bucket, admitted = reserve(Bucket(560.0, 0.0), Throttle(), now=0.0)
    assert (bucket.count, admitted) == (560.0, False)


def test_the_lowest_quota_counts_what_is_in_flight() -> None:
    world = World(scenarios.many(3), token="token")
    tickets = [world.arrive(sent(f"GET /api/v1/progress/{1000 + n}", "token"), 0.0) for n in range(3)]
    for ticket in tickets:
        assert not isinstance(ticket, Response)
        world.finish(ticket, 0.2)
    assert world.lowest_remaining == 450.0


def test_what_others_have_used_is_there_before_the_first_request() -> None:
    installation = scenarios.Installation(throttle=Throttle(filled=300.0))
    world = World(scenarios.many(1, installation=installation), token="token")
    world.handle(sent("GET /api/v1/progress/1000", "token"), 0.0)
    assert world.lowest_remaining == 250.0


def test_a_finished_request_is_in_flight_no_longer() -> None:
    world = World(scenarios.many(4), token="token")
    for at_once in (1, 1, 2):
        tickets = [world.arrive(sent(f"GET /api/v1/progress/{1000 + n}", "token"), 0.0) for n in range(at_once)]
        for ticket in tickets:
            assert not isinstance(ticket, Response)
            world.finish(ticket, 0.0)
    assert world.most_in_flight == 2
    assert world.lowest_remaining == pytest.approx(500.0, abs=0.3)
