from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import (
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotPermittedError,
    ServerError,
    TimeLimitError,
    UnreadableJobError,
)
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.exit_status import of_job, of_outcome, of_stop, of_watch
from canvas_progress.core.job import Job
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.signals import Terminated
from cases import table
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
        (UnreadableJobError("no id"), 1),
        (CredentialError("expired"), 4),
    ],
)
def test_a_watch_of_one_job_returns_what_became_of_it(reply: Answer | CanvasProgressError, code: int) -> None:
    assert of_watch(watched(reply)) == code


@pytest.mark.parametrize(("reply", "code"), [(MISSING, 5), (RUNNING, 124)], ids=["vanished", "stalled"])
def test_so_does_one_of_a_job_that_was_running(reply: Answer | CanvasProgressError, code: int) -> None:
    watch = watched(RUNNING)
    exchange(watch, START + 5, reply)
    assert of_watch(watch) == code


def timed_out(*replies: Answer) -> Watch:
    watch = watched(*replies, RUNNING, policy=Policy(interval=5, timeout=600))
    watch.decide(START + 600)
    return watch


@pytest.mark.parametrize("exit_zero", [False, True])
@pytest.mark.parametrize("replies", [(), (FAILED,)])
def test_out_of_time_goes_before_a_failed_job_and_is_not_forgiven(
    replies: tuple[Answer, ...], *, exit_zero: bool
) -> None:
    assert of_watch(timed_out(*replies), exit_zero=exit_zero) == 124


@pytest.mark.parametrize("exit_zero", [False, True])
@pytest.mark.parametrize(("ending", "code"), [(Ending.INTERRUPTED, 130), (Ending.TERMINATED, 143)])
def test_a_signal_goes_before_everything_else_and_is_not_forgiven(
    ending: Ending, code: int, *, exit_zero: bool
) -> None:
    watch = watched(FAILED, MISSING, RUNNING)
    watch.end(ending)
    assert of_watch(watch, exit_zero=exit_zero) == code


FIRST_COMPLETED = Policy(interval=60, stop_at_first_completed=True)
FIRST_FAILED = Policy(interval=60, stop_at_first_failed=True)


@table(
    "policy replies code forgiven",
    {
        "a refused credential is the worst": (IMPATIENT, [FAILED, MISSING, CredentialError("expired")], 4, 4),
        "the worst of all": (IMPATIENT, [COMPLETED, CANCELED, FAILED, MISSING, COMPLETED], 5, 5),
        "a missing one": (IMPATIENT, [FAILED, MISSING], 5, 5),
        "a network that is down": (IMPATIENT, [FAILED, NetworkError("down")], 6, 6),
        "a failed one": (IMPATIENT, [COMPLETED, FAILED], 3, 0),
        "a canceled one": (IMPATIENT, [COMPLETED, CANCELED], 9, 0),
        "first completed, after a failed one": (FIRST_COMPLETED, [FAILED, COMPLETED], 0, 0),
        "first completed, after a canceled one": (FIRST_COMPLETED, [CANCELED, COMPLETED], 0, 0),
        "first completed, after a missing one": (FIRST_COMPLETED, [MISSING, COMPLETED], 0, 0),
        "first completed, others pending": (FIRST_COMPLETED, [RUNNING, COMPLETED], 0, 0),
        "first completed, where none has": (FIRST_COMPLETED, [CANCELED, FAILED], 3, 0),
        "first failed, others pending": (FIRST_FAILED, [RUNNING, FAILED], 3, 0),
    },
)
def test_a_watch_of_several_returns_the_worst_and_exit_zero_forgives_outcomes_but_no_errors(
    policy: Policy, replies: list[Answer | CanvasProgressError], code: int, forgiven: int
) -> None:
    watch = watched(*replies, policy=policy)
    assert (of_watch(watch), of_watch(watch, exit_zero=True)) == (code, forgiven)


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
    assert worst(map(of_outcome, map(Outcome, outcomes))) == code


def test_only_a_completed_job_is_zero_and_for_the_strict_one_without_warnings() -> None:
    assert {outcome.value for outcome in Outcome if of_outcome(outcome) == 0} == {"completed"}
    jobs = [Job(1, "completed", warnings=warnings) for warnings in (0, 3)]
    assert [of_job(job, strict=strict) for strict in (False, True) for job in jobs] == [0, 0, 0, 3]


def test_what_cuts_a_command_short_has_a_code_and_a_bug_has_that_of_bugs() -> None:
    codes = [of_stop(stop) for stop in (KeyboardInterrupt(), Terminated(), TimeLimitError("late"))]
    assert codes == [ExitCode.INTERRUPTED, ExitCode.TERMINATED, ExitCode.TIMED_OUT]
    assert of_stop(ZeroDivisionError()) is ExitCode.UNEXPECTED
