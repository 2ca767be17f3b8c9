from __future__ import annotations

import json

import pytest

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.errors import RefusedError, UnreadableJobError, UsageError
from canvas_progress.core.job_finder import _json_values, jobs_in, linked_job
from canvas_progress.core.refs import JobRef
from cases import refused
from jobs import SCHOOL, a_progress

HOST = "https://canvas.example.edu"
URL = f"{HOST}/api/v1/progress/12"
HERE = [JobRef(12, base=SCHOOL)]

INSIDE = {"id": 12, "workflow_state": "queued", "tag": "x", "completion": None}
HEADERS = "HTTP/2 100\r\n\r\nHTTP/2 200\r\ncontent-type: application/json\r\n\r\n"

# What each endpoint of Canvas that starts a job answers, reduced to what matters.
ANSWERS: dict[str, object] = {
    "a Progress without its URL": {"id": 12, "workflow_state": "queued", "completion": 0},
    "content migration": {"id": 7, "workflow_state": "running", "progress_url": URL},
    "content export": {"id": 8, "workflow_state": "exporting", "progress_url": URL, "user_id": 3},
    "ePub export": {"id": 8, "progress_id": 12, "workflow_state": "created"},
    "ePub export with both": {"epub_export": {"progress_url": URL, "progress_id": 12}},
    "quiz report": {"id": 5, "progress_url": URL, "progress": INSIDE},
    "modules": {"completed": None, "progress": {"progress": INSIDE}},
    "nested twice, with id and state alone": {"progress": {"progress": {"id": 12, "workflow_state": "queued"}}},
    "a list of them": {"progress": [{"id": 12, "workflow_state": "queued"}]},
    "a state of tomorrow, and a URL of its own": {"id": 12, "workflow_state": "paused", "url": URL},
    "nested in a list": {"progress": [{"progress": {"id": 12, "workflow_state": "queued"}}]},
    "GraphQL by its type": {"data": {"node": {"__typename": "Progress", "_id": "12"}}},
    "GraphQL by its completion": {"data": {"node": {"_id": "12", "state": "running", "completion": 3}}},
    "course pace": {"course_pace": {"id": 3, "workflow_state": "active"}, "progress": INSIDE | {"url": URL}},
    "file from a URL": {"upload_url": "https://files.example.org/x", "progress": INSIDE},
    "gradebook CSV": {"progress_id": "12", "attachment_id": 99, "filename": "grades.csv"},
    "jobs unstuck": {"status": "pending", "progress": INSIDE},
    "GraphQL": {"data": {"postAssignmentGrades": {"progress": {"_id": "12", "state": "queued"}}}},
    "our own event": {"schema": 1, "event": "seen", "ref": "12", "job": INSIDE},
}
STARTED = {name: json.dumps(answer) for name, answer in ANSWERS.items()} | {
    "the Progress itself": a_progress(id=12, url=URL),
    "with the headers of curl -i": HEADERS + a_progress(id=12, url=URL),
}


@pytest.mark.parametrize("answer", STARTED.values(), ids=STARTED)
def test_the_job_is_found_in_what_canvas_answered(answer: str) -> None:
    assert [ref.id for ref in jobs_in(answer)] == [12]


ERROR = "Canvas answered with an error: "
PAGE = "standard input is a web page{}, and no answer of Canvas's API"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"errors":[{"message":"Invalid access token."}]}', f"{ERROR}Invalid access token."),
        ('HTTP/2 401\r\nx: y\r\n\r\n{"status":"unauthenticated","errors":[{"message":"No."}]}', f"{ERROR}No."),
        ('{"errors":{"name":[{"message":"is too long"}]}}', f"{ERROR}name: is too long"),
        ('{"error":"invalid_client","error_description":"unknown"}', f"{ERROR}unknown"),
        ('{"message":"disabled","error_report_id":7}', f"{ERROR}disabled"),
        ('[] {"errors":["a\\u001bb"]}', f"{ERROR}a\\x1bb"),
        (json.dumps({"errors": ["x" * 500]}), f"{ERROR}{'x' * 200}…"),
        ('{"errors":[]}', "the JSON on standard input has no job in it"),
        ('{"id":5,"message":"hello"}', "the JSON on standard input has no job in it"),
        ("\n<!DOCTYPE html>\n<title>\n Log in\n to Canvas </title>", PAGE.format(' ("Log in to Canvas")')),
        ("<html><body>12</body></html>", PAGE.format("")),
    ],
)
def test_an_error_or_a_page_in_the_place_of_an_answer_is_quoted(text: str, message: str) -> None:
    assert refused(UsageError, jobs_in, text)[0] == message


def test_an_answer_with_a_job_and_an_error_has_the_job() -> None:
    assert [ref.id for ref in jobs_in(json.dumps({"errors": ["one"], "progress": INSIDE}))] == [12]


def test_an_lti_score_has_its_jobs_in_its_content_items() -> None:
    score = {
        "resultUrl": f"{HOST}/api/lti/courses/7/line_items/1/results/2",
        "https://canvas.instructure.com/lti/submission": {
            "content_items": [
                {"type": "file", "progress": f"{HOST}/api/lti/courses/7/progress/12"},
                {"type": "file", "progress": f"{HOST}/api/lti/courses/7/progress/13"},
            ]
        },
    }
    assert jobs_in(json.dumps(score)) == (JobRef(12, course=7, base=SCHOOL), JobRef(13, course=7, base=SCHOOL))


def test_ids_and_urls_come_one_on_a_line() -> None:
    assert jobs_in(f"12\n\n# mine\n1~23\r\n {URL}.json \n") == (JobRef(12), JobRef(10000000000023), *HERE)


def test_our_own_plain_output_can_be_piped_back_in() -> None:
    assert jobs_in("12\trunning\t63\tcourse_batch_update\t\t\t17 courses\n") == (JobRef(12),)


def test_arrays_and_lines_of_json_keep_their_order() -> None:
    array = f"[{a_progress(id=3, url=None)}, {a_progress(id=1, url=None)}]"
    lines = f"{a_progress(id=3, url=None)}\n{a_progress(id=1, url=None)}\n"
    assert [ref.id for ref in jobs_in(array)] == [ref.id for ref in jobs_in(lines)] == [3, 1]


def test_plain_ids_in_json_go_to_the_course_that_was_named() -> None:
    assert jobs_in('{"progress_id": 12}', course=7) == (JobRef(12, course=7),)


def test_a_url_that_canvas_wrote_is_told_from_one_that_was_typed() -> None:
    (written,) = jobs_in(json.dumps({"progress_url": URL.replace("https", "http")}))
    assert (written.base, written.is_written) == (parse_base_url("http://canvas.example.edu", allow_http=True), True)
    assert not jobs_in(URL)[0].is_written


@pytest.mark.parametrize(
    "shape",
    [
        {"id": 12, "workflow_state": "hibernating", "tag": "x", "completion": None},
        {"id": 12, "workflow_state": "running", "completion": 5},
        {"id": "12", "workflow_state": "running", "tag": "x"},
        {"completed": None, "progress": {"progress": {"id": 12, "workflow_state": "queued"}}},
        {"data": {"x": {"progress": {"_id": "12", "state": "queued"}}}},
    ],
)
def test_a_progress_is_known_by_what_it_alone_has(shape: dict[str, object]) -> None:
    assert [ref.id for ref in jobs_in(json.dumps(shape))] == [12]


@pytest.mark.parametrize("answer", ["2", "[2]", "", "null", '"2"', f'{{"id": 4, "progress_url": "{URL}"}}'])
def test_the_answer_about_something_else_has_to_be_about_it(answer: str) -> None:
    with pytest.raises(UnreadableJobError):
        linked_job(answer, "/api/v1/courses/1/content_migrations/3")


def test_something_that_was_queued_names_its_job_and_one_that_was_not_names_none() -> None:
    path = "/api/v1/courses/1/content_migrations/3"
    assert [ref.id for ref in linked_job(json.dumps({"id": 3, "progress_url": URL}), path)] == [12]
    assert linked_job('{"id": 3, "progress_url": null}', path) == ()


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/api/v1/courses/5/content_migrations/7/migration_issues", "/api/v1/courses/5/content_migrations/7"),
        ("/lms/api/v1/users/2/content_migrations/1~7/migration_issues", "/api/v1/users/2/content_migrations/1~7"),
        ("/courses/5/content_migrations/7/migration_issues", None),
        ("/api/v1/courses/5/content_migrations/x/migration_issues", None),
        ("/api/v1/courses/5/content_migrations/7", None),
    ],
)
def test_a_migration_is_read_along_with_its_job_where_the_url_of_its_issues_says_where_it_is(
    path: str, owner: str | None
) -> None:
    base = f"{HOST}/lms" if path.startswith("/lms") else HOST
    answer = {"id": 7, "progress_url": f"{base}/api/v1/progress/12", "migration_issues_url": f"{HOST}{path}"}
    (ref,) = jobs_in(json.dumps(answer))
    assert ref == JobRef(12, base=parse_base_url(base), parent_path=owner)
    assert ref.is_written


def test_a_migration_of_one_canvas_has_no_job_of_another() -> None:
    elsewhere = "https://canvas.example.org/api/v1/courses/5/content_migrations/7/migration_issues"
    with pytest.raises(RefusedError, match="a job of another Canvas"):
        jobs_in(json.dumps({"id": 7, "progress_url": URL, "migration_issues_url": elsewhere}))


def test_a_development_canvas_on_this_machine_keeps_its_http() -> None:
    url = "http://localhost:3000/api/v1/progress/12"
    assert jobs_in(json.dumps({"progress_url": url}))[0].base == parse_base_url("http://localhost:3000")


def test_integers_of_any_size_survive() -> None:
    assert jobs_in('{"progress_id": 9010000000000001}') == (JobRef(9010000000000001),)


@pytest.mark.parametrize(
    "text",
    [
        '{"id":1,"subject":"x","workflow_state":"created","completion":0.1785,"tags":[],"message":{"id":2}}',
        '{"id": 9, "workflow_state": "active", "tag": "module_item"}',
        '{"id": 1, "progress": {"id": 5, "workflow_state": "active", "type": "StudentEnrollment"}}',
        '{"id": 1, "progress": {"id": 5, "workflow_state": "completed", "type": "StudentEnrollment"}}',
        '{"id": 1, "workflow_state": "running", "completion": true}',
        '{"id": 1, "workflow_state": "running", "completion": {"at": 5}}',
        "{" + '"a":{' * 20 + '"progress_id":12' + "}" * 21,  # deeper than any reason to look
        '{"id": 7, "workflow_state": "imported", "progress": 100}',
        '{"id": 7, "workflow_state": "pre_processing", "progress_url": null}',
        "[]",
        '{"progress": null}',
        '{"id": 1, "workflow_state": "imported", "progress": "100"}',
        '{"id": 1, "progress_url": "100"}',
        '{"id": 1, "progress_url": "https://canvas.example.edu/files/7"}',
        '{"progress": "https://canvas.example.edu/courses/7"}',
        '{"progress": "7"}',
        '{"progress": ["7"]}',
        '{"data": {"course": {"_id": "7", "state": "completed"}}}',
        '{"id": 7, "workflow_state": "available"}',
        '{"schema": 1, "event": "summary", "outcomes": {"7": "completed"}, "requests": 17}',
    ],
)
def test_json_without_a_job_says_what_was_looked_for(text: str) -> None:
    message, hint = refused(UsageError, jobs_in, text)
    assert message == "the JSON on standard input has no job in it"
    assert (hint or "").startswith("looked for `progress_url`, `progress_id`, `progress`")
    assert (hint or "").endswith("a job itself with its `id` and `workflow_state` (of an account report `status`)")


@pytest.mark.parametrize("text", ["", "\n \n", "# nothing\n"])
def test_nothing_at_all_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="standard input has no job in it"):
        jobs_in(text)


@pytest.mark.parametrize(("text", "line"), [('{"id": 1', 1), ('{"progress_id": 1}\n{"x": }', 2), ("[" * 100_000, 1)])
def test_broken_json_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(UsageError, match=f"looks like JSON, but is not: see line {line}"):
        jobs_in(text)


def test_a_line_that_is_no_job_is_named() -> None:
    with pytest.raises(UsageError, match="`twelve` is not a job"):
        jobs_in("12\ntwelve\n")


def test_a_url_of_another_job_beside_an_id_is_an_error() -> None:
    with pytest.raises(UsageError, match="has the id 12, and the URL of another one: 13"):
        jobs_in(a_progress(id=12, url=f"{HOST}/api/v1/progress/13"))


def test_an_id_on_a_shard_agrees_with_its_short_url() -> None:
    assert jobs_in(a_progress(id=10000000000012, url=f"{HOST}/api/v1/progress/1~12"))[0].id == 10000000000012


class Counting(str):
    """A text that counts how many of its characters are copied."""

    __slots__ = ()
    copied = 0

    def __getitem__(self, key: object) -> str:
        part = super().__getitem__(key)  # type: ignore[index]
        Counting.copied += len(part)
        return part


def test_lines_of_json_are_read_without_copying_what_follows_each() -> None:
    text = Counting("".join(f'{{"progress_id":{id_}}}\n' for id_ in range(1, 2001)))
    Counting.copied = 0
    assert len(list(_json_values(text))) == 2000
    assert Counting.copied < len(text)


def test_a_progress_without_a_url_is_named_by_its_id() -> None:
    (found,) = jobs_in(json.dumps(INSIDE), course=9)
    assert (found.id, found.course, found.text) == (12, 9, "12")


def test_a_line_of_our_own_names_its_job_by_its_url() -> None:
    (ref,) = jobs_in(json.dumps({"schema": 1, "ref": "12", "url": URL, "outcome": "running"}))
    assert (ref, ref.is_written) == (JobRef(12, base=SCHOOL), False)
