"""How the simulated Canvas refuses a request, through both of its doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_doors import Canvas

    Install = Callable[[Installation], Canvas]

_MISSING = {"errors": [{"message": "The specified resource does not exist."}]}
_NOWHERE = {"errors": [{"message": "An error occurred.", "error_code": "not_found"}]}
_BAD_TOKEN = {"errors": [{"message": "Invalid access token."}]}
_NO_TOKEN = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
_DENIED = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
_CHALLENGE = 'Bearer realm="canvas-lms"'


def _without(header: str, canvas: Canvas, path: str, method: str = "GET") -> httpx.Response:
    request = canvas.client.build_request(method, path)
    del request.headers[header]
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
    assert (answer.status_code, answer.json()) == (404, _NOWHERE)


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [("/courses/5", 404, "Page Not Found"), ("/(", 404, "Page Not Found"), ("/", 200, "Log in to Canvas")],
)
def test_a_path_outside_the_api_is_an_html_page(canvas: Canvas, path: str, status: int, title: str) -> None:
    answer = canvas.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert f"<title>{title}</title>" in answer.text


@pytest.mark.parametrize("job", [1, 999])
def test_a_bad_token_is_refused_before_the_job_is_looked_up(canvas: Canvas, job: int) -> None:
    answer = canvas.get(job, authorization="Bearer wrong")
    assert (answer.status_code, answer.json()) == (401, _BAD_TOKEN)
    assert answer.headers["www-authenticate"] == _CHALLENGE
    assert "x-canvas-user-id" not in answer.headers


def test_a_missing_token_is_noticed_only_after_the_job_was_found(canvas: Canvas) -> None:
    assert _without("authorization", canvas, "/api/v1/progress/999").json() == _MISSING
    assert _without("authorization", canvas, "/api/v1/progress/52").json()["id"] == 52  # a public one
    for answer in (
        _without("authorization", canvas, "/api/v1/progress/1"),
        _without("authorization", canvas, "/api/v1/progress/1/cancel", "POST"),
        canvas.get(1, authorization="bearer token"),  # without its capital letter it is no token
    ):
        assert (answer.status_code, answer.json()) == (401, _NO_TOKEN)
        assert answer.headers["www-authenticate"] == _CHALLENGE
    assert canvas.state(1) == "queued"


def test_permission_denied_is_403_without_a_challenge(canvas: Canvas) -> None:
    answer = canvas.get(51)
    assert (answer.status_code, answer.json()) == (403, _DENIED)
    assert "www-authenticate" not in answer.headers


def test_permission_denied_is_401_and_translated_on_older_installations(installed: Install) -> None:
    text = "user not authorised to perform that action"
    canvas = installed(Installation(denial_status=401, denial_word="unauthorised", denial_text=text))
    answer = canvas.cancel(4)
    assert (answer.status_code, answer.json()) == (401, {"status": "unauthorised", "errors": [{"message": text}]})
    assert "www-authenticate" not in answer.headers


def test_a_missing_scope_is_401_without_a_challenge(installed: Install) -> None:
    canvas = installed(Installation(scopes=frozenset({"url:GET|/api/v1/progress/:id"})))
    answer = canvas.cancel(1)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (401, "Insufficient scopes on access token.")
    assert "www-authenticate" not in answer.headers
    assert canvas.state(1) == "queued"


def test_a_request_without_a_user_agent_is_refused_in_front_of_canvas(canvas: Canvas) -> None:
    answer = _without("user-agent", canvas, "/api/v1/progress/1")
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert "x-request-context-id" not in answer.headers


@pytest.mark.parametrize(
    ("status", "retry_after", "text"),
    [(403, None, "403 Forbidden (Rate Limit Exceeded)\n"), (429, "7", "429 Too Many Requests (Rate Limit Exceeded)\n")],
)
def test_a_full_bucket_refuses_in_plain_text_until_it_has_leaked(
    installed: Install, status: int, retry_after: str | None, text: str
) -> None:
    canvas = installed(Installation(throttle=Throttle(filled=590.0, status=status, retry_after=retry_after)))
    answer = canvas.get(1)
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-rate-limit-remaining"] == "10.0"
    assert answer.headers.get("retry-after") == retry_after  # which a proxy adds
    assert {"x-request-cost", "x-canvas-user-id"}.isdisjoint(answer.headers)
    canvas.clock.advance(4.1)
    assert (canvas.get(1).status_code, canvas.world.throttled) == (200, 1)


def test_the_headers_hold_the_cost_and_what_remains(canvas: Canvas) -> None:
    answer = canvas.get(1)
    cost = float(answer.headers["x-request-cost"])
    assert 0.02 <= cost <= 0.05
    assert float(answer.headers["x-rate-limit-remaining"]) == pytest.approx(600 - cost)
