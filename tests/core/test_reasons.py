from __future__ import annotations

import json
from dataclasses import replace

from canvas_progress.core.errors import NoSuchJobError
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.reasons import has_more_to_show, reason_in, reason_of
from canvas_progress.core.watched import Watched
from cases import table
from jobs import a_job, a_target, an_answer

FIRST = {"assignment_id": 301, "due_at": ["must be before\nthe lock date"]}
LINK = "https://example.edu/files/7/download?verifier="
MANY = [{"assignment_id": number} for number in range(100)]


@table(
    "state message results said",
    {
        "the message": ("failed", "no such course\nat all", [FIRST], "no such course at all"),
        "results, on one line": ("failed", None, [FIRST], json.dumps([FIRST])),
        "results, if the message is empty": ("failed", "", [FIRST], json.dumps([FIRST])),
        "results without a signature": ("failed", None, [f"{LINK}S3CRET"], f'["{LINK}********"]'),
        "results without what a terminal obeys": ("failed", None, ["\x9b2J"], '["\\x9b2J"]'),
        "the beginning of long results": ("failed", None, MANY, f"{json.dumps(MANY)[:200]}…"),
        "nothing of empty results": ("failed", None, [], None),
        "nothing of none": ("failed", None, None, None),
        "nothing of a job that has completed": ("completed", None, [FIRST], None),
        "nothing that the outcome says": ("failed", "canceled", None, None),
    },
)
def test_a_reason_is_the_message_or_the_results_in_short(
    state: str, message: str | None, results: object, said: str | None
) -> None:
    assert reason_in(a_job(state, message=message, results=results)) == said


@table(
    "job more",
    {
        "long results": (a_job("failed", results=MANY), True),
        "short results": (a_job("failed", results=[FIRST]), False),
        "a message beside them": (a_job("failed", message="x", results=MANY), False),
        "results of a success": (a_job("completed", results=MANY), False),
        "no results": (a_job("failed"), False),
        "warnings": (replace(a_job("completed"), warnings=4), True),
    },
)
def test_there_is_more_where_results_are_cut(job: object, *, more: bool) -> None:
    assert has_more_to_show(job) is more  # type: ignore[arg-type]


def test_a_program_gets_the_whole_message_of_what_did_not_complete_and_nothing_of_the_rest() -> None:
    failed = an_answer("failed", message="no such course\nat all")
    missing = NoSuchJobError("there is no progress 1")
    assert reason_of(Watched(a_target(), failed, outcome=Outcome.FAILED)) == "no such course\nat all"
    assert reason_of(Watched(a_target(), an_answer("failed", results=[1]), outcome=Outcome.FAILED)) == "[1]"
    assert reason_of(Watched(a_target(), failed, outcome=Outcome.GONE, error=missing)) == missing.message
    assert reason_of(Watched(a_target(), an_answer("completed", message="all"), outcome=Outcome.COMPLETED)) is None
    assert reason_of(Watched(a_target(), an_answer("running", message="17 of 30"))) is None
    assert reason_of(Watched(a_target())) is None
