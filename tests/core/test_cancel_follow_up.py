"""What becomes of a mark: it holds, or the job writes over it, starts anew or crashes."""

from __future__ import annotations

import math

import pytest

from canceling import MARKED as LEFT_SILENT
from canceling import RUNNING, START, Reply, asked, canceling, exchange, pause
from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_conclusion import Conclusion
from canvas_progress.core.cancel_follow_up import HOLDS_AFTER, FollowUp
from canvas_progress.core.cancellations import Cancellations
from canvas_progress.core.errors import CredentialError, NetworkError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.kinds.progress import PROGRESS
from jobs import an_answer

MARKED = an_answer("failed", message="canceled", completion=20.0)
CLIMBING = an_answer("failed", message="canceled", completion=40.0)
EMPTIED = an_answer("failed", message="canceled", completion=0.0)
QUEUED, DONE = an_answer("queued"), an_answer("completed")
CRASHED, WIPED = an_answer("failed", message="Unexpected error, ID: 7"), an_answer("failed", message=None)
FAILED, CANCELED = an_answer("failed", message="no such course"), an_answer("canceled")
GONE = NetworkError("gone")
PENDING = ["queued", "running", "waiting_for_external_tool", "hibernating"]
HELD = ("the cancellation has held for 30 s", ExitCode.OK)
ANEW_FAILED = ("it was started anew, then failed, canceled", ExitCode.JOB_FAILED)


def follow(*reads: tuple[float, Answer], first: Answer = MARKED) -> FollowUp:
    follow_up = FollowUp(PROGRESS.cancel, "canceled", first, marked_at=START)
    for after, answer in reads:
        follow_up.answered(answer, START + after)
    return follow_up


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        pytest.param([(HOLDS_AFTER - 1, MARKED)], None, id="not held for long enough"),
        pytest.param([(HOLDS_AFTER - 1, MARKED), (HOLDS_AFTER, MARKED)], HELD, id="held"),
        pytest.param([(20, CLIMBING), (49, CLIMBING)], None, id="work goes on"),
        pytest.param([(20, CLIMBING), (49, CLIMBING), (50, CLIMBING)], HELD, id="held since work ended"),
        pytest.param(
            [(1, DONE)], ("the job wrote over the cancellation and completed", ExitCode.REFUSED), id="completed"
        ),
        pytest.param(
            [(1, CRASHED)],
            ("the job wrote over the cancellation: failed, Unexpected error, ID: 7", ExitCode.JOB_FAILED),
            id="crashed",
        ),
        pytest.param(
            [(1, an_answer("failed", message="see\nhttps://x?verifier=S3CRET"))],
            ("the job wrote over the cancellation: failed, see https://x?verifier=********", ExitCode.JOB_FAILED),
            id="crashed with a signature",
        ),
        pytest.param([(1, WIPED)], ("the job wrote over the cancellation: failed", ExitCode.JOB_FAILED), id="wiped"),
        *(pytest.param([(400, an_answer(state))], None, id=f"started anew, {state}") for state in PENDING),
        *(
            pytest.param([(1, an_answer(state, message="canceled")), (2, MARKED)], ANEW_FAILED, id=f"anew, {state}")
            for state in PENDING
        ),
        pytest.param([(5, EMPTIED)], ANEW_FAILED, id="a new start that nobody saw"),
        pytest.param(
            [(1, QUEUED), (2, DONE)], ("it was started anew and completed", ExitCode.REFUSED), id="anew, done"
        ),
        pytest.param(
            [(1, QUEUED), (2, CANCELED)], ("it was started anew, then canceled", ExitCode.JOB_CANCELED), id="anew, 9"
        ),
        pytest.param(
            [(1, QUEUED), (2, FAILED)],
            ("it was started anew, then failed, no such course", ExitCode.JOB_FAILED),
            id="anew, failed",
        ),
    ],
)
def test_what_becomes_of_a_mark(reads: list[tuple[float, Answer]], told: tuple[str, ExitCode] | None) -> None:
    found = follow(*reads).conclusion
    assert (None if found is None else (found.reason, found.code)) == told


def test_a_job_that_never_told_its_completion_is_not_thought_to_have_started_anew() -> None:
    found = follow((30, LEFT_SILENT), first=LEFT_SILENT).conclusion
    assert found is not None
    assert found.code is ExitCode.OK


def test_a_new_start_is_news_once() -> None:
    follow_up = follow()
    assert follow_up.answered(QUEUED, 101.0) == "it was started anew and is queued"
    assert follow_up.answered(RUNNING, 102.0) is None


@pytest.mark.parametrize(
    ("after", "answer", "wait"),
    [
        pytest.param(0, MARKED, 1, id="soon at first"),
        pytest.param(4, MARKED, 1, id="after 4 s"),
        pytest.param(8, MARKED, 2, id="after 8 s"),
        pytest.param(20, MARKED, 5, id="seldom later"),
        pytest.param(27, MARKED, 3, id="right when it will have held"),
        pytest.param(29.75, MARKED, 1, id="not more often than every second"),
        pytest.param(100, CLIMBING, 5, id="a job that changes for long"),
        pytest.param(100, QUEUED, 5, id="a job that was started anew"),
    ],
)
def test_when_it_is_read_again(after: float, answer: Answer, wait: float) -> None:
    assert follow((after, answer)).next_read(START + after) == START + after + wait


def test_interrupted_it_says_that_it_was_not_settled_or_what_it_had_come_to() -> None:
    found = follow().interrupted("interrupted", ExitCode.INTERRUPTED)
    assert (found.action, found.reason) == (
        "canceled",
        "interrupted before it had settled; it was canceled when last read",
    )
    settled = follow((1, DONE))
    assert settled.interrupted("interrupted", ExitCode.INTERRUPTED) is settled.conclusion


def waiting(until: float = math.inf) -> Cancellations:
    """Return a command that has marked its job."""
    machine = canceling(until=until, wait=True)
    exchange(machine, RUNNING, MARKED)
    return machine


def ended(machine: Cancellations, reply: Reply, now: float) -> Conclusion:
    (told,) = exchange(machine, reply, now=now)
    assert isinstance(told.found, Conclusion)
    return told.found


def test_failures_in_a_row_are_news_with_the_time_of_the_next_read_and_a_good_answer_ends_the_row() -> None:
    machine, now = waiting(), START
    for reply, told, then in (
        (GONE, ["gone; retrying in 1 s"], 1.0),
        (GONE, ["gone; retrying in 2 s"], 2.0),
        (MARKED, [], 1.0),
        (GONE, ["gone; retrying in 1 s"], 1.0),
    ):
        assert [event.found for event in exchange(machine, reply, now=now)] == told
        assert pause(machine, now) == then
        now += then


@pytest.mark.parametrize("error", [NoSuchJobError("no such job"), CredentialError("expired")])
def test_an_error_that_will_not_pass_ends_it_with_its_own_code(error: NoSuchJobError | CredentialError) -> None:
    found = ended(waiting(), error, START)
    assert (found.action, found.code, found.error) == ("canceled", error.exit_code, error)


def test_a_read_that_could_be_repeated_only_when_the_time_is_over_is_the_last() -> None:
    found = ended(waiting(until=START + 1.5), NetworkError("gone", sent=False), START + 1.0)
    assert (found.reason, found.code) == ("gone; it was canceled when last read", ExitCode.GAVE_UP)


def test_what_is_not_settled_in_time_is_said_to_be_open() -> None:
    late, cut_short = waiting(until=START + 10), waiting(until=START + 10)
    exchange(late, MARKED, now=START + 4)
    read = asked(cut_short, START + 4)
    for (told,) in (late.elapsed(START + 10), cut_short.record(read, GONE, START + 10, 0.0)):
        assert isinstance(told.found, Conclusion)
        assert told.found.code is ExitCode.TIMED_OUT
        assert told.found.reason == "the time limit was over before it had settled; it was canceled when last read"


def test_it_pauses_no_longer_than_to_its_end() -> None:
    machine = waiting(until=START + 0.5)
    read = asked(machine)
    assert (read.message, read.seconds) == (None, 0.5)
    machine.record(read, MARKED, START, 0.0)
    assert pause(machine) == 0.5
