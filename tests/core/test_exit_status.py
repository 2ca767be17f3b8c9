from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import (
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotAProgressError,
    NotPermittedError,
    ServerError,
)
from canvas_progress.core.exit_status import is_wanting, of_outcomes, of_watch
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Policy
from jobs import an_answer
from watching import START, a_watch, exchange

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.polling import Watch

RUNNING = an_answer("running")
COMPLETED = an_answer("completed")
FAILED = an_answer("failed")
CANCELED = an_answer("failed", message="canceled")
MISSING = NoSuchJobError("there is no progress 1")
IMPATIENT = Policy(interval=5, give_up_after=0.0, stall_timeout=5)


def watched(*replies: Answer | CanvasProgressError, policy: Policy = IMPATIENT) -> Watch:
    """Watch one job for each reply, all asked for at once."""
    watch = a_watch(len(replies), policy)
    for seconds, reply in enumerate(replies):
        exchange(watch, START + 40 * seconds, reply)
    return watch


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (COMPLETED, 0),
        (FAILED, 3),
        (CANCELED, 9),
        (an_answer("canceled"), 9),
        (MISSING, 5),
        (NotPermittedError("not yours"), 5),
        (NetworkError("down"), 6),
        (ServerError("502"), 6),
        (NotAProgressError("no id"), 1),
        (CredentialError("expired"), 4),
    ],
)
def test_a_watch_of_one_job_returns_what_became_of_it(reply: Answer | CanvasProgressError, code: int) -> None:
    assert of_watch(watched(reply)) == code


def test_a_job_that_vanishes_while_it_is_watched_is_no_such_job() -> None:
    watch = watched(RUNNING)
    exchange(watch, START + 5, MISSING)
    assert of_watch(watch) == 5


def test_a_stalled_job_is_a_timeout() -> None:
    watch = watched(RUNNING)
    exchange(watch, START + 5, RUNNING)
    assert of_watch(watch) == 124


def timed_out(*replies: Answer) -> Watch:
    watch = watched(*replies, RUNNING, policy=Policy(interval=5, timeout=600))
    watch.decide(START + 600)
    return watch


def test_a_watch_that_is_out_of_time_says_so() -> None:
    assert of_watch(timed_out()) == 124


def test_out_of_time_goes_before_a_failed_job() -> None:
    assert of_watch(timed_out(FAILED)) == 124


@pytest.mark.parametrize(("ending", "code"), [(Ending.INTERRUPTED, 130), (Ending.TERMINATED, 143)])
def test_a_signal_goes_before_everything_else(ending: Ending, code: int) -> None:
    watch = watched(FAILED, MISSING, RUNNING)
    watch.end(ending)
    assert of_watch(watch) == code


def test_a_refused_credential_goes_before_jobs_that_failed_and_vanished() -> None:
    assert of_watch(watched(FAILED, MISSING, CredentialError("expired"))) == 4


def test_the_worst_of_several_jobs_is_returned() -> None:
    assert of_watch(watched(COMPLETED, CANCELED, FAILED, MISSING, COMPLETED)) == 5


@pytest.mark.parametrize("other", [FAILED, CANCELED, MISSING, RUNNING])
def test_the_first_completed_job_makes_a_success_of_a_watch_for_it(other: Answer | CanvasProgressError) -> None:
    assert of_watch(watched(other, COMPLETED, policy=Policy(interval=60, stop_at_first_completed=True))) == 0


def test_a_watch_for_the_first_completed_reports_the_outcomes_where_none_has() -> None:
    assert of_watch(watched(CANCELED, FAILED, policy=Policy(stop_at_first_completed=True))) == 3


def test_a_watch_that_fails_fast_reports_the_job_that_failed_and_not_those_still_pending() -> None:
    assert of_watch(watched(RUNNING, FAILED, policy=Policy(interval=60, stop_at_first_failed=True))) == 3


@pytest.mark.parametrize("reply", [COMPLETED, FAILED, CANCELED])
def test_exit_zero_forgives_every_outcome_of_a_job(reply: Answer) -> None:
    assert of_watch(watched(reply), exit_zero=True) == 0


@pytest.mark.parametrize(("reply", "code"), [(MISSING, 5), (NetworkError("down"), 6), (CredentialError("expired"), 4)])
def test_exit_zero_forgives_no_error(reply: CanvasProgressError, code: int) -> None:
    assert of_watch(watched(FAILED, reply), exit_zero=True) == code


def test_exit_zero_forgives_no_timeout() -> None:
    assert of_watch(timed_out(FAILED), exit_zero=True) == 124


def test_exit_zero_forgives_no_signal() -> None:
    watch = watched(RUNNING)
    watch.end(Ending.INTERRUPTED)
    assert of_watch(watch, exit_zero=True) == 130


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], 0),
        (["completed"], 0),
        (["completed", "running"], 8),
        (["queued"], 8),
        (["waiting"], 8),
        (["unknown"], 8),
        (["running", "canceled"], 9),
        (["running", "canceled", "failed"], 3),
        (["failed", "gone"], 5),
    ],
)
def test_the_worst_of_several_outcomes_is_returned(outcomes: list[str], code: int) -> None:
    assert of_outcomes(map(Outcome, outcomes)) == code


def test_every_outcome_but_completed_is_wanting() -> None:
    assert {outcome.value for outcome in Outcome if not is_wanting(outcome)} == {"completed"}


def test_jobs_that_still_run_when_the_first_fails_say_nothing_where_failures_are_forgiven() -> None:
    watch = watched(RUNNING, FAILED, policy=Policy(interval=60, stop_at_first_failed=True))
    assert of_watch(watch) == 3
    assert of_watch(watch, exit_zero=True) == 0
