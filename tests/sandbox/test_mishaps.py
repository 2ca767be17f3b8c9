"""What can happen on the way to the simulated Canvas and back, through both of its doors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_doors import Canvas

_CHALLENGE = 'Bearer realm="canvas-lms"'


@pytest.mark.parametrize(("job", "status"), [(61, 502), (63, 504), (69, 200)])
def test_machines_in_front_of_canvas_answer_in_html(canvas: Canvas, job: int, status: int) -> None:
    answer = canvas.get(job)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<title>" in answer.text
    assert "x-request-context-id" not in answer.headers


def test_an_error_of_canvas_has_the_number_of_its_report(canvas: Canvas) -> None:
    answer = canvas.get(60)
    assert (answer.status_code, answer.json()) == (
        500,
        {
            "errors": [{"message": "An error occurred.", "error_code": "internal_server_error"}],
            "error_report_id": 70077,
        },
    )


def test_a_window_of_503_opens_and_closes(canvas: Canvas) -> None:
    statuses = []
    for _ in range(10):
        statuses.append(canvas.get(62).status_code)
        canvas.clock.advance(1)
    assert statuses == [200] * 3 + [503] * 5 + [200] * 2


def test_an_error_can_have_no_body_at_all(canvas: Canvas) -> None:
    answer = canvas.get(64)
    assert (answer.status_code, answer.content) == (500, b"")


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


def test_a_login_page_of_another_host_may_stand_in_the_way(canvas: Canvas) -> None:
    answer = canvas.get(70)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://login.example.org/login/saml")


def test_plain_http_is_redirected_to_the_same_address(canvas: Canvas) -> None:
    answer = canvas.get(71)
    assert answer.status_code == 301
    assert answer.headers["location"] == str(
        canvas.client.base_url.join("/api/v1/progress/71").copy_with(scheme="https")
    )


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
    with pytest.raises(error):
        canvas.get(job)
    assert canvas.get(job).status_code == 200


def test_a_cancel_whose_answer_is_lost_has_happened(canvas: Canvas) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        canvas.cancel(78, "stop")
    assert canvas.get(78).json()["message"] == "stop"


def test_a_cancel_that_times_out_at_the_gateway_has_happened(canvas: Canvas) -> None:
    assert canvas.cancel(79, "stop").status_code == 504
    assert canvas.get(79).json()["message"] == "stop"


@pytest.mark.parametrize(
    ("job", "problem"),
    [
        (76, {"message": "Expired access token.", "expired_at": "2027-01-15T08:00:05Z"}),
        (77, {"message": "Revoked access token."}),
    ],
)
def test_a_token_can_end_while_its_job_is_watched(canvas: Canvas, job: int, problem: dict[str, str]) -> None:
    assert canvas.get(job).status_code == 200
    canvas.clock.advance(5)
    answer = canvas.get(job)
    assert (answer.status_code, answer.json()) == (401, {"errors": [problem]})
    assert answer.headers["www-authenticate"] == _CHALLENGE
    assert "x-canvas-user-id" not in answer.headers


def test_every_struck_job_of_the_default_scenario_ends_well_for_who_keeps_asking(
    installed: Callable[[Installation], Canvas],
) -> None:
    canvas = installed(replace(scenarios.default().installation, throttle=Throttle(leak=1000.0)))
    recovering = [60, 61, 62, 63, 64, 65, 66, 67, 68, 78, 79]
    for job in recovering:
        canvas.get(job)
        canvas.get(job)
    canvas.clock.advance(20)
    for job in recovering:
        canvas.get(job)
    assert {canvas.state(job) for job in recovering} == {"completed"}
