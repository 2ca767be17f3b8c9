from __future__ import annotations

import pytest

from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_decisions import Conclusion, Pause, Read
from canvas_progress.core.errors import CanvasProgressError, CredentialError, NetworkError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.settling import HOLDS_AFTER, Settling
from jobs import an_answer

MARKED = an_answer("failed", message="canceled", completion=20.0)
FAR = 10_000.0


def marked(*, until: float = FAR) -> Settling:
    return Settling("canceled", MARKED, marked_at=100.0, until=until)


def after(*reads: tuple[float, Answer | CanvasProgressError], settling: Settling | None = None) -> Settling:
    settling = settling or marked()
    for now, reply in reads:
        settling.record(reply, now, 0.0)
    return settling


def concluded(settling: Settling) -> tuple[str, ExitCode]:
    assert settling.conclusion is not None
    return settling.conclusion.reason, settling.conclusion.code


def test_a_cancellation_has_held_when_nothing_changed_for_a_while() -> None:
    settling = after((100.0 + HOLDS_AFTER - 1, MARKED))
    assert settling.conclusion is None
    assert concluded(after((100.0 + HOLDS_AFTER, MARKED), settling=settling)) == (
        "the cancellation has held for 30 s",
        ExitCode.OK,
    )


def test_a_completion_that_keeps_rising_shows_that_work_goes_on() -> None:
    climbing = an_answer("failed", message="canceled", completion=40.0)
    settling = after((120.0, climbing), (149.0, climbing))
    assert settling.conclusion is None
    assert concluded(after((150.0, climbing), settling=settling))[1] is ExitCode.OK


def test_a_job_that_completes_has_written_over_it_and_that_is_7() -> None:
    told = concluded(after((101.0, an_answer("completed"))))
    assert told == ("the job wrote over the cancellation and completed", ExitCode.REFUSED)


@pytest.mark.parametrize(
    ("message", "told"), [("Unexpected error, ID: 7", "failed, Unexpected error, ID: 7"), (None, "failed")]
)
def test_a_crash_that_replaces_or_wipes_the_message_is_the_jobs_own_failure(message: str | None, told: str) -> None:
    found = concluded(after((101.0, an_answer("failed", message=message))))
    assert found == (f"the job wrote over the cancellation: {told}", ExitCode.JOB_FAILED)


@pytest.mark.parametrize("state", ["queued", "running", "waiting_for_external_tool", "hibernating"])
def test_a_job_that_was_started_anew_is_read_on_to_its_end(state: str) -> None:
    assert after((500.0, an_answer(state))).conclusion is None


@pytest.mark.parametrize("state", ["queued", "running", "waiting_for_external_tool", "hibernating"])
def test_our_message_after_a_new_start_is_no_sign_of_ours(state: str) -> None:
    settling = after((101.0, an_answer(state, message="canceled")), (102.0, MARKED))
    assert concluded(settling) == ("it was started anew, then failed, canceled", ExitCode.JOB_FAILED)


def test_a_completion_back_at_its_start_shows_a_new_start_that_nobody_saw() -> None:
    settling = after((105.0, an_answer("failed", message="canceled", completion=0.0)))
    assert concluded(settling)[1] is ExitCode.JOB_FAILED


def test_a_job_that_was_started_anew_and_completed_is_7_and_one_that_canvas_canceled_is_9() -> None:
    restarted = (101.0, an_answer("queued"))
    assert concluded(after(restarted, (102.0, an_answer("completed"))))[1] is ExitCode.REFUSED
    assert concluded(after(restarted, (102.0, an_answer("canceled"))))[1] is ExitCode.JOB_CANCELED


def test_what_is_not_settled_in_time_is_said_to_be_open() -> None:
    settling = after((104.0, MARKED), settling=marked(until=110.0))
    found = settling.decide(110.0)
    assert isinstance(found, Conclusion)
    assert found.code is ExitCode.TIMED_OUT
    assert found.reason == "the time limit was over before it had settled; it was canceled when last read"


def test_reads_that_fail_are_repeated_as_long_as_there_is_time() -> None:
    settling = marked(until=130.0)
    for now in (101.0, 105.0, 110.0):
        assert settling.record(NetworkError("gone", sent=False), now, 0.0) is not None
    settling.record(NetworkError("gone", sent=False), 128.0, 0.0)
    assert concluded(settling) == ("gone; it was canceled when last read", ExitCode.GAVE_UP)


@pytest.mark.parametrize("error", [NoSuchJobError("no such job"), CredentialError("expired")])
def test_an_error_that_will_not_pass_ends_it_with_its_own_code(error: CanvasProgressError) -> None:
    assert concluded(after((101.0, error)))[1] is error.exit_code


def test_it_is_read_soon_at_first_and_seldom_later_and_right_when_it_will_have_held() -> None:
    settling, waits = marked(), []
    for now in (100.0, 104.0, 108.0, 120.0, 127.0):
        settling.record(MARKED, now, 0.0)
        step = settling.decide(now)
        assert isinstance(step, Pause)
        waits.append(step.seconds)
    assert waits == [1, 1, 2, 5, 3]


def test_it_reads_when_it_is_time_to_and_pauses_no_longer_than_to_its_end() -> None:
    settling = marked(until=100.5)
    assert settling.decide(100.0) == Read(0.5)
    settling.record(MARKED, 100.0, 0.0)
    assert settling.decide(100.0) == Pause(0.5)


def test_interrupted_it_says_that_it_was_not_settled() -> None:
    found = marked().interrupted("interrupted", ExitCode.INTERRUPTED)
    assert (found.action, found.reason) == (
        "canceled",
        "interrupted before it had settled; it was canceled when last read",
    )
