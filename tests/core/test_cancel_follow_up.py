from __future__ import annotations

import pytest

from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_decisions import Conclusion, Pause, Read
from canvas_progress.core.cancel_follow_up import HOLDS_AFTER, FollowUp
from canvas_progress.core.errors import CanvasProgressError, CredentialError, NetworkError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode
from jobs import an_answer

MARKED = an_answer("failed", message="canceled", completion=20.0)
FAR = 10_000.0


def marked(*, until: float = FAR) -> FollowUp:
    return FollowUp("canceled", MARKED, marked_at=100.0, until=until)


def after(*reads: tuple[float, Answer | CanvasProgressError], follow_up: FollowUp | None = None) -> FollowUp:
    follow_up = follow_up or marked()
    for now, reply in reads:
        follow_up.record(reply, now, 0.0)
    return follow_up


def concluded(follow_up: FollowUp) -> tuple[str, ExitCode]:
    assert follow_up.conclusion is not None
    return follow_up.conclusion.reason, follow_up.conclusion.code


def test_a_cancellation_has_held_when_nothing_changed_for_a_while() -> None:
    follow_up = after((100.0 + HOLDS_AFTER - 1, MARKED))
    assert follow_up.conclusion is None
    assert concluded(after((100.0 + HOLDS_AFTER, MARKED), follow_up=follow_up)) == (
        "the cancellation has held for 30 s",
        ExitCode.OK,
    )


def test_a_completion_that_keeps_rising_shows_that_work_goes_on() -> None:
    climbing = an_answer("failed", message="canceled", completion=40.0)
    follow_up = after((120.0, climbing), (149.0, climbing))
    assert follow_up.conclusion is None
    assert concluded(after((150.0, climbing), follow_up=follow_up))[1] is ExitCode.OK


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
    follow_up = after((101.0, an_answer(state, message="canceled")), (102.0, MARKED))
    assert concluded(follow_up) == ("it was started anew, then failed, canceled", ExitCode.JOB_FAILED)


def test_a_completion_back_at_its_start_shows_a_new_start_that_nobody_saw() -> None:
    follow_up = after((105.0, an_answer("failed", message="canceled", completion=0.0)))
    assert concluded(follow_up)[1] is ExitCode.JOB_FAILED


def test_a_job_that_was_started_anew_and_completed_is_7_and_one_that_canvas_canceled_is_9() -> None:
    restarted = (101.0, an_answer("queued"))
    completed = after(restarted, (102.0, an_answer("completed")))
    assert concluded(completed) == ("it was started anew and completed", ExitCode.REFUSED)
    assert concluded(after(restarted, (102.0, an_answer("canceled"))))[1] is ExitCode.JOB_CANCELED


def test_what_is_not_settled_in_time_is_said_to_be_open() -> None:
    follow_up = after((104.0, MARKED), follow_up=marked(until=110.0))
    found = follow_up.decide(110.0)
    assert isinstance(found, Conclusion)
    assert found.code is ExitCode.TIMED_OUT
    assert found.reason == "the time limit was over before it had settled; it was canceled when last read"


def test_reads_that_fail_are_repeated_as_long_as_there_is_time() -> None:
    follow_up = marked(until=130.0)
    for now in (101.0, 105.0, 110.0):
        assert follow_up.record(NetworkError("gone", sent=False), now, 0.0) is not None
    follow_up.record(NetworkError("gone", sent=False), 128.0, 0.0)
    assert concluded(follow_up) == ("gone; it was canceled when last read", ExitCode.GAVE_UP)


def test_a_read_that_the_end_of_the_time_cuts_short_says_nothing_about_the_server() -> None:
    follow_up = marked(until=110.0)
    assert follow_up.record(NetworkError("no answer within 1 s"), 110.0, 0.0) is None
    assert concluded(follow_up) == (
        "the time limit was over before it had settled; it was canceled when last read",
        ExitCode.TIMED_OUT,
    )


@pytest.mark.parametrize("error", [NoSuchJobError("no such job"), CredentialError("expired")])
def test_an_error_that_will_not_pass_ends_it_with_its_own_code(error: CanvasProgressError) -> None:
    follow_up = after((101.0, error))
    assert concluded(follow_up)[1] is error.exit_code
    assert follow_up.conclusion is not None
    assert follow_up.conclusion.error is (error if isinstance(error, CredentialError) else None)


def test_it_is_read_soon_at_first_and_seldom_later_and_right_when_it_will_have_held() -> None:
    follow_up, waits = marked(), []
    for now in (100.0, 104.0, 108.0, 120.0, 127.0):
        follow_up.record(MARKED, now, 0.0)
        step = follow_up.decide(now)
        assert isinstance(step, Pause)
        waits.append(step.seconds)
    assert waits == [1, 1, 2, 5, 3]


def test_it_reads_when_it_is_time_to_and_pauses_no_longer_than_to_its_end() -> None:
    follow_up = marked(until=100.5)
    assert follow_up.decide(100.0) == Read(0.5)
    follow_up.record(MARKED, 100.0, 0.0)
    assert follow_up.decide(100.0) == Pause(0.5)


def test_interrupted_it_says_that_it_was_not_settled() -> None:
    found = marked().interrupted("interrupted", ExitCode.INTERRUPTED)
    assert (found.action, found.reason) == (
        "canceled",
        "interrupted before it had settled; it was canceled when last read",
    )


def test_a_read_that_could_be_repeated_only_when_the_time_is_over_is_the_last() -> None:
    follow_up = after((101.0, NetworkError("gone")), follow_up=marked(until=101.5))
    assert concluded(follow_up) == ("gone; it was canceled when last read", ExitCode.GAVE_UP)


def test_interrupted_after_it_had_settled_it_says_what_it_had_come_to() -> None:
    follow_up = after((101.0, an_answer("completed")))
    assert follow_up.interrupted("interrupted", ExitCode.INTERRUPTED) is follow_up.conclusion
    assert concluded(follow_up)[1] is ExitCode.REFUSED


@pytest.mark.parametrize(
    ("again", "told"),
    [
        (an_answer("canceled", message=None), "canceled"),
        (an_answer("failed", message="no such course"), "failed, no such course"),
    ],
)
def test_how_a_job_ended_that_was_started_anew_is_told(again: Answer, told: str) -> None:
    found = after((101.0, an_answer("queued")), (102.0, again))
    assert concluded(found)[0] == f"it was started anew, then {told}"


def test_a_job_that_never_told_its_completion_is_not_thought_to_have_started_anew() -> None:
    silent = an_answer("failed", message="canceled")
    follow_up = FollowUp("canceled", silent, marked_at=100.0, until=FAR)
    assert concluded(after((130.0, silent), follow_up=follow_up))[1] is ExitCode.OK


def test_a_job_that_changes_for_long_is_read_every_five_seconds() -> None:
    climbing = an_answer("failed", message="canceled", completion=40.0)
    assert after((200.0, climbing)).decide(200.0) == Pause(5.0)


def test_what_has_settled_stays_so_when_the_time_is_over() -> None:
    follow_up = after((101.0, an_answer("completed")), follow_up=marked(until=110.0))
    assert follow_up.decide(110.0) is follow_up.conclusion
    assert concluded(follow_up)[1] is ExitCode.REFUSED


def test_a_new_start_is_news_once() -> None:
    follow_up = marked()
    assert follow_up.record(an_answer("queued"), 101.0, 0.0) == "it was started anew and is queued"
    assert follow_up.record(an_answer("running"), 102.0, 0.0) is None


def test_failures_in_a_row_are_news_with_the_time_of_the_next_read_and_a_good_answer_ends_the_row() -> None:
    follow_up = marked()
    gone = NetworkError("gone")
    told = [follow_up.record(reply, 101.0, 1.0) for reply in (gone, gone, MARKED, gone)]
    assert told == ["gone; retrying in 1 s", "gone; retrying in 2 s", None, "gone; retrying in 1 s"]
    assert follow_up.decide(101.25) == Pause(0.75)


def test_right_before_it_will_have_held_it_is_not_read_more_often_than_every_second() -> None:
    assert after((129.75, MARKED)).decide(129.75) == Pause(1.0)
