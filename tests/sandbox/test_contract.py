"""What a client may count on when it shows and cancels jobs of the simulated Canvas, through both of its doors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from canvas_doors import Canvas

_KEYS = "completion context_id context_type created_at id message tag updated_at url user_id workflow_state"
_RESULTS = {"assignment_id": 301, "posted_at": None, "submission_ids": [2**53 + 1, 8]}
_STRING_IDS = "application/json+canvas-string-ids"
_NO_RESULTS = {"results": None}


@pytest.mark.parametrize(
    ("job", "stages"),
    [
        pytest.param(
            1,
            [(1000, {"workflow_state": "queued"}), (2, {"workflow_state": "running"}), (4, _NO_RESULTS)],
            id="the clock starts with the first request",
        ),
        pytest.param(
            42,
            [(0, _NO_RESULTS), (6, {"results": _RESULTS, "id": 42, "user_id": 10, "context_id": 301})],
            id="results come at the end, with ids as numbers",
        ),
        pytest.param(
            32,
            [
                (0, _NO_RESULTS),
                (5, {"workflow_state": "waiting_for_external_tool", **_NO_RESULTS}),
                (10, {"workflow_state": "completed", "results": {"total_count": 3}}),
            ],
            id="results are hidden while a job waits for a tool",
        ),
        pytest.param(
            33,
            [
                (0, _NO_RESULTS),
                (5, {"workflow_state": "completed", **_NO_RESULTS}),
                (2, {"results": {"updated_count": 12}}),
            ],
            id="results can come after the end",
        ),
        pytest.param(
            1, [(0, {"created_at": "2027-01-15T08:00:00Z"})], id="created_at is the moment of the first request"
        ),
        pytest.param(
            9,
            [(0, {"created_at": "2027-01-14T08:00:00Z", "updated_at": "2027-01-14T08:00:20Z"})],
            id="a job of yesterday was created yesterday",
        ),
        pytest.param(55, [(0, {"created_at": "2027-01-15T02:00:00-06:00"})], id="timestamps may have an offset"),
        pytest.param(
            6,
            [
                (0, {"updated_at": "2027-01-15T08:00:00Z"}),
                (5, {"workflow_state": "canceled", "message": None, "updated_at": "2027-01-15T08:00:00Z"}),
            ],
            id="a canceled job has the updated_at of its last real write",
        ),
        pytest.param(9010000000000001, [(0, {"id": 9010000000000001})], id="an id beyond a double is exact"),
    ],
)
def test_a_job_changes_with_time(canvas: Canvas, job: int, stages: list[tuple[float, dict[str, Any]]]) -> None:
    canvas.clock.advance(stages[0][0])
    for place, (seconds, expected) in enumerate(stages):
        canvas.clock.advance(seconds if place else 0)
        shown = canvas.get(job).json()
        assert " ".join(sorted(shown.keys() - {"results"})) == _KEYS
        assert "results" not in shown or shown["results"] is not None
        assert {key: shown.get(key) for key in expected} == expected


def test_completion_is_null_and_then_a_float(canvas: Canvas) -> None:
    assert canvas.get(1).json()["completion"] is None
    canvas.clock.advance(2)
    assert '"completion":20.0,' in canvas.get(1).text


def test_a_job_can_vanish_between_two_requests(canvas: Canvas) -> None:
    assert canvas.get(44).status_code == 200
    canvas.clock.advance(6)
    assert (canvas.get(44).status_code, canvas.cancel(44).status_code) == (404, 404)


def test_all_spellings_of_an_id_name_the_same_job(canvas: Canvas) -> None:
    assert {canvas.get(spelling).json()["id"] for spelling in ("23", "23.json", "1~23", "10000000000023")} == {23}


@pytest.mark.parametrize(("spelling", "id_"), [("1", 1), ("2~23", 20000000000023)])
def test_a_url_names_the_host_that_was_asked_and_the_short_form_of_an_id(
    canvas: Canvas, spelling: str, id_: int
) -> None:
    job = canvas.get(spelling).json()
    assert (job["id"], job["url"]) == (id_, str(canvas.client.base_url.join(f"/api/v1/progress/{spelling}")))


@pytest.mark.parametrize(
    ("job", "results"),
    [
        (42, {"assignment_id": "301", "posted_at": None, "submission_ids": ["9007199254740993", "8"]}),
        (43, {"errors": [{"assignment_id": "303", "error": "moderated", "student_id": "71"}]}),
    ],
)
def test_ids_are_strings_at_any_depth_when_the_client_asks_for_it(
    canvas: Canvas, job: int, results: dict[str, Any]
) -> None:
    canvas.get(job)
    canvas.clock.advance(6)
    shown = canvas.get(job, accept=_STRING_IDS).json()
    assert (shown["id"], shown["results"]) == (str(job), results)
    assert {type(shown["context_id"]), type(canvas.get(job).json()["id"])} == {str, int}


def test_a_head_has_the_headers_of_a_get_and_no_body(canvas: Canvas) -> None:
    got, head = canvas.get(1), canvas.client.head("/api/v1/progress/1")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_headers_name_the_user_the_request_and_its_time_in_lower_case(canvas: Canvas) -> None:
    first, second = canvas.get(1), canvas.get(1)
    assert first.headers["x-canvas-user-id"] == "10000000000010"
    assert first.headers["x-request-context-id"] != second.headers["x-request-context-id"]
    assert first.headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert all(name == name.lower() for name, _ in first.headers.raw)


def test_markup_is_escaped_as_rails_does_and_control_characters_are_sent(canvas: Canvas) -> None:
    canvas.get(47), canvas.get(48)
    canvas.clock.advance(6)
    answer = canvas.get(48)
    assert "\\u003cb\\u003e\\u0026amp;" in answer.text
    assert answer.json()["results"]["html"] == "<b>&amp;</b>"
    assert {"\u001b", "\u009b", "\u202e", "\u0000"} <= set(canvas.get(47).json()["message"])


@pytest.mark.parametrize(
    ("query", "content_type", "body", "message"),
    [
        pytest.param("", "application/x-www-form-urlencoded", b"message=stop+%26+go", "stop & go", id="form"),
        pytest.param("?message=x", "application/json", b'{"message": "stop & go"}', "stop & go", id="json"),
        pytest.param("?message=stop%20%26%20go", "text/plain", b"message=x", "stop & go", id="query"),
        pytest.param("?message=go+on", "application/x-www-form-urlencoded", b"x=y", "go on", id="query beside a form"),
        pytest.param("?message=x&message=go", "application/json", b'["message"]', "go", id="query beside json"),
        pytest.param("", "application/json; charset=utf-8", b'{"message": null}', None, id="null"),
        pytest.param("", "application/json; charset=utf-8", b'{"message": 5}', "5", id="a number"),
        pytest.param("", "application/json; charset=utf-8", b'{"message": ""}', "", id="an empty string"),
    ],
)
def test_a_cancel_fails_the_job_with_its_message_however_it_is_sent(
    canvas: Canvas, query: str, content_type: str, body: bytes, message: str | None
) -> None:
    path = f"/api/v1/progress/3/cancel{query}"
    job = canvas.client.post(path, content=body, headers={"content-type": content_type}).json()
    assert (job["workflow_state"], job["message"]) == ("failed", message)
    assert canvas.get(3).json() == job


def test_a_cancel_in_broken_json_is_a_bad_request(canvas: Canvas) -> None:
    headers = {"content-type": "application/json"}
    answer = canvas.client.post("/api/v1/progress/3/cancel", content=b"{'message'", headers=headers)
    assert (answer.status_code, canvas.state(3)) == (400, "queued")


def test_a_cancel_rewrites_a_finished_job_again_and_again(canvas: Canvas) -> None:
    job = canvas.get(25).json()
    assert (job["workflow_state"], job["message"]) == ("completed", "17 courses processed")
    for message in ("too late", "again", None):
        job = canvas.cancel(25, message).json()
        assert (job["workflow_state"], job["message"], job["completion"]) == ("failed", message, 100.0)


@pytest.mark.parametrize(
    ("job", "readable", "cancelled"),
    [
        pytest.param(10, 200, 200, id="ours"),
        pytest.param(4, 200, 403, id="nobody's"),
        pytest.param(50, 200, 403, id="another user's"),
        pytest.param(53, 403, 200, id="ours, but not to be read"),
    ],
)
def test_a_job_is_cancelled_by_its_owner_only(canvas: Canvas, job: int, readable: int, cancelled: int) -> None:
    assert canvas.get(job).status_code == readable
    answer = canvas.cancel(job, "stop")
    assert answer.status_code == cancelled
    if cancelled == 200:
        assert answer.json()["workflow_state"] == "failed"
    else:
        assert canvas.state(job) == "queued"
