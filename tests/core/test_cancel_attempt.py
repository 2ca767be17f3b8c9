from __future__ import annotations

import pytest

from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_attempt import Attempt
from canvas_progress.core.cancel_decisions import Action, Conclusion, Intent, Pause, Read, Send
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotPermittedError,
    ServerError,
    ThrottledError,
)
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.outcome import Outcome
from jobs import an_answer

RUNNING, DONE = an_answer("running"), an_answer("completed", message="17 courses processed")
MARKED = an_answer("failed", message="canceled")
LOST, REFUSED = NetworkError("hung up"), NetworkError("refuses connections", sent=False)
DENIED = NotPermittedError("you may not")
PLAIN = Intent("canceled")
Reply = Answer | CanvasProgressError


class Played:
    """An attempt that is given one reply after the other, whatever it asks for; time passes in its pauses alone."""

    def __init__(self, *replies: Reply, intent: Intent = PLAIN, until: float = 120.0) -> None:
        self.attempt, self.now, self.did, self.news = Attempt(intent, until=until), 0.0, "", []
        left = list(replies)
        while not isinstance(step := self.attempt.decide(self.now), Conclusion):
            if isinstance(step, Pause):
                self.now += step.seconds
                self.did += "."
            elif left:
                assert isinstance(step, Read | Send)
                self.did += "P" if isinstance(step, Send) else "r"
                self.news.append(self.attempt.record(left.pop(0), self.now, 1.0))
            else:
                step = self.attempt.interrupted("stopped", ExitCode.INTERRUPTED)
                break
        self.end = step

    @property
    def found(self) -> tuple[Action, ExitCode]:
        return self.end.action, self.end.code


def test_it_reads_judges_and_sends() -> None:
    played = Played(RUNNING, MARKED)
    assert (played.did, played.found) == ("rP", (Action.CANCELED, ExitCode.OK))


@pytest.mark.parametrize("refusal", [ThrottledError("throttled"), ServerError("503"), LOST, REFUSED])
def test_a_post_is_repeated_only_after_a_pause_and_one_more_read(refusal: CanvasProgressError) -> None:
    played = Played(RUNNING, refusal, RUNNING, MARKED)
    assert (played.did, played.found) == ("rP.rP", (Action.CANCELED, ExitCode.OK))


@pytest.mark.parametrize("refusal", [ThrottledError("throttled", retry_after=30), REFUSED])
def test_a_job_that_completed_during_the_pause_is_left_alone(refusal: CanvasProgressError) -> None:
    played = Played(RUNNING, refusal, DONE)
    assert (played.did, played.found) == ("rP.r", (Action.REFUSED, ExitCode.REFUSED))


def test_a_lost_answer_is_settled_by_the_mark_that_a_read_finds() -> None:
    played = Played(RUNNING, LOST, MARKED)
    assert (played.did, played.found) == ("rP.r", (Action.CANCELED, ExitCode.OK))
    assert played.news[1] == "hung up; looking whether it took effect in 1 s"


def test_a_third_lost_answer_is_settled_by_a_read_as_well() -> None:
    played = Played(RUNNING, LOST, RUNNING, LOST, RUNNING, LOST, MARKED)
    assert (played.did, played.found) == ("rP.rP.rP.r", (Action.CANCELED, ExitCode.OK))


def test_three_lost_answers_and_no_mark_are_not_known_and_nothing_else() -> None:
    played = Played(RUNNING, LOST, RUNNING, LOST, RUNNING, LOST, RUNNING)
    assert played.found == (Action.UNKNOWN, ExitCode.GAVE_UP)
    assert played.end.reason == "hung up; when last read it was running"


@pytest.mark.parametrize(
    "trouble", [ServerError("503"), REFUSED, LOST, AnswerError("a web page"), ThrottledError("429")]
)
def test_reads_after_a_lost_answer_are_patient_to_the_end(trouble: CanvasProgressError) -> None:
    played = Played(RUNNING, LOST, *[trouble] * 4, MARKED)
    assert played.found == (Action.CANCELED, ExitCode.OK)
    given_up = Played(RUNNING, LOST, *[trouble] * 40)
    assert given_up.found == (Action.UNKNOWN, ExitCode.GAVE_UP)
    assert given_up.now > 60


def test_a_retry_after_beyond_the_time_there_is_ends_it_at_once_and_is_told() -> None:
    played = Played(RUNNING, ThrottledError("throttled", retry_after=3600))
    assert (played.did, played.found) == ("rP", (Action.UNCHANGED, ExitCode.GAVE_UP))
    assert played.end.reason == "throttled; it asks for 60 min of rest"
    assert Played(RUNNING, ServerError("503", retry_after=3600)).found == (Action.UNKNOWN, ExitCode.GAVE_UP)


def test_forced_on_a_job_that_was_canceled_before_a_lost_answer_is_no_failure() -> None:
    force = Intent("canceled", force=True)
    assert Played(MARKED, LOST, MARKED, MARKED, intent=force).found == (Action.CANCELED, ExitCode.OK)
    later = an_answer("failed", message="canceled", updated_at="2026-11-23T04:00:00Z")
    assert Played(MARKED, LOST, later, intent=force).found == (Action.CANCELED, ExitCode.OK)


def test_a_mark_that_was_there_before_proves_nothing() -> None:
    replies: list[Reply] = [LOST, MARKED] * 3
    played = Played(MARKED, *replies, intent=Intent("canceled", force=True))
    assert (played.did.count("P"), played.found) == (3, (Action.UNKNOWN, ExitCode.GAVE_UP))


def test_an_answer_from_before_a_stop_lets_nothing_be_sent() -> None:
    attempt = Attempt(PLAIN, until=600.0)
    assert isinstance(attempt.decide(0.0), Read)
    attempt.resumed(60.0)
    attempt.record(RUNNING, 60.0, 1.0)
    assert isinstance(attempt.decide(60.0), Read)
    attempt.record(RUNNING, 61.0, 1.0)
    attempt.resumed(60.0)
    assert isinstance(attempt.decide(121.0), Read)


@pytest.mark.parametrize("kept", ["wrong term", "wrong   term\r\n", "  wrong term "])
def test_a_message_that_the_server_trims_marks_all_the_same(kept: str) -> None:
    intent = Intent(" wrong  term\n")
    assert Played(RUNNING, an_answer("failed", message=kept), intent=intent).found[0] is Action.CANCELED
    assert Played(RUNNING, LOST, an_answer("failed", message=kept), intent=intent).found[0] is Action.CANCELED


def test_a_message_that_the_server_cuts_marks_all_the_same_and_a_short_one_does_not() -> None:
    intent = Intent("the wrong term was given to the import" * 10)
    cut, short = (an_answer("failed", message=intent.message[:end]) for end in (255, 10))
    assert Played(RUNNING, LOST, cut, intent=intent).found[0] is Action.CANCELED
    assert Played(RUNNING, LOST, short, intent=intent).found[0] is Action.UNKNOWN


@pytest.mark.parametrize("message", ["wrong term", "Unexpected error, ID: 5", None])
def test_a_job_that_has_failed_since_a_lost_answer_may_carry_our_mark_under_another_message(
    message: str | None,
) -> None:
    played = Played(RUNNING, LOST, an_answer("failed", message=message), intent=Intent("wrong <b>term</b>"))
    assert played.found == (Action.UNKNOWN, ExitCode.GAVE_UP)
    assert played.end.reason == "hung up; it has failed since"


@pytest.mark.parametrize("replies", [(), (LOST,)])
def test_a_job_that_canvas_holds_as_canceled_is_canceled(replies: tuple[Reply, ...]) -> None:
    assert Played(RUNNING, *replies, an_answer("canceled")).found == (Action.CANCELED, ExitCode.OK)


def test_a_job_that_ended_otherwise_after_a_lost_answer_is_reported_as_it_is() -> None:
    played = Played(RUNNING, LOST, DONE)
    assert played.found == (Action.UNCHANGED, ExitCode.REFUSED)
    assert played.end.reason.startswith("it has already completed")


@pytest.mark.parametrize("answer", [DONE, an_answer("running", user_id=None)])
def test_what_the_guards_refuse_is_not_sent(answer: Answer) -> None:
    assert Played(answer).did == "r"


def test_forced_it_overwrites_a_finished_record_and_says_so() -> None:
    played = Played(DONE, MARKED, intent=Intent("canceled", force=True))
    assert played.end.reason == "its finished record was overwritten: it had completed"


def test_a_job_that_may_not_be_read_is_sent_unread_only_where_that_was_asked_for() -> None:
    unread = Intent("canceled", force=True, unread=True)
    played = Played(DENIED, MARKED, intent=unread)
    assert (played.did, played.found) == ("rP", (Action.CANCELED, ExitCode.OK))
    assert "sent unread" in played.end.reason
    assert Played(DENIED, intent=Intent("canceled", force=True)).found == (Action.UNCHANGED, ExitCode.NO_JOB)
    assert Played(DENIED, LOST, DENIED, intent=unread).found == (Action.UNKNOWN, ExitCode.GAVE_UP)
    assert Played(DENIED, DENIED, intent=unread).found == (Action.REFUSED, ExitCode.NO_JOB)
    dry = Intent("canceled", force=True, unread=True, dry_run=True)
    assert Played(DENIED, intent=dry).found == (Action.DRY_RUN, ExitCode.OK)


def test_an_unread_job_is_tried_three_times_and_not_more() -> None:
    throttled = ThrottledError("throttled")
    unread = Intent("canceled", force=True, unread=True)
    replies: list[Reply] = [DENIED, throttled] * 9
    played = Played(*replies, intent=unread)
    assert (played.did.count("P"), played.found) == (3, (Action.UNCHANGED, ExitCode.GAVE_UP))


def test_a_garbled_answer_is_a_lost_one() -> None:
    garbled = AnswerError("half a document")
    assert Played(RUNNING, garbled, MARKED).found == (Action.CANCELED, ExitCode.OK)
    played = Played(RUNNING, garbled, RUNNING, garbled, RUNNING, MARKED)
    assert (played.did, played.found) == ("rP.rP.rP", (Action.CANCELED, ExitCode.OK))
    played = Played(RUNNING, garbled, RUNNING, garbled, RUNNING, garbled, RUNNING)
    assert (played.did, played.found) == ("rP.rP.rP.r", (Action.UNKNOWN, ExitCode.GAVE_UP))


@pytest.mark.parametrize("error", [NoSuchJobError("no such job"), CredentialError("expired"), DENIED])
def test_what_canvas_refuses_is_not_tried_again(error: CanvasProgressError) -> None:
    assert Played(error).did == "r"
    assert Played(RUNNING, error).did == "rP"
    assert Played(error).found[1] is Played(RUNNING, error).found[1] is error.exit_code


def test_a_job_that_vanished_after_a_lost_answer_is_gone_and_a_refused_credential_leaves_it_unknown() -> None:
    vanished = Played(RUNNING, LOST, NoSuchJobError("no such job"))
    assert (vanished.found, vanished.end.outcome) == ((Action.UNKNOWN, ExitCode.GAVE_UP), Outcome.GONE)
    lost = Played(RUNNING, LOST, CredentialError("expired"))
    assert lost.found == (Action.UNKNOWN, ExitCode.NO_CREDENTIAL)
    assert lost.end.error is not None


@pytest.mark.parametrize(
    ("error", "tries"), [(REFUSED, 1), (CertificateError("expired"), 1), (LOST, 3), (ServerError("503"), 3)]
)
def test_a_server_that_was_never_heard_of_is_not_waited_for_long(error: CanvasProgressError, tries: int) -> None:
    played = Played(*[error] * 9)
    assert (played.did.count("r"), played.found) == (tries, (Action.UNCHANGED, ExitCode.GAVE_UP))


def test_a_post_that_cannot_have_arrived_three_times_is_known_not_to_have() -> None:
    replies: list[Reply] = [RUNNING, REFUSED] * 9
    played = Played(*replies)
    assert (played.did.count("P"), played.found) == (3, (Action.UNCHANGED, ExitCode.GAVE_UP))
    doubtful = Played(RUNNING, LOST, RUNNING, REFUSED, RUNNING, REFUSED, MARKED)
    assert doubtful.found == (Action.CANCELED, ExitCode.OK)


def test_an_answer_that_it_still_runs_is_believed() -> None:
    assert Played(RUNNING, RUNNING).found == (Action.UNCHANGED, ExitCode.REFUSED)


def test_when_the_time_is_over_nothing_more_is_sent() -> None:
    assert Played(until=0.0).end == Conclusion(
        Action.UNCHANGED, "the time limit is over; nothing was sent", ExitCode.TIMED_OUT
    )
    attempt = Attempt(Intent("canceled"), until=10.0)
    attempt.decide(0.0)
    attempt.record(RUNNING, 10.0, 0.0)
    assert isinstance(attempt.decide(10.0), Conclusion)
    late = Attempt(Intent("canceled"), until=10.0)
    late.decide(0.0)
    late.record(ServerError("503"), 1.0, 0.0)
    found = late.decide(10.0)
    assert isinstance(found, Conclusion)
    assert found.reason == "503; the time limit is over"


def test_interrupted_it_says_whether_anything_was_sent() -> None:
    assert Played().end.reason == "stopped; nothing was sent"
    assert Played(RUNNING).found == (Action.UNKNOWN, ExitCode.INTERRUPTED)
    assert Played(RUNNING, LOST).end.reason == "hung up; stopped before it was known"
    assert Played(RUNNING, MARKED).attempt.interrupted("stopped", ExitCode.INTERRUPTED).action is Action.CANCELED


def test_a_post_that_was_sent_unread_makes_the_reads_patient_as_any_other() -> None:
    unread = Intent("canceled", force=True, unread=True)
    played = Played(DENIED, LOST, *[ServerError("503")] * 4, MARKED, intent=unread)
    assert played.found == (Action.CANCELED, ExitCode.OK)


def test_a_server_that_asked_for_no_rest_is_not_said_to_have() -> None:
    assert Played(RUNNING, ThrottledError("throttled"), until=3.0).end.reason == "throttled"


def test_interrupted_after_a_post_that_cannot_have_arrived_it_says_why_and_before_any_that_nothing_was_sent() -> None:
    assert Played(RUNNING, REFUSED).end.reason == "refuses connections; stopped"
    assert Played(ServerError("503")).end.reason == "stopped; nothing was sent"


def test_the_rest_that_a_server_asks_for_is_told_from_now_on() -> None:
    attempt = Attempt(PLAIN, until=120.0)
    attempt.decide(50.0)
    attempt.record(ServerError("503", retry_after=25.0), 50.0, 1.0)
    attempt.decide(75.0)
    attempt.record(RUNNING, 75.0, 1.0)
    attempt.decide(75.0)
    attempt.record(ThrottledError("429", retry_after=100.0), 75.0, 1.0)
    assert attempt.conclusion is not None
    assert attempt.conclusion.reason == "429; it asks for 100 s of rest"


def test_a_job_that_was_marked_is_told_as_canvas_answered_to_the_post() -> None:
    assert Played(RUNNING, MARKED).end.answer == MARKED


def test_a_dry_run_says_how_the_job_is_now() -> None:
    assert Played(RUNNING, intent=Intent("canceled", dry_run=True)).end == Conclusion(
        Action.DRY_RUN, "would be marked as canceled; it is running", ExitCode.OK, RUNNING
    )


def test_patience_begins_with_the_first_request_and_not_with_the_clock() -> None:
    attempt = Attempt(PLAIN, until=1120.0)
    attempt.decide(1000.0)
    assert attempt.record(LOST, 1001.0, 1.0) == "hung up; trying again in 1 s"


def test_what_was_never_read_is_not_said_to_have_been() -> None:
    unread = Intent("canceled", force=True, unread=True)
    assert Played(DENIED, LOST, DENIED, intent=unread).end.reason == "you may not"


def test_a_read_that_the_time_limit_has_cut_short_says_nothing_about_the_server() -> None:
    attempt = Attempt(PLAIN, until=10.0)
    assert isinstance(attempt.decide(0.0), Read)
    assert attempt.record(LOST, 10.0, 1.0) is None
    assert attempt.conclusion is not None
    assert (attempt.conclusion.code, attempt.conclusion.reason) == (
        ExitCode.TIMED_OUT,
        "the time limit is over; nothing was sent",
    )
