"""How the simulated Canvas says no, through both of its doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

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
