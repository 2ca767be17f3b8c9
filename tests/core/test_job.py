from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from canvas_progress.core.errors import OversizedAnswerError, UnreadableJobError
from canvas_progress.core.job import Job
from canvas_progress.core.json_values import on_one_line
from cases import refused, table
from jobs import a_job, a_progress, parse_job

MINIMAL = '{"id":5,"workflow_state":"running"}'
FULL = a_progress(
    id=5, completion=55.0, workflow_state="failed", message="no", results={"updated_count": 3}, updated_at=None
)


def test_every_key_that_canvas_sends_is_read() -> None:
    job = parse_job(FULL)
    created = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert job == Job(
        id=5,
        state="failed",
        completion=55.0,
        tag="course_batch_update",
        context_type="Course",
        context_id=812,
        user_id=7,
        created_at=created,
        updated_at=None,
        message="no",
        results='{"updated_count": 3}',
        verbatim=on_one_line(FULL),
    )


def test_when_canvas_last_wrote_a_job_is_told_apart_from_when_it_was_created() -> None:
    job = parse_job(a_progress(updated_at="2026-11-23T04:00:00Z"))
    assert (job.created_at, job.updated_at) == (
        datetime(2026, 11, 23, 3, tzinfo=UTC),
        datetime(2026, 11, 23, 4, tzinfo=UTC),
    )


def test_an_id_and_a_state_are_enough_for_a_progress() -> None:
    assert parse_job(MINIMAL) == Job(5, "running", verbatim=MINIMAL)


OPTIONAL = ("completion", "tag", "context_type", "context_id", "user_id", "created_at", "updated_at", "message")


@pytest.mark.parametrize("key", [*OPTIONAL, "results"])
def test_a_key_that_is_null_reads_like_one_that_is_missing(key: str) -> None:
    assert getattr(parse_job(a_progress(**{key: None})), key) is None


@pytest.mark.parametrize("key", OPTIONAL)
@pytest.mark.parametrize("value", [True, [1], {"a": 1}])
def test_a_key_of_the_wrong_type_reads_like_one_that_is_missing(key: str, value: object) -> None:
    assert getattr(parse_job(a_progress(**{key: value})), key) is None


def test_keys_that_this_version_does_not_know_change_nothing_but_the_verbatim_text() -> None:
    assert a_job(delayed_job_id=9).id == a_job().id
    assert '"delayed_job_id":9' in a_job(delayed_job_id=9).verbatim


@pytest.mark.parametrize("key", ["id", "context_id", "user_id"])
def test_an_id_sent_as_a_string_is_read_as_a_number(key: str) -> None:
    assert getattr(a_job(**{key: "10000000000023"}), key) == 10000000000023


@pytest.mark.parametrize("value", ["", "abc", "1.5", "-1", "\u0661", "9" * 31])
def test_a_string_that_is_no_number_is_no_user(value: str) -> None:
    assert a_job(user_id=value).user_id is None


def test_integers_beyond_the_reach_of_floats_are_read_exactly() -> None:
    assert a_job(user_id=89000000000004669).user_id == 89000000000004669


@pytest.mark.parametrize(
    ("written", "percent"), [("55.0", 55), ("55", 55), ("1e2", 100), ("0", 0), ("33.333333333333336", 100 / 3)]
)
def test_completion_is_a_number_however_it_is_written(written: str, percent: float) -> None:
    assert parse_job(f'{{"id":1,"workflow_state":"running","completion":{written}}}').completion == percent


@pytest.mark.parametrize("written", ["1e999", "-1e999", "1" + "0" * 400, '"55"', "true"])
def test_completion_that_is_no_finite_number_is_none(written: str) -> None:
    assert parse_job(f'{{"id":1,"workflow_state":"running","completion":{written}}}').completion is None


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23T03:00:00Z",
        "2026-11-23T03:00:00",
        "2026-11-22T20:00:00-07:00",
        "2026-11-23T08:30:00+05:30",
        "2026-11-23T03:00:00.000Z",
    ],
)
def test_a_time_is_read_whatever_its_offset(written: str) -> None:
    assert a_job(created_at=written).created_at == datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+05:00", 1795402800])
def test_what_is_no_time_is_none(written: object) -> None:
    assert a_job(created_at=written).created_at is None


@pytest.mark.parametrize(
    ("results", "text"),
    [
        ({"updated_count": 17}, '{"updated_count": 17}'),
        ([{"assignment_id": 3, "name": ["zu früh"]}], '[{"assignment_id": 3, "name": ["zu früh"]}]'),
        ("done", '"done"'),
        (0, "0"),
        (False, "false"),
        ({}, "{}"),
        ([], "[]"),
    ],
)
def test_results_of_any_shape_are_kept_as_json(results: object, text: str) -> None:
    assert a_job("completed", results=results).results == text


@pytest.mark.parametrize(
    ("type_", "id_", "context"),
    [("Course", 812, "Course 812"), ("Course", None, "Course"), (None, 812, "812"), (None, None, None)],
)
def test_the_context_is_told_with_what_there_is_of_it(type_: str | None, id_: int | None, context: str | None) -> None:
    assert a_job(context_type=type_, context_id=id_).context == context


def test_a_job_knows_its_outcome_from_state_and_message() -> None:
    assert a_job("failed", message="canceled").outcome == "canceled"


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1,"id":5,"a":2,"workflow_state":"x"}',
        '{"id":5,"workflow_state":"x","completion":1e2}',
        '{"id":5,"workflow_state":"x","completion":55.0}',
        '{"id":9007199254740993,"workflow_state":"x"}',
        '{"id":5,"workflow_state":"x","message":"\\u003cb\\u003e"}',
        '{"id":5,"workflow_state":"x","message":"ä \\"quoted\\" \\\\ \\n"}',
        '{"id":5,"workflow_state":"x","new":{"id":[1,{"id":"2"}],"z":null}}',
        '{"id":5,"workflow_state":"x","message":"one, two : three"}',
    ],
)
def test_what_canvas_sent_is_kept_to_the_letter(text: str) -> None:
    assert parse_job(text).verbatim == text


def test_the_verbatim_text_is_one_line_without_white_space_between_its_tokens() -> None:
    pretty = '\n{\r\n\t"id" : 5 ,\n  "workflow_state": "a b",\n  "list": [ 1,\t2 ]\n}\n'
    assert parse_job(pretty).verbatim == '{"id":5,"workflow_state":"a b","list":[1,2]}'


def test_a_byte_order_mark_in_front_is_dropped() -> None:
    assert parse_job(f"\ufeff{MINIMAL}").verbatim == MINIMAL


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x9b", "\u2028", "\u2029"])
def test_a_character_that_a_terminal_may_obey_is_escaped_in_the_verbatim_text(character: str) -> None:
    text = json.dumps({"id": 5, "workflow_state": "x", "message": character}, ensure_ascii=False)
    verbatim = parse_job(text).verbatim
    assert character not in verbatim
    assert json.loads(verbatim)["message"] == character


def test_a_job_does_not_spread_its_verbatim_text_over_a_traceback() -> None:
    assert "verbatim" not in repr(parse_job(FULL))


HEAD = '{"id":1,"workflow_state":"completed",'
NO_JSON = [
    *("", " ", "{", "<html>", "{'id': 5}", f"while(1);{MINIMAL}", "{" + '"a":' * 99, "\x00", MINIMAL + "}"),
    *("[" * 100_000, f'{HEAD}"results":{"[" * 100_000}{"]" * 100_000}}}', f'{{"id":{"9" * 100_000},{HEAD[8:]}}}'),
    *(f'{HEAD}"completion":{constant}}}' for constant in ("NaN", "Infinity", "-Infinity")),
]
NO_OBJECT = ["null", "5", '"running"', "[]", f"[{MINIMAL}]", "true"]
NO_PROGRESS = [
    "{}",
    '{"id":5}',
    '{"workflow_state":"running"}',
    '{"id":null,"workflow_state":"running"}',
    '{"id":true,"workflow_state":"running"}',
    '{"id":5.0,"workflow_state":"running"}',
    '{"id":"abc","workflow_state":"running"}',
    '{"id":0,"workflow_state":"running"}',
    '{"id":9223372036854775808,"workflow_state":"running"}',
    '{"id":5,"workflow_state":null}',
    '{"id":5,"workflow_state":3}',
    '{"errors":[{"message":"no"}]}',
    f'{{"progress":{MINIMAL}}}',
]


@table(
    "texts message",
    {
        "no JSON": (NO_JSON, "the answer is not valid JSON"),
        "no object": (NO_OBJECT, "the answer is JSON, but not an object"),
        "no Progress": (NO_PROGRESS, "the answer is JSON, but not a Progress: it has no `id` and `workflow_state`"),
    },
)
def test_what_is_no_progress_is_told_so(texts: list[str], message: str) -> None:
    for text in texts:
        assert refused(UnreadableJobError, parse_job, text) == (message, None), text[:80]


@pytest.mark.parametrize("depth", [10, 500])
def test_results_may_be_nested_deeply(depth: int) -> None:
    results = "[" * depth + "]" * depth
    assert parse_job(f'{{"id":1,"workflow_state":"completed","results":{results}}}').results == results


@pytest.mark.parametrize("values", ["0," * 400_000 + "0", "[]," * 200_000 + "0", "{}," * 200_000 + "0"])
def test_an_answer_of_more_values_than_memory_should_hold_is_refused_unread(values: str) -> None:
    with pytest.raises(OversizedAnswerError, match=r"^the answer is JSON of more values than any Progress has$"):
        parse_job(f'{{"id":5,"workflow_state":"running","results":[{values}]}}')


def test_an_answer_of_many_values_is_read() -> None:
    zeros = ",".join(["0"] * 399_997)
    assert parse_job(f'{{"id":5,"workflow_state":"running","results":[{zeros}]}}').id == 5


@pytest.fixture
def _far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "IST-5:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_far_from_greenwich")
def test_a_time_without_an_offset_is_utc_wherever_this_machine_is() -> None:
    assert a_job(created_at="2026-11-23T03:00:00").created_at == datetime(2026, 11, 23, 3, tzinfo=UTC)
