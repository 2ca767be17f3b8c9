"""What a client may count on when it shows and cancels jobs of the simulated Canvas, through both of its doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from canvas_doors import Canvas

_KEYS = {
    "id",
    "context_id",
    "context_type",
    "user_id",
    "tag",
    "completion",
    "workflow_state",
    "created_at",
    "updated_at",
    "message",
    "url",
}


def test_a_pending_progress_has_exactly_the_documented_keys(canvas: Canvas) -> None:
    assert set(canvas.get(1).json()) == _KEYS


def test_results_appear_once_a_job_has_ended(canvas: Canvas) -> None:
    assert "results" not in canvas.get(42).json()
    canvas.clock.advance(6)
    assert canvas.get(42).json()["results"]["assignment_id"] == 301


def test_results_that_are_null_are_left_out(canvas: Canvas) -> None:
    canvas.state(1, after=0)
    assert canvas.state(1, after=10) == "completed"
    assert set(canvas.get(1).json()) == _KEYS


def test_results_are_hidden_while_a_job_waits_for_a_tool(canvas: Canvas) -> None:
    canvas.get(32)
    assert canvas.state(32, after=5) == "waiting_for_external_tool"
    assert "results" not in canvas.get(32).json()
    assert canvas.state(32, after=10) == "completed"
    assert canvas.get(32).json()["results"] == {"total_count": 3}


def test_the_clock_of_a_job_starts_when_it_is_first_asked_for(canvas: Canvas) -> None:
    canvas.clock.advance(1000)
    assert canvas.state(1) == "queued"
    assert canvas.state(1, after=2) == "running"
    assert canvas.state(1, after=4) == "completed"


def test_created_at_is_the_moment_of_the_first_request_in_utc(canvas: Canvas) -> None:
    assert canvas.get(1).json()["created_at"] == "2027-01-15T08:00:00Z"


def test_a_job_of_yesterday_was_created_yesterday(canvas: Canvas) -> None:
    job = canvas.get(9).json()
    assert (job["created_at"], job["updated_at"]) == ("2027-01-14T08:00:00Z", "2027-01-14T08:00:20Z")


def test_timestamps_may_have_an_offset(canvas: Canvas) -> None:
    assert canvas.get(55).json()["created_at"] == "2027-01-15T02:00:00-06:00"


def test_completion_is_null_and_then_a_float(canvas: Canvas) -> None:
    assert canvas.get(1).json()["completion"] is None
    canvas.clock.advance(2)
    assert '"completion":20.0,' in canvas.get(1).text


def test_all_spellings_of_an_id_name_the_same_job(canvas: Canvas) -> None:
    assert {canvas.get(spelling).json()["id"] for spelling in ("23", "23.json", "1~23", "10000000000023")} == {23}


def test_a_job_of_another_shard_has_its_short_form_in_its_url(canvas: Canvas) -> None:
    job = canvas.get("2~23").json()
    assert job["id"] == 20000000000023
    assert job["url"].endswith("/api/v1/progress/2~23")


def test_an_id_beyond_what_a_double_can_hold_is_exact(canvas: Canvas) -> None:
    assert '"id":9010000000000001,' in canvas.get(9010000000000001).text


def test_a_url_names_the_host_that_was_asked(canvas: Canvas) -> None:
    assert canvas.get(1).json()["url"] == str(canvas.client.base_url.join("/api/v1/progress/1"))


def test_ids_are_strings_at_any_depth_when_the_client_asks_for_it(canvas: Canvas) -> None:
    canvas.get(42)
    canvas.clock.advance(6)
    job = canvas.get(42, accept="application/json+canvas-string-ids").json()
    assert (job["id"], job["user_id"], job["context_id"]) == ("42", "10", "301")
    assert job["results"] == {"assignment_id": "301", "posted_at": None, "submission_ids": ["9007199254740993", "8"]}


def test_ids_in_lists_of_objects_are_strings_too(canvas: Canvas) -> None:
    canvas.get(43)
    canvas.clock.advance(6)
    job = canvas.get(43, accept="application/json+canvas-string-ids").json()
    assert job["results"]["errors"] == [{"assignment_id": "303", "error": "moderated", "student_id": "71"}]


def test_no_id_is_a_string_otherwise(canvas: Canvas) -> None:
    job = canvas.get(42).json()
    assert (job["id"], job["user_id"], job["context_id"]) == (42, 10, 301)


def test_a_head_has_the_headers_of_a_get_and_no_body(canvas: Canvas) -> None:
    got, head = canvas.get(1), canvas.client.head("/api/v1/progress/1")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_canvas_tells_who_asks_and_which_request_it_was(canvas: Canvas) -> None:
    first, second = canvas.get(1), canvas.get(1)
    assert first.headers["x-canvas-user-id"] == "10000000000010"
    assert first.headers["x-request-context-id"] != second.headers["x-request-context-id"]
    assert first.headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"


def test_header_names_of_canvas_are_lower_case(canvas: Canvas) -> None:
    names = [name for name, _ in canvas.get(1).headers.raw]
    assert names == [name.lower() for name in names]


def test_markup_in_a_message_is_escaped_as_rails_does(canvas: Canvas) -> None:
    canvas.get(48)
    canvas.clock.advance(6)
    answer = canvas.get(48)
    assert "\\u003cb\\u003e\\u0026amp;" in answer.text
    assert answer.json()["results"]["html"] == "<b>&amp;</b>"


def test_control_characters_reach_the_client(canvas: Canvas) -> None:
    canvas.get(47)
    canvas.clock.advance(6)
    message = canvas.get(47).json()["message"]
    assert {"\u001b", "\u009b", "\u202e", "\u0000"} <= set(message)


def test_a_job_can_vanish_between_two_requests(canvas: Canvas) -> None:
    assert canvas.get(44).status_code == 200
    canvas.clock.advance(6)
    assert canvas.get(44).status_code == 404


def test_results_can_come_after_the_end(canvas: Canvas) -> None:
    canvas.get(33)
    canvas.clock.advance(5)
    assert canvas.get(33).json()["workflow_state"] == "completed"
    assert "results" not in canvas.get(33).json()
    canvas.clock.advance(2)
    assert canvas.get(33).json()["results"] == {"updated_count": 12}


def test_a_canceled_job_has_the_updated_at_of_its_last_real_write(canvas: Canvas) -> None:
    before = canvas.get(6).json()
    canvas.clock.advance(5)
    after = canvas.get(6).json()
    assert (after["workflow_state"], after["message"]) == ("canceled", None)
    assert after["updated_at"] == before["updated_at"]


@pytest.mark.parametrize(
    ("query", "content_type", "body"),
    [
        ("", "application/x-www-form-urlencoded", b"message=stop+%26+go"),
        ("?message=unused", "application/json", b'{"message": "stop & go"}'),
        ("?message=stop%20%26%20go", "text/plain", b"message=unused"),
        ("?message=stop+%26+go", "application/x-www-form-urlencoded", b"other=x"),
        ("?message=unused&message=stop+%26+go", "application/json", b'["message"]'),
    ],
    ids=["form", "json", "query", "query beside a form", "query beside json"],
)
def test_a_cancel_fails_the_job_with_its_message_however_it_is_sent(
    canvas: Canvas, query: str, content_type: str, body: bytes
) -> None:
    path = f"/api/v1/progress/3/cancel{query}"
    job = canvas.client.post(path, content=body, headers={"content-type": content_type}).json()
    assert (job["workflow_state"], job["message"]) == ("failed", "stop & go")
    assert canvas.get(3).json() == job


def test_a_cancel_without_a_message_wipes_the_one_there_was(canvas: Canvas) -> None:
    assert canvas.get(25).json()["message"] == "17 courses processed"
    assert canvas.cancel(25).json()["message"] is None


def test_a_cancel_rewrites_a_finished_job(canvas: Canvas) -> None:
    assert canvas.state(25) == "completed"
    cancelled = canvas.cancel(25, "too late").json()
    assert (cancelled["workflow_state"], cancelled["message"], cancelled["completion"]) == ("failed", "too late", 100.0)


def test_a_cancel_never_makes_a_job_canceled(canvas: Canvas) -> None:
    canvas.cancel(10)
    assert canvas.state(10) == "failed"


def test_a_repeated_cancel_succeeds_and_takes_the_new_message(canvas: Canvas) -> None:
    canvas.cancel(10, "first")
    assert canvas.cancel(10, "second").status_code == 200
    assert canvas.get(10).json()["message"] == "second"


def test_a_job_that_belongs_to_nobody_cannot_be_cancelled(canvas: Canvas) -> None:
    assert canvas.get(4).json()["user_id"] is None
    assert canvas.cancel(4, "stop").status_code == 403
    assert canvas.state(4) == "queued"


def test_a_job_of_another_user_cannot_be_cancelled(canvas: Canvas) -> None:
    assert canvas.get(50).status_code == 200
    assert canvas.cancel(50, "stop").status_code == 403


def test_a_job_that_may_not_be_read_can_be_cancelled_by_its_owner(canvas: Canvas) -> None:
    assert canvas.get(53).status_code == 403
    assert canvas.cancel(53, "stop").json()["workflow_state"] == "failed"


def test_a_vanished_job_cannot_be_cancelled(canvas: Canvas) -> None:
    canvas.get(44)
    canvas.clock.advance(10)
    assert canvas.cancel(44).status_code == 404


def test_a_cancel_in_broken_json_is_a_bad_request(canvas: Canvas) -> None:
    headers = {"content-type": "application/json"}
    answer = canvas.client.post("/api/v1/progress/3/cancel", content=b"{'message'", headers=headers)
    assert answer.status_code == 400
    assert canvas.state(3) == "queued"


@pytest.mark.parametrize(("text", "column"), [("null", None), ("5", "5"), ('""', "")])
def test_a_json_message_is_cast_as_a_text_column_does(canvas: Canvas, text: str, column: str | None) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    answer = canvas.client.post("/api/v1/progress/3/cancel", content=f'{{"message": {text}}}', headers=headers)
    assert answer.json()["message"] == column
