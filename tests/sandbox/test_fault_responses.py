"""Which requests a fault strikes, and what a client meets then, through both doors of the simulated Canvas."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from canvas_doors import ask
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.messages import Delivery
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_doors import Canvas
    from canvas_progress.sandbox.installation import Installation

_FIRST, _SECOND, _POST = "GET /api/v1/progress/1000", "GET /api/v1/progress/1001", "POST /api/v1/progress/1000/cancel"
_502, _503 = FaultKind.BAD_GATEWAY, FaultKind.UNAVAILABLE
_REPORTED = {
    "errors": [{"message": "An error occurred.", "error_code": "internal_server_error"}],
    "error_report_id": 70077,
}


def _faulty(*faults: Fault) -> World:
    return World(replace(scenarios.many(2), faults=faults), token="token")


@pytest.mark.parametrize(
    ("faults", "lines", "statuses"),
    [
        pytest.param((Fault(_502, first=3, count=2),), [_FIRST] * 6, [200, 200, 502, 502, 200, 200], id="by number"),
        pytest.param(
            (Fault(_502, 1001, first=2),), [_FIRST, _SECOND, _SECOND, _SECOND], [200, 200, 502, 200], id="by job"
        ),
        pytest.param((Fault(_502, method="POST"),), [_FIRST, _POST, _FIRST], [200, 502, 200], id="by method"),
        pytest.param(
            (Fault(_503, 1001, count=None, since=1.0, until=3.0),),
            [_FIRST, _FIRST, _SECOND, _SECOND, _SECOND, _SECOND],
            [200, 200, 200, 503, 503, 200],
            id="by the time since the first request of the job",
        ),
        pytest.param((Fault(_502), Fault(_503, count=2)), [_FIRST] * 3, [502, 503, 200], id="one of two, both count"),
        pytest.param((Fault(FaultKind.EMPTY, status=200),), [_FIRST], [200], id="with a status of its own"),
    ],
)
def test_a_fault_strikes_the_requests_it_selects(
    faults: tuple[Fault, ...], lines: list[str], statuses: list[int]
) -> None:
    world = _faulty(*faults)
    assert [ask(world, line, now=float(second)).status for second, line in enumerate(lines)] == statuses


@pytest.mark.parametrize("kind", FaultKind)
def test_a_cancel_counts_only_if_canvas_has_seen_it(kind: FaultKind) -> None:
    world = _faulty(Fault(kind))
    ask(world, f"{_POST}?message=stop")
    job = json.loads(ask(world, _FIRST).body)
    assert (job["workflow_state"], job["message"]) == (("failed", "stop") if kind.lets_canvas_act else ("queued", None))


def test_an_answer_is_cut_short_truncated_or_never_made() -> None:
    world = World(scenarios.default(), token="token")
    half, whole = (ask(world, "GET /api/v1/progress/68").body for _ in range(2))
    assert half == whole[: len(whole) // 2]
    truncated = ask(world, "GET /api/v1/progress/75")
    assert truncated.delivery is Delivery.TRUNCATED
    assert len(truncated.body) < int(truncated.header("content-length") or 0)
    ask(world, "GET /api/v1/progress/73")
    assert [logged.status for logged in world.log] == [200, 200, 200, 0]  # 0: never looked at


@pytest.mark.parametrize(("job", "status"), [(61, 502), (63, 504), (69, 200)])
def test_machines_in_front_of_canvas_answer_in_html(canvas: Canvas, job: int, status: int) -> None:
    answer = canvas.get(job)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<title>" in answer.text
    assert "x-request-context-id" not in answer.headers


def test_an_error_has_the_number_of_its_report_or_no_body_at_all(canvas: Canvas) -> None:
    reported, empty = canvas.get(60), canvas.get(64)
    assert (reported.status_code, reported.json()) == (500, _REPORTED)
    assert (empty.status_code, empty.content) == (500, b"")


def test_a_window_of_503_opens_and_closes(canvas: Canvas) -> None:
    statuses = []
    for _ in range(10):
        statuses.append(canvas.get(62).status_code)
        canvas.clock.advance(1)
    assert statuses == [200] * 3 + [503] * 5 + [200] * 2


def test_a_fault_can_throttle_from_the_second_request_on(canvas: Canvas) -> None:
    answers = [canvas.get(66) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "2"


@pytest.mark.parametrize("job", [67, 68])
def test_what_claims_to_be_json_may_be_none(canvas: Canvas, job: int) -> None:
    answer = canvas.get(job)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    with pytest.raises(ValueError, match="line 1"):
        answer.json()
    assert canvas.get(job).json()["id"] == job


def test_a_redirect_leads_to_a_login_page_of_another_host_or_to_https(canvas: Canvas) -> None:
    login, https = canvas.get(70), canvas.get(71)
    assert (login.status_code, login.headers["location"]) == (302, "https://login.example.org/login/saml")
    same = canvas.client.base_url.join("/api/v1/progress/71").copy_with(scheme="https")
    assert (https.status_code, https.headers["location"]) == (301, str(same))


@pytest.mark.parametrize(
    ("job", "error"),
    [
        (72, httpx.RemoteProtocolError),
        (73, httpx.ReadError),
        (74, httpx.ReadTimeout),
        (75, httpx.RemoteProtocolError),
    ],
)
def test_connections_break_in_four_ways_and_the_next_one_works(
    canvas: Canvas, job: int, error: type[httpx.TransportError]
) -> None:
    canvas.get(1)
    usual, canvas.client.timeout = canvas.client.timeout, httpx.Timeout(60, read=0.5 if job == 74 else 60)
    with pytest.raises(error):
        canvas.get(job)
    canvas.client.timeout = usual
    assert canvas.get(job).status_code == 200


def test_a_cancel_whose_answer_is_lost_or_times_out_at_the_gateway_has_happened(canvas: Canvas) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        canvas.cancel(78, "stop")
    assert canvas.cancel(79, "stop").status_code == 504
    assert {canvas.get(job).json()["message"] for job in (78, 79)} == {"stop"}


@pytest.mark.parametrize(
    ("job", "problem"),
    [
        (76, {"message": "Expired access token.", "expired_at": "2027-01-15T08:00:05Z"}),
        (77, {"message": "Revoked access token."}),
    ],
)
def test_a_token_can_end_while_its_job_is_watched(canvas: Canvas, job: int, problem: dict[str, Any]) -> None:
    assert canvas.get(job).status_code == 200
    canvas.clock.advance(5)
    answer = canvas.get(job)
    assert (answer.status_code, answer.json()) == (401, {"errors": [problem]})
    assert answer.headers["www-authenticate"] == 'Bearer realm="canvas-lms"'
    assert "x-canvas-user-id" not in answer.headers


def test_every_struck_job_of_the_default_scenario_ends_well_for_who_keeps_asking(
    installed: Callable[[Installation], Canvas],
) -> None:
    canvas = installed(replace(scenarios.default().installation, throttle=Throttle(leak=1000.0)))
    recovering = [60, 61, 62, 63, 64, 65, 66, 67, 68, 78, 79]
    for job in recovering * 2:
        canvas.get(job)
    canvas.clock.advance(20)
    for job in recovering:
        canvas.get(job)
    assert {canvas.state(job) for job in recovering} == {"completed"}
