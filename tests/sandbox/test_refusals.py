"""How the simulated Canvas says no, and what can happen on the way to it, through both of its doors."""

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

_MISSING = {"errors": [{"message": "The specified resource does not exist."}]}
_BAD_TOKEN = {"errors": [{"message": "Invalid access token."}]}
_NO_TOKEN = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
_DENIED = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
_CHALLENGE = 'Bearer realm="canvas-lms"'


def _anonymous(canvas: Canvas, path: str, method: str = "GET") -> httpx.Response:
    request = canvas.client.build_request(method, path)
    del request.headers["authorization"]
    return canvas.client.send(request)


@pytest.mark.parametrize("job", ["0", "999", "abc", "1x", "%31~", "99999999999999999999", "~3", "\u0663"])
def test_an_id_that_no_row_has_is_a_missing_record(canvas: Canvas, job: str) -> None:
    answer = canvas.get(job)
    assert (answer.status_code, answer.json()) == (404, _MISSING)
    assert answer.headers["x-canvas-user-id"] == "10000000000010"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/progress"),
        ("GET", "/api/v2/x"),
        ("DELETE", "/api/v1/progress/1"),
        ("GET", "/api/v1/progress/1/cancel"),
    ],
)
def test_a_path_that_leads_nowhere_has_another_404_than_a_missing_record(
    canvas: Canvas, method: str, path: str
) -> None:
    answer = canvas.client.request(method, path)
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "An error occurred.", "error_code": "not_found"}]}


def test_a_path_outside_the_api_is_an_html_page(canvas: Canvas) -> None:
    answer = canvas.client.get("/courses/5")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_the_root_is_a_login_page(canvas: Canvas) -> None:
    answer = canvas.client.get("/")
    assert (answer.status_code, "<title>Log in to Canvas</title>" in answer.text) == (200, True)


@pytest.mark.parametrize("job", [1, 999])
def test_a_bad_token_is_refused_before_the_job_is_looked_up(canvas: Canvas, job: int) -> None:
    answer = canvas.get(job, authorization="Bearer wrong")
    assert (answer.status_code, answer.json()) == (401, _BAD_TOKEN)
    assert answer.headers["www-authenticate"] == _CHALLENGE
    assert "x-canvas-user-id" not in answer.headers


def test_a_missing_token_is_noticed_only_after_the_job_was_found(canvas: Canvas) -> None:
    assert _anonymous(canvas, "/api/v1/progress/999").json() == _MISSING
    answer = _anonymous(canvas, "/api/v1/progress/1")
    assert (answer.status_code, answer.json()) == (401, _NO_TOKEN)
    assert answer.headers["www-authenticate"] == _CHALLENGE


def test_a_cancel_without_a_token_changes_nothing(canvas: Canvas) -> None:
    assert _anonymous(canvas, "/api/v1/progress/1/cancel", "POST").json() == _NO_TOKEN
    assert canvas.state(1) == "queued"


def test_a_public_job_needs_no_token(canvas: Canvas) -> None:
    assert _anonymous(canvas, "/api/v1/progress/52").json()["id"] == 52


def test_the_word_bearer_has_a_capital_letter_or_is_no_token(canvas: Canvas) -> None:
    assert canvas.get(1, authorization="bearer token").json() == _NO_TOKEN


def test_permission_denied_is_403_without_a_challenge(canvas: Canvas) -> None:
    answer = canvas.get(51)
    assert (answer.status_code, answer.json()) == (403, _DENIED)
    assert "www-authenticate" not in answer.headers


def test_permission_denied_is_401_and_translated_on_older_installations(
    installed: Callable[[Installation], Canvas],
) -> None:
    text = "user not authorised to perform that action"
    canvas = installed(Installation(denial_status=401, denial_word="unauthorised", denial_text=text))
    answer = canvas.cancel(4)
    assert (answer.status_code, answer.json()) == (401, {"status": "unauthorised", "errors": [{"message": text}]})
    assert "www-authenticate" not in answer.headers


def test_a_missing_scope_is_401_without_a_challenge(installed: Callable[[Installation], Canvas]) -> None:
    canvas = installed(Installation(scopes=frozenset({"url:GET|/api/v1/progress/:id"})))
    assert canvas.get(1).status_code == 200
    answer = canvas.cancel(1)
    assert (answer.status_code, answer.json()) == (
        401,
        {"errors": [{"message": "Insufficient scopes on access token."}]},
    )
    assert "www-authenticate" not in answer.headers
    assert canvas.state(1) == "queued"


def test_a_request_without_a_user_agent_is_refused_in_front_of_canvas(canvas: Canvas) -> None:
    request = canvas.client.build_request("GET", "/api/v1/progress/1")
    del request.headers["user-agent"]
    answer = canvas.client.send(request)
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert "x-request-context-id" not in answer.headers


@pytest.mark.parametrize(
    ("status", "text"),
    [(403, "403 Forbidden (Rate Limit Exceeded)\n"), (429, "429 Too Many Requests (Rate Limit Exceeded)\n")],
)
def test_a_full_bucket_refuses_in_plain_text(
    installed: Callable[[Installation], Canvas], status: int, text: str
) -> None:
    canvas = installed(Installation(throttle=Throttle(filled=590.0, status=status)))
    answer = canvas.get(1)
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-rate-limit-remaining"] == "10.0"
    assert {"x-request-cost", "retry-after", "x-canvas-user-id"}.isdisjoint(answer.headers)


def test_a_proxy_may_add_retry_after(installed: Callable[[Installation], Canvas]) -> None:
    canvas = installed(Installation(throttle=Throttle(filled=590.0, retry_after="7")))
    assert canvas.get(1).headers["retry-after"] == "7"


def test_a_throttled_client_is_let_in_once_the_bucket_has_leaked(installed: Callable[[Installation], Canvas]) -> None:
    canvas = installed(Installation(throttle=Throttle(filled=590.0)))
    assert canvas.get(1).status_code == 403
    canvas.clock.advance(4.1)
    assert canvas.get(1).status_code == 200
    assert canvas.world.throttled == 1


def test_the_headers_tell_the_cost_and_what_remains(canvas: Canvas) -> None:
    answer = canvas.get(1)
    cost = float(answer.headers["x-request-cost"])
    assert 0.02 <= cost <= 0.05
    assert float(answer.headers["x-rate-limit-remaining"]) == pytest.approx(600 - cost)


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
