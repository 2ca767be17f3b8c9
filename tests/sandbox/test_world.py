"""What a world remembers, and that nothing but its past and the time it is given decides its answers."""

from __future__ import annotations

import json

import pytest

from canvas_doors import ask, sent
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.messages import Request, Response
from canvas_progress.sandbox.world import Logged, World

_SCRIPTED = (
    "GET /api/v1/progress/1",
    "GET /api/v1/progress/66",
    "POST /api/v1/progress/3/cancel?message=stop",
    "GET /api/v1/progress/3",
    "GET /api/v1/progress/66",
    "GET /api/v1/progress/999",
)


def _world() -> World:
    return World(scenarios.default(), token="token")


def _replay(world: World) -> list[bytes]:
    return [ask(world, line, now=1000.0 + place).body for place, line in enumerate(_SCRIPTED)]


def test_two_worlds_that_are_asked_the_same_answer_the_same() -> None:
    one, other = _world(), _world()
    assert [_replay(one), one.snapshot()] == [_replay(other), other.snapshot()]


def test_the_log_has_every_request_with_its_time_and_status() -> None:
    world = _world()
    _replay(world)
    assert [one.status for one in world.log] == [200, 200, 200, 200, 429, 404]
    assert world.log[2] == Logged(1002.0, "POST", "/api/v1/progress/3/cancel", 200)


def test_a_restored_world_goes_on_where_the_other_was() -> None:
    old, new = _world(), _world()
    _replay(old)
    new.restore(old.snapshot())
    for line in _SCRIPTED:
        assert ask(new, line, now=1010.0).body == ask(old, line, now=1010.0).body


def test_a_snapshot_leaves_out_what_is_in_flight() -> None:
    world = _world()
    for _ in range(5):
        assert not isinstance(world.arrive(sent("GET /api/v1/progress/1", "token"), 0.0), Response)
    assert json.loads(world.snapshot())["buckets"][0]["count"] == 0.0


def _used(world: World) -> float:
    return float(json.loads(world.snapshot())["buckets"][0]["count"])


def test_a_snapshot_counts_what_answered_requests_have_cost() -> None:
    world = _world()
    for _ in range(3):
        ask(world, "GET /api/v1/progress/1")
    assert 0.06 <= _used(world) <= 0.15


def test_a_bucket_that_was_used_later_elsewhere_is_taken_over() -> None:
    one, other = _world(), _world()
    ask(one, "GET /api/v1/progress/1", now=1.0)
    for _ in range(9):
        ask(other, "GET /api/v1/progress/1", now=2.0)
    late, early = other.snapshot(), one.snapshot()
    one.restore(late)
    other.restore(early)
    assert _used(one) == _used(other) == pytest.approx(0.3, abs=0.1)


def test_a_bucket_with_requests_in_flight_is_not_taken_over() -> None:
    one, other = _world(), _world()
    ticket = one.arrive(sent("GET /api/v1/progress/1", "token"), 1.0)
    for _ in range(9):
        ask(other, "GET /api/v1/progress/1", now=2.0)
    one.restore(other.snapshot())
    assert not isinstance(ticket, Response)
    one.finish(ticket, 1.0)
    assert _used(one) < 0.06


def test_two_worlds_that_merge_keep_every_cancel_and_the_earlier_clocks() -> None:
    one, other = _world(), _world()
    ask(one, "GET /api/v1/progress/3", now=1.0)
    ask(one, "POST /api/v1/progress/3/cancel?message=one", now=5.0)
    ask(other, "POST /api/v1/progress/3/cancel?message=other", now=4.0)
    ask(other, "POST /api/v1/progress/10/cancel?message=ten", now=4.0)
    one.restore(other.snapshot())
    other.restore(one.snapshot())
    for world in (one, other):
        jobs = {job["id"]: job for job in json.loads(world.snapshot())["jobs"]}
        assert jobs[3] == {"id": 3, "first_seen": 1.0, "cancels": [[4.0, "other"], [5.0, "one"]]}
        assert jobs[10]["cancels"] == [[4.0, "ten"]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 99}, "not a snapshot"),
        ({"scenario": "demo"}, "another scenario"),
        ({"jobs": None}, "not a list"),
        ({"jobs": [1]}, "not a list of objects"),
        ({"jobs": [{"id": "1", "first_seen": 0, "cancels": []}]}, "not a whole number"),
        ({"jobs": [{"id": 1, "first_seen": float("nan"), "cancels": []}]}, "not a number"),
        ({"jobs": [{"id": 1, "first_seen": 0, "cancels": [[1.0, 2]]}]}, "not a cancel"),
        ({"jobs": [{"id": 1, "first_seen": 0, "cancels": [[True, "x"]]}]}, "not a number"),
        ({"faults": [{"fault": 1.5, "first": 0, "requests": 1}]}, "not a whole number"),
        ({"buckets": [{"of": "CALLER", "count": "much", "touched": 0}]}, "not a number"),
    ],
)
def test_a_snapshot_with_nonsense_in_it_is_refused_and_changes_nothing(
    change: dict[str, object], complaint: str
) -> None:
    world, other = _world(), _world()
    _replay(other)
    fresh = world.snapshot()
    with pytest.raises(ValueError, match=complaint):
        world.restore(json.dumps({**json.loads(other.snapshot()), **change}))
    assert world.snapshot() == fresh


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a snapshot|Expecting"):
        _world().restore(text)


def test_a_snapshot_may_hold_what_a_later_version_adds() -> None:
    old, new = _world(), _world()
    _replay(old)
    new.restore(json.dumps({**json.loads(old.snapshot()), "weather": "fine"}))
    assert new.snapshot() == old.snapshot()


def test_only_what_is_worth_keeping_counts_as_a_change() -> None:
    world = _world()
    counted = []
    for line in (
        "GET /api/v1/progress/1",
        "GET /api/v1/progress/1",
        "GET /api/v1/progress/0",
        "POST /api/v1/progress/4/cancel",
        "POST /api/v1/progress/1/cancel",
        "GET /api/v1/progress/60",
        "GET /api/v1/progress/60",
    ):
        ask(world, line)
        counted.append(world.changes)
    # Job 4 was first seen, though not cancelled; and the requests for job 60 are counted by its fault.
    assert counted == [1, 1, 1, 2, 3, 5, 6]


def test_a_cancel_takes_effect_when_the_request_is_finished() -> None:
    world = _world()
    ask(world, "GET /api/v1/progress/3", now=0.0)
    ticket = world.arrive(sent("POST /api/v1/progress/3/cancel", "token"), 1.0)
    assert b'"queued"' in ask(world, "GET /api/v1/progress/3", now=0.9).body
    assert not isinstance(ticket, Response)
    world.finish(ticket, 2.0)
    assert b'"failed"' in ask(world, "GET /api/v1/progress/3", now=2.0).body


def test_a_lone_surrogate_in_a_message_does_not_break_the_answer() -> None:
    world = _world()
    headers = (("authorization", "Bearer token"), ("user-agent", "x"), ("content-type", "application/json"))
    answer = world.handle(Request("POST", "/api/v1/progress/3/cancel", headers, b'{"message": "\\ud800"}'), 0.0)
    assert json.loads(answer.body)["message"] == "?"


def test_a_token_in_the_query_counts_as_one_in_the_header() -> None:
    request = Request("GET", "/api/v1/progress/1?access_token=token", (("user-agent", "x"),))
    assert _world().handle(request, 0.0).status == 200


def test_a_request_in_flight_survives_that_all_is_forgotten() -> None:
    world = _world()
    ticket = world.arrive(sent("POST /api/v1/progress/3/cancel?message=stop", "token"), 0.0)
    world.forget()
    assert not isinstance(ticket, Response)
    assert b'"message":"stop"' in world.finish(ticket, 5.0).body
