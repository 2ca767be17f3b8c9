"""Which requests a fault strikes."""

from __future__ import annotations

import pytest

from canvas_doors import ask
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.messages import Delivery
from canvas_progress.sandbox.scenarios import Scenario
from canvas_progress.sandbox.world import World


def _statuses(*faults: Fault, lines: tuple[str, ...], every: float = 0.0) -> list[int]:
    scenario = Scenario(name="faulty", about="two jobs", jobs=scenarios.many(2).jobs, faults=faults)
    world = World(scenario, token="token")
    return [ask(world, line, now=place * every).status for place, line in enumerate(lines)]


_FIRST, _SECOND = "GET /api/v1/progress/1000", "GET /api/v1/progress/1001"


def test_a_fault_strikes_from_its_first_request_as_often_as_it_counts() -> None:
    fault = Fault(kind=FaultKind.BAD_GATEWAY, first=3, count=2)
    assert _statuses(fault, lines=(_FIRST,) * 6) == [200, 200, 502, 502, 200, 200]


def test_a_fault_of_one_job_counts_only_its_requests() -> None:
    fault = Fault(kind=FaultKind.BAD_GATEWAY, job=1001, first=2)
    assert _statuses(fault, lines=(_FIRST, _SECOND, _FIRST, _SECOND, _SECOND)) == [200, 200, 200, 502, 200]


def test_a_fault_of_one_method_counts_only_its_requests() -> None:
    fault = Fault(kind=FaultKind.BAD_GATEWAY, method="POST")
    assert _statuses(fault, lines=(_FIRST, "POST /api/v1/progress/1000/cancel", _FIRST)) == [200, 502, 200]


def test_a_window_counts_from_the_first_request_it_selects() -> None:
    fault = Fault(kind=FaultKind.UNAVAILABLE, job=1001, count=None, since=1.0, until=3.0)
    lines = (_FIRST, _FIRST, _SECOND, _SECOND, _SECOND, _SECOND)
    assert _statuses(fault, lines=lines, every=1.0) == [200, 200, 200, 503, 503, 200]


def test_the_first_of_two_faults_strikes_and_both_count() -> None:
    early = Fault(kind=FaultKind.BAD_GATEWAY, count=1)
    late = Fault(kind=FaultKind.UNAVAILABLE, count=2)
    assert _statuses(early, late, lines=(_FIRST,) * 3) == [502, 503, 200]


def test_a_status_of_its_own_overrules_the_usual_one() -> None:
    fault = Fault(kind=FaultKind.EMPTY, status=200)
    assert _statuses(fault, lines=(_FIRST,)) == [200]


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if not kind.lets_canvas_act])
def test_a_cancel_that_canvas_never_saw_does_not_count(kind: FaultKind) -> None:
    world = World(
        Scenario(name="one", about="one job", jobs=scenarios.many(1).jobs, faults=(Fault(kind=kind),)), token="t"
    )
    ask(world, "POST /api/v1/progress/1000/cancel?message=stop")
    assert b'"queued"' in ask(world, _FIRST).body


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind.lets_canvas_act])
def test_a_cancel_whose_answer_is_spoilt_counts(kind: FaultKind) -> None:
    world = World(
        Scenario(name="one", about="one job", jobs=scenarios.many(1).jobs, faults=(Fault(kind=kind),)), token="t"
    )
    ask(world, "POST /api/v1/progress/1000/cancel?message=stop")
    assert b'"message":"stop"' in ask(world, _FIRST).body


def test_an_answer_that_is_cut_short_is_the_first_half_of_the_right_one() -> None:
    world = World(scenarios.default(), token="token")
    half, whole = (ask(world, "GET /api/v1/progress/68").body for _ in range(2))
    assert half == whole[: len(whole) // 2]


def test_a_truncated_answer_announces_more_than_it_has() -> None:
    world = World(scenarios.default(), token="token")
    answer = ask(world, "GET /api/v1/progress/75")
    assert answer.delivery is Delivery.TRUNCATED
    assert len(answer.body) < int(answer.header("content-length") or 0)


def test_a_reset_connection_is_logged_as_never_looked_at() -> None:
    world = World(scenarios.default(), token="token")
    ask(world, "GET /api/v1/progress/73")
    assert [(one.method, one.path, one.status) for one in world.log] == [("GET", "/api/v1/progress/73", 0)]
