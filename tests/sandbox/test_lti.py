"""The LTI Progress service of the simulated Canvas, through both doors: its own token, order of checks and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canvas_progress.sandbox.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from canvas_doors import Canvas

_MISSING = {"errors": [{"message": "The specified resource does not exist."}]}
_NO_TOOL = "Access Token not linked to a Tool associated with this Context"
_NO_ASSIGNMENT = "Tool does not have permission to view a Progress not associated with an Assignment"
_NOT_LINKED = "Progress associated with Assignment that isn't linked to this Tool"


def _get(canvas: Canvas, path: str, *, token: str | None = None) -> httpx.Response:
    authorization = f"Bearer {canvas.world.lti_token if token is None else token}"
    return canvas.client.get(f"/api/lti/courses/{path}", headers={"authorization": authorization})


def _problem(answer: httpx.Response) -> tuple[int, str, str]:
    assert "www-authenticate" not in answer.headers
    errors = answer.json()["errors"]
    return answer.status_code, errors["type"], errors["message"]


def test_a_tool_sees_the_progress_of_its_assignment_under_an_lti_url(canvas: Canvas) -> None:
    assert canvas.world.lti_token.count(".") == 2  # as in a JWT
    job = _get(canvas, "5/progress/80").json()
    assert (job["id"], job["context_type"]) == (80, "Assignment")
    assert job["url"] == str(canvas.client.base_url.join("/api/lti/courses/5/progress/80"))


def test_a_missing_token_has_the_shape_of_the_lti_services(canvas: Canvas) -> None:
    del canvas.client.headers["authorization"]
    answer = canvas.client.get("/api/lti/courses/5/progress/999")
    assert _problem(answer) == (401, "unauthorized", "Missing access token")


@pytest.mark.parametrize(
    ("installation", "message"),
    [
        (Installation(lti_key_active=False), "Unknown or inactive Developer Key"),
        (Installation(lti_scope=False), "Insufficient permissions"),
    ],
)
def test_the_key_and_its_scope_are_checked_before_the_course(
    installed: Callable[[Installation], Canvas], installation: Installation, message: str
) -> None:
    assert _problem(_get(installed(installation), "404/progress/80")) == (401, "unauthorized", message)


@pytest.mark.parametrize("path", ["404/progress/80", "6/progress/80", "x/progress/80", "5/progress/999"])
def test_a_missing_or_concluded_course_and_a_missing_job_are_missing_records(canvas: Canvas, path: str) -> None:
    answer = _get(canvas, path)
    assert (answer.status_code, answer.json()) == (404, _MISSING)


@pytest.mark.parametrize(
    ("path", "token", "problem"),
    [
        pytest.param("5/progress/80", "token", (401, "unauthorized", "Invalid access token format"), id="API token"),
        pytest.param("5/progress/80", "a.b.c", (401, "unauthorized", "Invalid access token signature"), id="no JWT"),
        pytest.param("7/progress/999", None, (401, "unauthorized", _NO_TOOL), id="a course without the tool"),
        pytest.param("8/progress/999", None, (401, "unauthorized", "Invalid Developer Key"), id="a key that is off"),
        pytest.param("5/progress/1", None, (403, "forbidden", _NO_ASSIGNMENT), id="not about an assignment"),
        pytest.param("5/progress/81", None, (422, "unprocessable_entity", _NOT_LINKED), id="another tool's assignment"),
    ],
)
def test_a_request_is_refused_with_the_type_of_its_status(
    canvas: Canvas, path: str, token: str | None, problem: tuple[int, str, str]
) -> None:
    assert _problem(_get(canvas, path, token=token)) == problem


def test_an_expired_token_is_refused_in_the_words_of_the_lti_services(canvas: Canvas) -> None:
    _get(canvas, "5/progress/76")
    canvas.clock.advance(5)
    assert _problem(_get(canvas, "5/progress/76")) == (401, "unauthorized", "Access token expired")


def test_an_lti_token_opens_nothing_else(canvas: Canvas) -> None:
    answer = canvas.get(80, authorization=f"Bearer {canvas.world.lti_token}")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="canvas-lms"')


def test_there_is_no_cancel_for_tools(canvas: Canvas) -> None:
    headers = {"authorization": f"Bearer {canvas.world.lti_token}"}
    answer = canvas.client.post("/api/lti/courses/5/progress/80/cancel", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (404, "not_found")
    assert _get(canvas, "5/progress/80").json()["workflow_state"] == "running"


def test_a_tool_has_a_bucket_of_its_own(canvas: Canvas) -> None:
    for _ in range(20):
        canvas.get(80)
    assert float(_get(canvas, "5/progress/80").headers["x-rate-limit-remaining"]) > 599.9
