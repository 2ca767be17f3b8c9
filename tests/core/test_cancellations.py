"""What a `cancel` of several jobs does next; what comes of one job is in the tests of its attempt and follow-up."""

from __future__ import annotations

import math

import pytest

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.cancel_decisions import Intent
from canvas_progress.core.cancellations import (
    TIMEOUT,
    Attempted,
    CancelEvent,
    Cancellations,
    CancelRequest,
    Case,
    FollowedUp,
    News,
)
from canvas_progress.core.decisions import Ask, Stop, Wait
from canvas_progress.core.errors import CanvasProgressError, CredentialError, NoSuchJobError, ServerError
from canvas_progress.core.exit_codes import ExitCode
from jobs import COLLEGE, a_target, an_answer

START = 100.0
PLAIN, DRY = Intent("canceled"), Intent("canceled", dry_run=True)
RUNNING = an_answer("running")
MARKED = an_answer("failed", message="canceled")
DOWN = ServerError("down")
EXPIRED = CredentialError("expired")
FIRST, SECOND = a_target(1), a_target(2)


def cancellations(intent: Intent = PLAIN, *, until: float = math.inf, wait: bool = False) -> Cancellations:
    """Return a command for two jobs on one server."""
    return Cancellations(tuple(Case(target, intent) for target in (FIRST, SECOND)), intent, until=until, wait=wait)


def asked(machine: Cancellations, now: float = START) -> CancelRequest:
    machine.elapsed(now)
    decision = machine.decide(now)
    assert isinstance(decision, Ask), decision
    return decision.request


def exchange(
    machine: Cancellations, *replies: Answer | CanvasProgressError, now: float = START
) -> tuple[CancelEvent, ...]:
    """Let it send one request after the other and answer each at once; return what it tells of the last one."""
    told: tuple[CancelEvent, ...] = ()
    for reply in replies:
        told = machine.record(asked(machine, now), reply, now, 1.0)
    return told


def marked(*, until: float = math.inf) -> Cancellations:
    """Return a command that has marked both jobs, and waits for what becomes of them."""
    machine = cancellations(until=until, wait=True)
    exchange(machine, RUNNING, MARKED, RUNNING, MARKED)
    return machine


def test_each_job_is_read_and_marked_before_the_next_is_read() -> None:
    machine, requests = cancellations(), []
    for reply in (RUNNING, MARKED, RUNNING, MARKED):
        requests.append(asked(machine))
        machine.record(requests[-1], reply, START, 1.0)
    assert [(request.target, request.message) for request in requests] == [
        (FIRST, None),
        (FIRST, "canceled"),
        (SECOND, None),
        (SECOND, "canceled"),
    ]
    assert machine.decide(START) == Stop()


def test_a_dry_run_reads_all_jobs_side_by_side_and_tells_of_them_in_their_order() -> None:
    machine = cancellations(DRY)
    first = asked(machine)
    second = asked(machine, START + 2)
    assert machine.record(second, RUNNING, START + 2, 1.0) == ()
    told = machine.record(first, RUNNING, START + 2, 1.0)
    assert [type(event) for event in told] == [Attempted, Attempted]
    assert [event.target for event in told] == [FIRST, SECOND]


def test_what_fails_for_now_is_news_and_the_job_waits() -> None:
    machine = cancellations()
    assert exchange(machine, DOWN) == (News(FIRST, "down; trying again in 1 s"),)
    assert machine.decide(START) == Wait(1.0)
    assert asked(machine, START + 1).target == FIRST


def test_a_job_has_its_own_two_minutes_where_no_time_is_given() -> None:
    machine = cancellations()
    assert asked(machine).seconds == TIMEOUT
    assert machine.decide(START + 20) == Wait(math.inf)  # its answer is on the way
    machine.record(CancelRequest(FIRST, None, TIMEOUT), NoSuchJobError("none"), START + 20, 1.0)
    assert asked(machine, START + 30).seconds == TIMEOUT


def test_the_time_that_is_given_is_for_all_jobs_together() -> None:
    machine = cancellations(until=START + 50)
    exchange(machine, NoSuchJobError("none"))
    assert asked(machine, START + 30).seconds == 20.0


def test_when_the_time_is_over_each_job_is_told_of() -> None:
    machine = cancellations(until=START + 50)
    codes = [
        event.conclusion.code for _ in range(2) for event in machine.elapsed(START + 50) if isinstance(event, Attempted)
    ]
    assert codes == [ExitCode.TIMED_OUT, ExitCode.TIMED_OUT]
    assert machine.decide(START + 50) == Stop()


def test_a_post_leaves_right_after_its_read_however_little_quota_is_left() -> None:
    machine = cancellations()
    exchange(machine, an_answer("running", about=About(quota=0.0)))
    assert asked(machine).message == "canceled"


def test_a_read_waits_until_the_quota_allows_for_it() -> None:
    machine = cancellations()
    exchange(machine, RUNNING, an_answer("failed", message="canceled", about=About(quota=200.0)))
    assert machine.decide(START) == Wait(5.0)


def test_nothing_waits_for_the_quota_beyond_the_time_there_is() -> None:
    machine = cancellations(until=START + 3)
    exchange(machine, RUNNING, an_answer("failed", message="canceled", about=About(quota=200.0)))
    assert machine.decide(START) == Wait(3.0)


def test_a_request_under_way_is_waited_for_when_the_time_is_over() -> None:
    machine = cancellations(until=START + 50)
    request = asked(machine)
    assert machine.elapsed(START + 50) == ()
    (told,) = machine.record(request, NoSuchJobError("none"), START + 50, 1.0)
    assert isinstance(told, Attempted)
    assert told.conclusion.code is ExitCode.NO_JOB


def test_a_failure_of_a_server_does_not_hold_back_the_jobs_of_another() -> None:
    there, here = a_target(1, base=COLLEGE), a_target(2)
    machine = Cancellations((Case(there, DRY), Case(here, DRY)), DRY)
    exchange(machine, DOWN)
    assert asked(machine).target == here


def test_a_credential_that_is_refused_stops_it_and_the_rest_is_not_told_of() -> None:
    machine = cancellations()
    (told,) = exchange(machine, EXPIRED)
    assert isinstance(told, Attempted)
    assert machine.stopped is EXPIRED
    assert machine.decide(START) == Stop()


def test_a_credential_that_is_refused_keeps_also_what_is_known_of_later_jobs_from_being_told() -> None:
    machine = cancellations(DRY)
    first, second = asked(machine), asked(machine, START + 2)
    machine.record(second, RUNNING, START + 2, 1.0)
    assert [event.target for event in machine.record(first, EXPIRED, START + 2, 1.0)] == [FIRST]


def test_a_mark_that_canvas_tells_without_a_message_is_looked_for_by_the_one_that_was_sent() -> None:
    machine = cancellations(wait=True)
    exchange(machine, NoSuchJobError("none"), RUNNING, an_answer("failed"))
    assert exchange(machine, MARKED) == ()


def test_stopped_it_sends_nothing_more_and_the_first_reason_is_kept() -> None:
    machine = cancellations()
    machine.stop(EXPIRED)
    machine.stop(DOWN)
    assert machine.stopped is EXPIRED
    assert machine.decide(START) == Stop()


def test_marked_jobs_are_followed_up_side_by_side_once_all_were_attempted() -> None:
    machine = marked()
    assert [asked(machine).target, asked(machine, START + 2).target] == [FIRST, SECOND]


def test_what_becomes_of_marked_jobs_is_told_in_the_order_of_the_jobs() -> None:
    machine, done = marked(), an_answer("completed")
    first, second = asked(machine), asked(machine, START + 2)
    assert machine.record(second, done, START + 2, 1.0) == ()
    told = machine.record(first, done, START + 2, 1.0)
    assert [(type(event), event.target) for event in told] == [(FollowedUp, FIRST), (FollowedUp, SECOND)]
    assert machine.decide(START + 2) == Stop()


def test_a_job_that_was_not_marked_is_not_followed_up() -> None:
    machine = cancellations(wait=True)
    exchange(machine, an_answer("completed"), RUNNING, MARKED)
    told = exchange(machine, an_answer("completed"))
    assert [(type(event), event.target) for event in told] == [(FollowedUp, SECOND)]


@pytest.mark.parametrize(("kept", "code"), [("wrong", None), ("else", ExitCode.JOB_FAILED)])
def test_the_message_that_canvas_has_kept_is_the_mark_to_look_for(kept: str, code: ExitCode | None) -> None:
    machine = cancellations(wait=True)
    exchange(machine, NoSuchJobError("none"), RUNNING, an_answer("failed", message="wrong"))
    told = exchange(machine, an_answer("failed", message=kept))
    assert [event.conclusion.code for event in told if isinstance(event, FollowedUp)] == (
        [] if code is None else [code]
    )


def test_a_credential_that_is_refused_while_it_waits_stops_it() -> None:
    machine = marked()
    told = exchange(machine, EXPIRED)
    assert [event.target for event in told] == [FIRST]
    assert machine.stopped is EXPIRED


def test_a_credential_that_is_refused_stops_it_also_where_a_later_job_has_settled() -> None:
    machine = marked()
    first, second = asked(machine), asked(machine, START + 2)
    machine.record(second, an_answer("completed"), START + 2, 1.0)
    told = machine.record(first, EXPIRED, START + 2, 1.0)
    assert [event.target for event in told] == [FIRST, SECOND]
    assert machine.stopped is EXPIRED


def test_a_server_may_ask_for_as_much_rest_as_there_is_time() -> None:
    machine = cancellations(DRY, until=START + 3600)
    exchange(machine, ServerError("down", retry_after=600))
    assert machine.decide(START) == Wait(600.0)


def test_it_waits_for_the_job_that_is_due_first() -> None:
    there, here = a_target(1, base=COLLEGE), a_target(2)
    machine = Cancellations((Case(there, DRY), Case(here, DRY)), DRY)
    exchange(machine, DOWN, ServerError("down", retry_after=30))
    assert machine.decide(START) == Wait(1.0)


def test_time_in_which_the_process_was_stopped_is_nobodys_silence() -> None:
    machine = cancellations()
    request = asked(machine)
    machine.resumed(60.0)
    assert isinstance(machine.decide(START + 60), Wait)  # its answer is still on the way
    machine.record(request, RUNNING, START + 61, 1.0)
    again = asked(machine, START + 61)
    assert again.message is None  # the answer may be from before the stop
    machine.record(again, RUNNING, START + 62, 1.0)
    assert asked(machine, START + 62).message == "canceled"


@pytest.mark.parametrize("reply", [DOWN, RUNNING])
def test_an_answer_that_nobody_asked_for_says_nothing_about_the_server(reply: Answer | CanvasProgressError) -> None:
    machine = cancellations()
    machine.record(CancelRequest(FIRST, None, TIMEOUT), reply, 0.0, 1.0)
    assert asked(machine, 1.0).target == FIRST


def test_a_stop_moves_the_limit_of_each_job_but_not_that_of_the_user() -> None:
    for until, left in ((math.inf, TIMEOUT), (START + 300, 300 - 60.0)):
        machine = cancellations(until=until)
        asked(machine)
        machine.resumed(60.0)
        assert machine.cases[0].machine.until - (START + 60) == left


def test_a_stop_while_a_mark_is_followed_up_counts_for_nothing() -> None:
    machine = marked()
    machine.resumed(600.0)
    assert isinstance(machine.decide(START + 600), Ask | Wait)
    assert machine.cases[0].machine.conclusion is None
