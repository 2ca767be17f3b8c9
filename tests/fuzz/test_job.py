from __future__ import annotations

import json
import math
from datetime import UTC
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import IDS, SCALARS, TEXT, Json, json_of, mixture, spelled, tried
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.json_values import on_one_line
from canvas_progress.core.wording import visible
from cases import each
from jobs import parse_job

KNOWN = ("completion", "tag", "context_type", "context_id", "user_id", "created_at", "updated_at", "message", "results")
TIMES = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | st.sampled_from(
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "20261123T030000Z", "2026-W01"]
)
OTHERS = st.dictionaries(st.sampled_from(KNOWN) | TEXT, json_of(KNOWN) | TIMES, max_size=8)
RANDOMS = st.randoms(use_true_random=True)
PIECES = ['{"id":1,"workflow_state":"failed"', "\ufeff", *each('" \\ { } [ ] , : \\u00 1e999 NaN')]


@given(text=mixture(*PIECES))
@example(text="[" * 100_000)
@example(text='{"id":' + "1" * 5000 + ',"workflow_state":""}')
@example(text='{"id":1,"workflow_state":"","completion":NaN}')
@example(text='{"id":1,"workflow_state":"","completion":1e999}')
def test_any_text_is_a_job_or_an_error_of_ours(text: str) -> None:
    read = tried(lambda: parse_job(text))
    if isinstance(read, CanvasProgressError):
        assert read.message
    else:
        assert read.id > 0
        assert read.completion is None or math.isfinite(read.completion)


@given(id_=IDS, state=TEXT, others=OTHERS, random=RANDOMS)
@example(id_=1, state="failed", others={"created_at": "0001-01-01T00:00:00+14:00"}, random=Random(0))
@example(id_=1, state="failed", others={"completion": 10**400, "context_id": 10**40}, random=Random(0))
def test_any_object_with_an_id_and_a_state_is_a_job_with_values_that_can_be_used(
    id_: int, state: str, others: Json, random: Random
) -> None:
    document = others | {"id": id_, "workflow_state": state}
    job = parse_job(spelled(document, random))
    assert (job.id, job.state) == (id_, state)
    assert job.completion is None or math.isfinite(job.completion)
    assert all(moment is None or moment.tzinfo is UTC for moment in (job.created_at, job.updated_at))
    assert job.results is None or json.loads(job.results) == document["results"]
    assert json.loads(job.verbatim) == document
    assert parse_job(job.verbatim) == job


@given(value=json_of(), random=RANDOMS)
@example(value="\u202e\u2066\ufeff\U000e0041\x9b\x7f\u2028", random=Random(3))
@example(value={"a b": ['"\\', " \\\\", "\t"]}, random=Random(0))
def test_json_on_one_line_is_the_same_json_with_nothing_that_a_terminal_obeys(value: Json, random: Random) -> None:
    for text in (spelled(value, random), json.dumps(value, ensure_ascii=False)):
        line = on_one_line(text)
        assert _as_written(line) == _as_written(text)
        assert visible(line) == line
        assert on_one_line(line) == line


@given(text=st.builds(str.__add__, TEXT, mixture(*PIECES)))
def test_of_what_is_no_json_nothing_is_left_either_that_a_terminal_obeys(text: str) -> None:
    line = on_one_line(text)
    assert visible(line) == line


@given(values=st.lists(SCALARS, max_size=5), random=RANDOMS)
def test_on_one_line_there_is_no_space_between_the_tokens(values: list[Json], random: Random) -> None:
    shortest = ",".join(json.dumps(value) for value in values if not isinstance(value, str))
    assert on_one_line(spelled([value for value in values if not isinstance(value, str)], random)) == f"[{shortest}]"


def _as_written(text: str) -> Json:
    """Read JSON with numbers as they are spelled, and keys in their order, also those given twice."""
    return json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=tuple)
