"""What the attempt to cancel one job comes to, by what its requests are answered: each POST after a judged read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from canceling import DRY, MARKED, PLAIN, RUNNING, Played, Reply, asked, canceling, exchange, pause
from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_attempt import Attempt, Intent
from canvas_progress.core.cancel_conclusion import Action, Conclusion
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
from canvas_progress.core.kinds.sis_import import SIS_IMPORT
from canvas_progress.core.outcome import Outcome
from jobs import an_answer
from other_canvas import sis_import

DONE, FAILED = an_answer("completed", message="17 courses processed"), an_answer("failed", message="no such course")
MARKED_AGAIN = an_answer("failed", message="canceled", updated_at="2026-11-23T04:00:00Z")
LOST, REFUSED, GARBLED = NetworkError("hung up"), NetworkError("refuses", sent=False), AnswerError("half a document")
DOWN, THROTTLED = ServerError("503"), ThrottledError("429")
DENIED, MISSING, EXPIRED = NotPermittedError("you may not"), NoSuchJobError("no such job"), CredentialError("expired")
FORCE, UNREAD = Intent("canceled", force=True), Intent("canceled", force=True, unread=True)
DRY_UNREAD = Intent("canceled", force=True, unread=True, dry_run=True)

IMPORTING, ABORTED = (
    Answer(SIS_IMPORT.parse(json.dumps(sis_import(state)), SIS_IMPORT.usual())) for state in ("importing", "aborted")
)
GONE = replace(ABORTED, had_ended=True)
NOT_OURS, WHOSE = "Canvas found no job to abort any more; it is aborted", "somebody else's did it is not known"


@pytest.mark.parametrize(
    ("replies", "action", "code", "words", "is_doubtful"),
    [
        pytest.param([ABORTED], Action.CANCELED, ExitCode.OK, "rows already imported stay", False, id="ours"),
        pytest.param([GONE], Action.UNCHANGED, ExitCode.REFUSED, NOT_OURS, False, id="somebody else's"),
        pytest.param([LOST, ABORTED], Action.CANCELED, ExitCode.OK, WHOSE, True, id="an answer lost"),
        pytest.param([LOST, IMPORTING, GONE], Action.CANCELED, ExitCode.OK, WHOSE, True, id="lost, then not found"),
    ],
)
def test_an_abort_is_ours_only_where_canvas_has_said_so(
    replies: list[Reply], action: Action, code: ExitCode, words: str, *, is_doubtful: bool
) -> None:
    attempt = Attempt(PLAIN, SIS_IMPORT)
    for reply in (IMPORTING, *replies):
        attempt.begin()
        if isinstance(reply, Answer):
            attempt.answered(reply)
        else:
            attempt.failed(reply)
    assert attempt.conclusion is not None
    assert (attempt.conclusion.action, attempt.conclusion.code) == (action, code)
    assert words in attempt.conclusion.reason
    assert (WHOSE in attempt.conclusion.reason) is is_doubtful


CANCELED = (Action.CANCELED, ExitCode.OK)
LEFT_ALONE = (Action.REFUSED, ExitCode.REFUSED)
GAVE_UP = (Action.UNCHANGED, ExitCode.GAVE_UP)
NOT_KNOWN = (Action.UNKNOWN, ExitCode.GAVE_UP)


@pytest.mark.parametrize(
    ("replies", "did", "found"),
    [
        pytest.param([RUNNING, MARKED], "rP", CANCELED, id="read, judged and sent"),
        pytest.param([DONE], "r", LEFT_ALONE, id="what has finished is not sent"),
        pytest.param([an_answer(user_id=None)], "r", LEFT_ALONE, id="what belongs to nobody is not sent"),
        pytest.param([RUNNING, THROTTLED, RUNNING, MARKED], "rP.rP", CANCELED, id="repeated after one more read: 429"),
        pytest.param([RUNNING, DOWN, RUNNING, MARKED], "rP.rP", CANCELED, id="repeated after one more read: 503"),
        pytest.param([RUNNING, LOST, RUNNING, MARKED], "rP.rP", CANCELED, id="repeated after one more read: lost"),
        pytest.param(
            [RUNNING, REFUSED, RUNNING, MARKED], "rP.rP", CANCELED, id="repeated after one more read: refused"
        ),
        pytest.param([RUNNING, THROTTLED, DONE], "rP.r", LEFT_ALONE, id="completed in the pause after a 429"),
        pytest.param([RUNNING, REFUSED, DONE], "rP.r", LEFT_ALONE, id="completed in the pause after a refusal"),
        pytest.param([RUNNING, LOST, DONE], "rP.r", (Action.UNCHANGED, ExitCode.REFUSED), id="completed after a loss"),
        pytest.param([RUNNING, LOST, MARKED], "rP.r", CANCELED, id="a lost answer is settled by the mark"),
        pytest.param([RUNNING, GARBLED, MARKED], "rP.r", CANCELED, id="a garbled answer is a lost one"),
        pytest.param([RUNNING, *[LOST, RUNNING] * 2, LOST, MARKED], "rP.rP.rP.r", CANCELED, id="third loss, settled"),
        pytest.param([RUNNING, *[LOST, RUNNING] * 3], "rP.rP.rP.r", NOT_KNOWN, id="three losses, no mark"),
        pytest.param([RUNNING, *[GARBLED, RUNNING] * 3], "rP.rP.rP.r", NOT_KNOWN, id="three garbled, no mark"),
        pytest.param([RUNNING, *[GARBLED, RUNNING] * 2, MARKED], "rP.rP.rP", CANCELED, id="two garbled, then good"),
        pytest.param([RUNNING, REFUSED] * 9, "rP.rP.rP", GAVE_UP, id="never arrived three times"),
        pytest.param([RUNNING, LOST, *[RUNNING, REFUSED] * 2, MARKED], "rP.rP.rP.r", CANCELED, id="only one in doubt"),
        pytest.param([RUNNING, RUNNING], "rP", (Action.UNCHANGED, ExitCode.REFUSED), id="told that it still runs"),
        pytest.param([RUNNING, an_answer("canceled")], "rP", CANCELED, id="canceled in Canvas's own word"),
        pytest.param([RUNNING, LOST, an_answer("canceled")], "rP.r", CANCELED, id="in Canvas's own word, when read"),
        pytest.param([REFUSED] * 9, "r", GAVE_UP, id="a new server that refuses"),
        pytest.param([CertificateError("expired")] * 9, "r", GAVE_UP, id="a new server with a bad certificate"),
        pytest.param([LOST] * 9, "r.r.r", GAVE_UP, id="a new server that hangs up"),
        pytest.param([DOWN] * 9, "r.r.r", GAVE_UP, id="a new server that is down"),
        pytest.param([MISSING], "r", (Action.UNCHANGED, ExitCode.NO_JOB), id="no such job"),
        pytest.param([DENIED], "r", (Action.UNCHANGED, ExitCode.NO_JOB), id="may not be read"),
        pytest.param([EXPIRED], "r", (Action.UNCHANGED, ExitCode.NO_CREDENTIAL), id="credential refused"),
        pytest.param([RUNNING, MISSING], "rP", (Action.UNCHANGED, ExitCode.NO_JOB), id="vanished before the POST"),
        pytest.param([RUNNING, DENIED], "rP", (Action.REFUSED, ExitCode.NO_JOB), id="may not be canceled"),
        pytest.param([RUNNING, EXPIRED], "rP", (Action.UNCHANGED, ExitCode.NO_CREDENTIAL), id="credential, POST"),
    ],
)
def test_what_a_plain_attempt_does_and_comes_to(replies: list[Reply], did: str, found: tuple[Action, ExitCode]) -> None:
    played = Played(*replies)
    assert (played.did, played.found) == (did, found)


@pytest.mark.parametrize(
    ("intent", "replies", "did", "found"),
    [
        pytest.param(DRY, [RUNNING], "r", (Action.DRY_RUN, ExitCode.OK), id="dry run"),
        pytest.param(DRY_UNREAD, [DENIED], "r", (Action.DRY_RUN, ExitCode.OK), id="dry run of what is not readable"),
        pytest.param(FORCE, [DENIED], "r", (Action.UNCHANGED, ExitCode.NO_JOB), id="force alone sends nothing unread"),
        pytest.param(FORCE, [MARKED, LOST, MARKED, MARKED], "rP.rP", CANCELED, id="forced on a canceled job"),
        pytest.param(FORCE, [MARKED, LOST, MARKED_AGAIN], "rP.r", CANCELED, id="a mark that has changed proves it"),
        pytest.param(FORCE, [MARKED, *[LOST, MARKED] * 3], "rP.rP.rP.r", NOT_KNOWN, id="an old mark proves nothing"),
        pytest.param(UNREAD, [DENIED, MARKED], "rP", CANCELED, id="unread"),
        pytest.param(UNREAD, [DENIED, DENIED], "rP", (Action.REFUSED, ExitCode.NO_JOB), id="unread, and refused"),
        pytest.param(UNREAD, [DENIED, LOST, DENIED], "rP.r", NOT_KNOWN, id="unread and lost is not sent again"),
        pytest.param(UNREAD, [DENIED, LOST, *[DOWN] * 4, MARKED], "rP.r.r.r.r.r", CANCELED, id="unread, then patient"),
        pytest.param(UNREAD, [DENIED, THROTTLED] * 9, "rP.rP.rP", GAVE_UP, id="unread three times and not more"),
    ],
)
def test_what_other_intents_do_and_come_to(
    intent: Intent, replies: list[Reply], did: str, found: tuple[Action, ExitCode]
) -> None:
    played = Played(*replies, intent=intent)
    assert (played.did, played.found) == (did, found)


@pytest.mark.parametrize(
    ("sent", "kept", "at_once", "after_a_loss"),
    [
        pytest.param(" wrong  term\n", "wrong term", CANCELED, CANCELED, id="trimmed"),
        pytest.param(" wrong  term\n", "  wrong   term\r\n", CANCELED, CANCELED, id="spaced otherwise"),
        pytest.param(
            "the wrong term was given" * 20, ("the wrong term was given" * 20)[:255], CANCELED, CANCELED, id="cut"
        ),
        pytest.param("the wrong term was given", "the wrong", CANCELED, NOT_KNOWN, id="cut too short"),
        pytest.param("wrong <b>term</b>", "wrong term", CANCELED, NOT_KNOWN, id="changed"),
        pytest.param("wrong term", "Unexpected error, ID: 5", CANCELED, NOT_KNOWN, id="written over"),
        pytest.param("wrong term", None, CANCELED, NOT_KNOWN, id="none"),
    ],
)
def test_which_message_is_ours(
    sent: str, kept: str | None, at_once: tuple[Action, ExitCode], after_a_loss: tuple[Action, ExitCode]
) -> None:
    failed = an_answer("failed", message=kept)
    assert Played(RUNNING, failed, intent=Intent(sent)).found == at_once
    assert Played(RUNNING, LOST, failed, intent=Intent(sent)).found == after_a_loss


@pytest.mark.parametrize(
    ("replies", "intent", "until", "reason"),
    [
        pytest.param([RUNNING, LOST, FAILED], PLAIN, 120, "hung up; it has failed since", id="failed after a loss"),
        pytest.param([RUNNING, *[LOST, RUNNING] * 3], PLAIN, 120, "hung up; when last read it was running", id="seen"),
        pytest.param([DENIED, LOST, DENIED], UNREAD, 120, "you may not", id="never read, so not said to have been"),
        pytest.param(
            [DENIED, MARKED],
            UNREAD,
            120,
            "work already under way may go on; it was sent unread, since Canvas does not let you read it",
            id="unread",
        ),
        pytest.param([RUNNING, RUNNING], PLAIN, 120, "Canvas answered that it is running", id="told that it runs"),
        pytest.param(
            [DONE, MARKED], FORCE, 120, "its finished record was overwritten: it had completed", id="overwritten"
        ),
        pytest.param(
            [RUNNING, ThrottledError("429", retry_after=3600)],
            PLAIN,
            120,
            "429; it says to retry after 60 min",
            id="rest",
        ),
        pytest.param(
            [RUNNING, ServerError("503", retry_after=3600)],
            PLAIN,
            120,
            "503; it says to retry after 60 min; when last read it was running",
            id="rest, and in doubt",
        ),
        pytest.param(
            [ServerError("503", retry_after=25), RUNNING, ThrottledError("429", retry_after=100)],
            PLAIN,
            120,
            "429; it says to retry after 100 s",
            id="rest from now on, not from the start",
        ),
        pytest.param([RUNNING, THROTTLED], PLAIN, 3, "429", id="no rest was asked for"),
        pytest.param([], PLAIN, 0, "the time limit is over; nothing was sent", id="no time at all"),
        pytest.param([], PLAIN, 120, "stopped; nothing was sent", id="interrupted at first"),
        pytest.param([DOWN], PLAIN, 120, "stopped; nothing was sent", id="interrupted after a read that failed"),
        pytest.param([RUNNING], PLAIN, 120, "stopped while its request was under way", id="interrupted in a POST"),
        pytest.param([RUNNING, LOST], PLAIN, 120, "hung up; stopped before it was known", id="interrupted in doubt"),
        pytest.param([RUNNING, REFUSED], PLAIN, 120, "refuses; stopped", id="interrupted after one that never arrived"),
    ],
)
def test_what_is_said_of_it(replies: list[Reply], intent: Intent, until: float, reason: str) -> None:
    assert Played(*replies, intent=intent, until=until).end.reason == reason


def test_a_pause_is_news_with_what_follows_it() -> None:
    replies: list[Reply] = [DOWN, RUNNING, LOST, RUNNING, THROTTLED, RUNNING, MARKED]
    assert Played(*replies).news == [
        "503; trying again in 1 s",
        "hung up; looking whether it took effect in 1 s",
        "429; trying again in 10 s",
    ]


@pytest.mark.parametrize("trouble", [DOWN, REFUSED, LOST, GARBLED, THROTTLED])
def test_reads_after_a_lost_answer_are_patient_to_the_end(trouble: CanvasProgressError) -> None:
    assert Played(RUNNING, LOST, *[trouble] * 4, MARKED).found == CANCELED
    given_up = Played(RUNNING, LOST, *[trouble] * 40)
    assert given_up.found == NOT_KNOWN
    assert given_up.now > 60


def test_what_is_concluded_has_the_last_answer_and_the_error() -> None:
    assert Played(RUNNING, MARKED).end.answer == MARKED
    vanished, lost = Played(RUNNING, LOST, MISSING), Played(RUNNING, LOST, EXPIRED)
    assert (vanished.found, vanished.end.outcome) == (NOT_KNOWN, Outcome.GONE)
    assert (lost.found, lost.end.fatal) == ((Action.UNKNOWN, ExitCode.NO_CREDENTIAL), EXPIRED)
    assert Played(RUNNING, intent=DRY).end == Conclusion(
        Action.DRY_RUN, "would be marked as canceled; it is running", ExitCode.OK, RUNNING
    )


def test_what_is_forced_is_what_a_guard_says_without_force() -> None:
    reason = "it has already completed, and Canvas would rewrite it as failed"
    done, forced = an_answer("completed"), Intent("canceled", force=True, dry_run=True)
    assert Played(done, intent=forced).end == Conclusion(
        Action.DRY_RUN, f"would be marked as canceled by force: {reason}", ExitCode.OK, done, forced=reason
    )
    assert Played(RUNNING, intent=forced).end.forced == ""


def test_an_answer_from_before_a_stop_lets_nothing_be_sent() -> None:
    machine = canceling(until=600.0)
    read = asked(machine, 0.0)
    machine.resumed(60.0)
    machine.record(read, RUNNING, 60.0, 1.0)
    exchange(machine, RUNNING, now=60.0)
    machine.resumed(60.0)
    assert asked(machine, 121.0).message is None


def test_when_the_time_is_over_nothing_more_is_sent() -> None:
    for reply, now, reason in (
        (RUNNING, 10.0, "the time limit is over; nothing was sent"),
        (DOWN, 1.0, "503; the time limit is over"),
    ):
        machine = canceling(until=10.0)
        machine.record(asked(machine, 0.0), reply, now, 0.0)
        (told,) = machine.elapsed(10.0)
        assert isinstance(told.found, Conclusion)
        assert told.found.reason == reason


def test_a_read_that_the_time_limit_has_cut_short_says_nothing_about_the_server() -> None:
    machine = canceling(until=10.0)
    (told,) = machine.record(asked(machine, 0.0), LOST, 10.0, 1.0)
    assert told.found == Conclusion(Action.UNCHANGED, "the time limit is over; nothing was sent", ExitCode.TIMED_OUT)


def test_patience_begins_with_the_first_request_and_not_with_the_clock() -> None:
    machine = canceling()
    (told,) = machine.record(asked(machine, 1000.0), LOST, 1001.0, 1.0)
    assert told.found == "hung up; trying again in 1 s"
    assert pause(machine, 1001.0) == 1.0
