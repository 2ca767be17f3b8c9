"""Any answer about a job that is no Progress is such a job, or one of our errors, and says no more than fits."""

from __future__ import annotations

import json
import math
from functools import partial
from random import Random
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import other_canvas as other
from arbitrary import IDS, TEXT, Json, json_of, mixture, spelled, tried
from canvas_progress.core.content_migrations import as_its_owner_says
from canvas_progress.core.errors import CanvasProgressError, UnreadableJobError, UsageError
from canvas_progress.core.job import Job
from canvas_progress.core.job_finder import jobs_in
from canvas_progress.core.json_values import object_in
from canvas_progress.core.kinds.kind import Kind
from canvas_progress.core.kinds.registry import KINDS
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.refs import kind_at, parse_ref
from canvas_progress.core.wording import glimpse, visible
from cases import each
from jobs import a_job

OTHERS: Final = {kind.name: kind for kind in KINDS[1:]}
RANDOMS: Final = st.randoms(use_true_random=True)
# Every key that one of the kinds looks at, with states of all of them.
KEYS: Final = each(
    "progress data counts warning_count error_count courses completed_importers error_message processing_errors "
    "processing_warnings errors_attachment attachment url file_url filename size report parameters extra_text "
    "current_line user user_id id comment created_at updated_at started_at ended_at imports_completed_at import_type "
    "batch_mode status workflow_state migration_issues_count migration_type sis_imports"
)
STATES: Final = each(
    "initializing created importing cleanup_batch imported imported_with_messages failed failed_with_messages aborted "
    "restoring restored partially_restored running compiling complete error deleted succeeded queued exporting "
    "imports_queued completed exports_failed imports_failed waiting_for_select"
)
MOST: Final = 2002  # characters that anybody sees of a message, with what is spelled out


def documents(*, with_id: bool = True) -> st.SearchStrategy[dict[str, Json]]:
    """Make an answer of any kind: an id and a state, and any values below the keys that are looked at."""
    states = st.sampled_from(STATES) | TEXT
    told = st.fixed_dictionaries({"id": IDS, "workflow_state": states, "status": states} if with_id else {})
    pairs = st.lists(st.lists(TEXT | st.integers() | st.none(), max_size=3) | TEXT, max_size=30)
    nested = st.dictionaries(st.sampled_from(KEYS) | TEXT, json_of(KEYS) | pairs, max_size=8)
    return st.builds(lambda one, other_: other_ | one, told, nested)


def of(state: str, **values: Json) -> dict[str, Json]:
    """Make an answer of any kind in this state."""
    return {"id": 1, "workflow_state": state, "status": state} | values


def is_usable(job: Job) -> None:
    assert 0 < job.id < 2**63
    assert job.outcome in Outcome
    assert job.completion is None or math.isfinite(job.completion)
    assert job.warnings >= 0
    assert visible(job.verbatim) == job.verbatim
    if job.message is not None:
        seen = glimpse(job.message)
        assert visible(seen) == seen
        assert len(seen) <= 8 * MOST


@pytest.mark.parametrize("kind", OTHERS.values(), ids=OTHERS)
@given(document=documents(), random=RANDOMS)
@example(document=of("complete", attachment={"filename": "x", "size": 10**400}), random=Random(0))
@example(document=of("complete", attachment={"filename": "x", "size": -1}), random=Random(0))
@example(document=of("running", current_line=10**4000), random=Random(0))
@example(document=of("imported", data={"counts": {"users": 10**4000}}), random=Random(0))
@example(document=of("imported_with_messages", data={"counts": {"warning_count": -1}}), random=Random(0))
@example(document=of("failed", processing_errors=[[{}, []], [1, None]]), random=Random(0))
def test_any_object_with_an_id_and_a_state_is_a_job(kind: Kind, document: dict[str, Json], random: Random) -> None:
    job = kind.parse(spelled(document, random), other.COLLECTIONS[kind.name])
    is_usable(job)
    assert (job.id, job.state) == (document["id"], document[kind.state_key])
    assert json.loads(job.verbatim) == document
    assert kind.parse(job.verbatim, other.COLLECTIONS[kind.name]) == job
    assert kind.cancel.what_follows(None, job) is not None
    assert kind.more_follows(job) in {True, False}


@pytest.mark.parametrize("kind", OTHERS.values(), ids=OTHERS)
@given(value=json_of((*KEYS, "id")) | documents(with_id=False), random=RANDOMS)
@example(value={"sis_imports": [[]]}, random=Random(0))
@example(value={"id": 0, "status": "x", "workflow_state": "x"}, random=Random(0))
@example(value=[{"id": 2**63, "status": "x", "workflow_state": "x"}], random=Random(0))
@example(value=[{"id": 1, "status": "x", "workflow_state": "\ud800"}], random=Random(0))
def test_any_json_is_jobs_or_no_such_thing(kind: Kind, value: Json, random: Random) -> None:
    text = spelled(value, random)
    for read in (tried(lambda: kind.parse(text, "")), tried(lambda: kind.parse_list(text, ""))):
        if isinstance(read, CanvasProgressError):
            assert isinstance(read, UnreadableJobError)
        else:
            for job in read if isinstance(read, list) else [read]:
                is_usable(job)


@given(text=mixture('{"id":1,"workflow_state":"failed"', '"status"', "{", "}", "[", "]", ",", ":", "\\u00", "1e999"))
@example(text="[" * 100_000)
@example(text='{"id":' + "1" * 5000 + ',"status":"x"}')
def test_any_text_is_jobs_or_an_error_of_ours(text: str) -> None:
    for kind in OTHERS.values():
        for parse in (kind.parse, kind.parse_list):
            read = tried(partial(parse, text, ""))
            assert not isinstance(read, CanvasProgressError) or read.message


@given(documents())
def test_whatever_is_recognised_is_named_so_that_it_is_found_again(document: dict[str, Json]) -> None:
    refs = tried(lambda: jobs_in(json.dumps(document)))
    if isinstance(refs, CanvasProgressError):
        assert isinstance(refs, UsageError)
        return
    for ref in refs:
        kind = kind_at(ref.collection)
        if ref.collection:
            assert parse_ref(kind.label(ref.collection, ref.id)) == ref


@given(owner=documents(), state=st.sampled_from(["queued", "running", "completed", "failed"]))
@example(owner={"id": 1, "workflow_state": "completed", "migration_issues_count": 10**400}, state="completed")
@example(owner={"id": 1, "workflow_state": "completed", "migration_issues_count": "9" * 30}, state="completed")
def test_whatever_an_owner_says_a_job_stays_one_or_the_answer_is_none(owner: dict[str, Json], state: str) -> None:
    for path in ("/api/v1/courses/1/content_migrations/1", "/api/v1/courses/1/content_exports/1"):
        values = object_in(json.dumps(owner))
        read = tried(partial(as_its_owner_says, a_job(state), values, path))
        if isinstance(read, CanvasProgressError):
            assert isinstance(read, UnreadableJobError)
        else:
            is_usable(read)


@given(st.sampled_from(["accounts", "courses"]), TEXT | st.from_regex("[0-9]{1,6000}", fullmatch=True))
@example("accounts", "1" * 5000)
@example("accounts", "²")
@example("accounts", "٣")
def test_any_account_or_course_of_a_url_is_a_context_or_none(name: str, part: str) -> None:
    kind = OTHERS["outcome_import"]
    job = kind.parse('{"id":1,"workflow_state":"x"}', f"/api/v1/{name}/{part}/outcome_imports")
    assert job.context is None or job.context.startswith(name[:-1].capitalize())
