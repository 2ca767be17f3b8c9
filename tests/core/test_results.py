from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest

from canvas_progress.core import exit_status, results
from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_attempt import Intent, checked_message
from canvas_progress.core.cancel_case import Case
from canvas_progress.core.cancel_conclusion import Action
from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import (
    CanvasProgressError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    RefusedError,
    TimeLimitError,
    UsageError,
)
from canvas_progress.core.masking import mask_typed
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.reads import Reads
from canvas_progress.core.results import CancelResult, JobFailedError, JobResult, JobTimeoutError
from jobs import a_target, an_answer, targets
from watching import START, a_watch, exchange

MISSING = NoSuchJobError("there is no progress 2")
LIKE_A_TOKEN = "7~abcdefghijklmnopqrstuvwxyz012345"


def a_result(**values: object) -> JobResult:
    return JobResult(**{"ref": "1", "id": 1, "kind": "progress", "url": "u", "outcome": Outcome.COMPLETED, **values})  # type: ignore[arg-type]


def test_a_result_has_what_canvas_said_in_our_words_and_in_its_own() -> None:
    watch = a_watch()
    exchange(watch, START, an_answer("completed", completion=100, message="done", tag="x", results={"id": 7}))
    (result,) = results.watched(watch)
    assert (result.ref, result.id, result.kind, result.outcome, result.state) == (
        "1",
        1,
        "progress",
        "completed",
        "completed",
    )
    assert (result.completion, result.message, result.tag, result.results) == (100.0, "done", "x", {"id": 7})
    assert result.json is not None
    assert result.json["workflow_state"] == "completed"
    assert result.ok
    assert not result.is_pending
    assert result.url == "https://canvas.example.edu/api/v1/progress/1"


def test_a_result_cannot_be_changed_and_compares_without_its_json() -> None:
    result = a_result(json={"id": 1})
    with pytest.raises(FrozenInstanceError):
        result.ref = "2"  # type: ignore[misc]
    assert result == a_result()
    assert len({result, a_result()}) == 1


def test_the_repr_leaves_out_what_is_not_known_and_the_json() -> None:
    assert repr(a_result(json={"id": 1})) == (
        "JobResult(ref='1', id=1, kind='progress', url='u', outcome=<Outcome.COMPLETED: 'completed'>, "
        "warnings=0, exit_code=0)"
    )


def test_the_repr_masks_what_a_terminal_masks_and_the_values_stay_as_canvas_sent_them() -> None:
    signed = "https://canvas.example.edu/files/7/download?download_frd=1&verifier=S3CRET"
    said, found = f"made\n{signed}\x1bS3CRET", {"url": [signed], "count": 3}
    error = NoSuchJobError(f"there is nothing at {signed}")
    result = CancelResult(
        **{each: getattr(a_result(), each) for each in ("ref", "id", "kind", "url", "outcome")},
        message=said,
        results=found,
        link=f"{signed}&sig=S3CRET",
        error=error,
        action=Action.REFUSED,
        reason=said,
    )
    shown = repr(result)
    assert "S3CRET" not in shown
    assert shown.count("verifier=********") == 4
    assert "link='https://canvas.example.edu/files/7/download?********'" in shown
    assert (result.message, result.results, result.link, result.reason) == (said, found, f"{signed}&sig=S3CRET", said)
    assert str(error).endswith(signed)


def test_what_becomes_of_each_job_of_a_watch_is_said_in_its_order() -> None:
    watch = a_watch(3)
    for reply in (an_answer("failed", message="no"), MISSING, an_answer("running")):
        exchange(watch, START, reply)
    failed, missing, running = results.watched(watch)
    assert (str(failed), failed.exit_code, failed.ok) == ("1 failed: no", 3, False)
    assert (missing.outcome, missing.error, missing.exit_code) == ("gone", MISSING, 5)
    assert (running.outcome, running.exit_code, running.is_pending) == ("running", 8, True)


def test_a_job_that_failed_without_a_message_is_said_with_its_results() -> None:
    watch = a_watch(2)
    for reply in (an_answer("failed", results=[{"due_at": ["über\nall"]}]), an_answer("failed")):
        exchange(watch, START, reply)
    with_results, without = results.watched(watch)
    assert (str(with_results), str(without)) == ('1 failed: [{"due_at": ["über\\nall"]}]', "2 failed")


def test_a_job_that_was_in_trouble_when_the_watch_ended_has_that_error() -> None:
    watch, trouble = a_watch(policy=Policy(timeout=5)), NetworkError("canvas.example.edu refuses connections")
    exchange(watch, START, trouble)
    watch.decide(START + 5)
    (result,) = results.watched(watch)
    assert (watch.ending, result.error, result.exit_code) == (Ending.TIMED_OUT, trouble, 124)
    error = results.timed_out((result,), 5)
    assert str(error) == "the time limit of 5 s is over: 1: canvas.example.edu refuses connections"


def test_when_the_time_is_over_a_job_that_has_ended_keeps_its_exit_code_and_the_others_have_that_of_the_command() -> (
    None
):
    watch = a_watch(3, policy=Policy(timeout=5))
    for reply in (an_answer("failed"), an_answer("running"), NetworkError("no")):
        exchange(watch, START, reply)
    watch.decide(START + 5)
    assert [result.exit_code for result in results.watched(watch)] == [3, 124, 124]
    assert exit_status.of_watch(watch) == 124


def test_strict_lets_a_job_with_warnings_count_as_failed_and_a_stalled_one_has_timed_out() -> None:
    watch = a_watch(policy=Policy(strict=True, stall_timeout=5))
    exchange(watch, START, an_answer("running"))
    exchange(watch, START + 5, an_answer("running"))
    (stalled,) = results.watched(watch)
    assert stalled.exit_code == 124


def test_jobs_that_a_refused_credential_kept_from_being_read_have_that_error_too() -> None:
    watch = a_watch(2)
    refused = CredentialError("refused")
    exchange(watch, START, refused)
    assert watch.ending is Ending.CREDENTIAL
    assert [result.error for result in results.watched(watch)] == [refused, refused]
    assert [result.exit_code for result in results.watched(watch)] == [4, 4]


def _raise_both() -> None:
    try:
        int(LIKE_A_TOKEN)
    except ValueError as cause:
        raise MISSING from cause


def test_an_error_in_a_result_keeps_nothing_of_where_it_came_from() -> None:
    with pytest.raises(NoSuchJobError) as raised:
        _raise_both()
    assert raised.value.__cause__ is not None
    watch = a_watch()
    exchange(watch, START, raised.value)
    (result,) = results.watched(watch)
    assert result.error is not None
    assert (result.error.__traceback__, result.error.__context__, result.error.__cause__) == (None, None, None)


def test_jobs_that_were_not_requested_after_their_canvas_was_lost_have_its_error() -> None:
    both, lost = targets(2), CredentialError("refused")
    found = Reads(both, START)
    found.decide(START)
    found.record(both[0], lost, START, 1.0)
    first, second = results.shown(both, found)
    assert (first.error, second.error) == (lost, lost)
    assert [(each.outcome, each.exit_code) for each in (first, second)] == [("unread", 4), ("unread", 4)]


def test_what_is_shown_is_the_answer_or_the_error() -> None:
    both = targets(2)
    found = Reads(both, START)
    replies: tuple[Answer | CanvasProgressError, ...] = (an_answer("running", completion=5), MISSING)
    for target, reply in zip(both, replies, strict=True):
        found.decide(START)
        found.record(target, reply, START, 1.0)
    running, missing = results.shown(both, found)
    assert (str(running), running.exit_code) == ("1 running 5%", 8)
    assert (missing.outcome, str(missing)) == ("gone", "2: there is no progress 2")


def test_a_cancellation_that_was_not_begun_says_that_nothing_was_sent() -> None:
    result = results.canceled(Case(a_target(), Intent("canceled")))
    assert isinstance(result, CancelResult)
    assert (result.action, result.reason) == (Action.UNCHANGED, "interrupted; nothing was sent")
    assert (str(result), result.ok) == ("1 unchanged: interrupted; nothing was sent", False)


def test_a_cancellation_that_a_refused_credential_kept_from_being_begun_has_that_error() -> None:
    refused = CredentialError("refused")
    result = results.canceled(Case(a_target(), Intent("canceled")), refused)
    assert (result.error, result.exit_code) == (refused, 4)
    assert result.reason == "the credential was refused; nothing was sent"


def test_check_names_the_jobs_that_failed_and_has_all_results() -> None:
    good, bad = a_result(), a_result(ref="2", outcome=Outcome.FAILED, state="failed", message="no", exit_code=3)
    with pytest.raises(JobFailedError) as failed:
        results.raise_for((bad,), (good, bad), "did not complete")
    assert str(failed.value) == "1 of 2 jobs did not complete: 2 failed: no"
    assert failed.value.results == (good, bad)


def test_check_of_one_job_says_its_error_and_has_that_as_its_cause() -> None:
    lost = a_result(error=MISSING, exit_code=5)
    with pytest.raises(JobFailedError, match=r"\A1: there is no progress 2\Z") as failed:
        results.raise_for((lost,), (lost,), "did not complete")
    assert failed.value.__cause__ is MISSING


def test_check_of_jobs_that_are_all_good_raises_nothing() -> None:
    results.raise_for((), (a_result(),), "did not complete")


def test_of_many_jobs_the_first_few_are_named() -> None:
    many = tuple(a_result(ref=str(number), state="running", outcome=Outcome.RUNNING) for number in range(1, 9))
    assert results.in_words(many) == "1 running; 2 running; 3 running; 4 running; 5 running; and 3 more"


def test_a_timeout_is_one_of_python_and_one_of_ours_and_names_what_is_still_pending() -> None:
    late = a_result(ref="2", outcome=Outcome.UNKNOWN, exit_code=8)
    error = results.timed_out((a_result(), late), 1.5)
    assert isinstance(error, TimeoutError)
    assert isinstance(error, TimeLimitError)
    assert str(error) == "the time limit of 1.5 s is over: 2 without an answer"
    assert error.results == (a_result(), late)


@pytest.mark.parametrize("kind", [JobFailedError, JobTimeoutError, UsageError])
def test_an_error_survives_the_way_to_another_process(kind: type[CanvasProgressError]) -> None:
    error = kind("no", hint="yes")
    if isinstance(error, JobFailedError | JobTimeoutError):
        error.results = (a_result(error=MISSING),)
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.hint) == (kind, "no", "yes")
    assert getattr(copied, "results", ()) == getattr(error, "results", ())


@pytest.mark.parametrize("kind", [UsageError, CredentialError, RefusedError])
def test_what_looks_like_a_token_is_masked_in_errors_that_quote_what_was_typed(
    kind: type[CanvasProgressError],
) -> None:
    error = kind(f"`{LIKE_A_TOKEN}` is no job", hint=f"not `{LIKE_A_TOKEN}`")
    mask_typed(error)
    assert LIKE_A_TOKEN not in f"{error} {error!r} {error.hint}"


def test_an_error_that_quotes_nothing_that_was_typed_stays_as_it_is() -> None:
    error = NetworkError(f"request id {LIKE_A_TOKEN}")
    mask_typed(error)
    assert str(error) == f"request id {LIKE_A_TOKEN}"


@pytest.mark.parametrize(
    ("message", "why"),
    [(" ", "empty"), ("\ud800", "not UTF-8"), ("a\0b", "null character")],
    ids=["", "surrogate", "0"],
)
def test_a_message_that_canvas_could_not_store_is_refused(message: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        checked_message(message)


def test_any_other_message_is_left_as_it_is() -> None:
    assert checked_message(" wrong course\n") == " wrong course\n"
