"""What a `cancel` of several jobs does next; what comes of one job is in the tests of its attempt and follow-up."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from canceling import DRY, MARKED, PLAIN, RUNNING, START, Reply, asked, canceling, exchange, pause
from canvas_progress.core.answers import About
from canvas_progress.core.cancel_conclusion import Conclusion
from canvas_progress.core.cancellations import TIMEOUT, CancelEvent, Cancellations
from canvas_progress.core.decisions import Stop
from canvas_progress.core.errors import CredentialError, NoSuchJobError, NotPermittedError, ServerError
from canvas_progress.core.exit_codes import ExitCode
from jobs import COLLEGE, a_target, an_answer

DOWN, EXPIRED, MISSING = ServerError("down"), CredentialError("expired"), NoSuchJobError("none")
DONE, SCARCE = an_answer("completed"), an_answer("failed", message="canceled", about=About(quota=200.0))
FIRST, SECOND, ELSEWHERE = a_target(1), a_target(2), a_target(3, base=COLLEGE)


def marked(*, until: float = math.inf) -> Cancellations:
    """Return a command that has marked both jobs, and waits for what becomes of them."""
    machine = canceling(FIRST, SECOND, until=until, wait=True)
    exchange(machine, RUNNING, MARKED, RUNNING, MARKED)
    return machine


def codes(events: tuple[CancelEvent, ...]) -> list[ExitCode]:
    return [event.found.code for event in events if isinstance(event.found, Conclusion)]


def second_before_first(machine: Cancellations, second: Reply, first: Reply) -> list[CancelEvent]:
    """Have both jobs read side by side, and answered in the wrong order; return what is told at the second answer."""
    requests = asked(machine), asked(machine, START + 2)
    assert [request.target for request in requests] == [FIRST, SECOND]
    assert machine.record(requests[1], second, START + 2, 1.0) == ()
    return list(machine.record(requests[0], first, START + 2, 1.0))


def test_each_job_is_read_and_marked_before_the_next_is_read() -> None:
    machine, requests = canceling(FIRST, SECOND), []
    for reply in (RUNNING, MARKED, RUNNING, MARKED):
        requests.append(asked(machine))
        machine.record(requests[-1], reply, START, 1.0)
    told = [(request.target, request.message) for request in requests]
    assert told == [(FIRST, None), (FIRST, "canceled"), (SECOND, None), (SECOND, "canceled")]
    assert machine.decide(START) == Stop()


@pytest.mark.parametrize(
    ("machine", "second", "first", "told"),
    [
        pytest.param(canceling(FIRST, SECOND, intent=DRY), RUNNING, RUNNING, [FIRST, SECOND], id="dry run"),
        pytest.param(canceling(FIRST, SECOND, intent=DRY), RUNNING, EXPIRED, [FIRST], id="dry run, credential refused"),
        pytest.param(marked(), DONE, DONE, [FIRST, SECOND], id="followed up"),
        pytest.param(marked(), DONE, EXPIRED, [FIRST], id="followed up, credential refused"),
    ],
)
def test_jobs_that_are_read_side_by_side_are_told_of_in_their_order(
    machine: Cancellations, second: Reply, first: Reply, told: list[object]
) -> None:
    assert [event.target for event in second_before_first(machine, second, first)] == told
    assert machine.decide(START + 2) == Stop()
    assert machine.stopped is (EXPIRED if first is EXPIRED else None)


def test_what_fails_for_now_is_news_and_the_job_waits() -> None:
    machine = canceling(FIRST, SECOND)
    assert exchange(machine, DOWN) == (CancelEvent(FIRST, "down; trying again in 1 s"),)
    assert pause(machine) == 1.0
    assert asked(machine, START + 1).target == FIRST


def test_a_job_has_its_own_two_minutes_where_no_time_is_given() -> None:
    machine = canceling(FIRST, SECOND)
    first = asked(machine)
    assert first.seconds == TIMEOUT
    assert pause(machine, START + 20) == math.inf  # its answer is on the way
    machine.record(first, MISSING, START + 20, 1.0)
    assert asked(machine, START + 30).seconds == TIMEOUT


def test_the_time_that_is_given_is_for_all_jobs_together() -> None:
    machine = canceling(FIRST, SECOND, until=START + 50)
    exchange(machine, MISSING)
    assert asked(machine, START + 30).seconds == 20.0


def test_when_the_time_is_over_each_job_is_told_of() -> None:
    machine = canceling(FIRST, SECOND, until=START + 50)
    assert codes(machine.elapsed(START + 50)) == [ExitCode.TIMED_OUT, ExitCode.TIMED_OUT]
    assert machine.decide(START + 50) == Stop()


def test_a_request_under_way_is_waited_for_when_the_time_is_over() -> None:
    machine = canceling(FIRST, until=START + 50)
    request = asked(machine)
    assert machine.elapsed(START + 50) == ()
    assert codes(machine.record(request, MISSING, START + 50, 1.0)) == [ExitCode.NO_JOB]


def test_a_post_leaves_right_after_its_read_however_little_quota_is_left() -> None:
    machine = canceling()
    exchange(machine, an_answer("running", about=About(quota=0.0)))
    assert asked(machine).message == "canceled"


@pytest.mark.parametrize(("until", "wait"), [(math.inf, 5.0), (START + 3, 3.0)])
def test_a_read_waits_until_the_quota_allows_for_it_but_not_beyond_the_time_there_is(until: float, wait: float) -> None:
    machine = canceling(FIRST, SECOND, until=until)
    exchange(machine, RUNNING, SCARCE)
    assert pause(machine) == wait


def test_a_failure_of_a_server_does_not_hold_back_the_jobs_of_another() -> None:
    machine = canceling(ELSEWHERE, FIRST, intent=DRY)
    exchange(machine, DOWN)
    assert asked(machine).target == FIRST


def test_it_waits_for_the_job_that_is_due_first() -> None:
    machine = canceling(ELSEWHERE, FIRST, intent=DRY)
    exchange(machine, DOWN, ServerError("down", retry_after=30))
    assert pause(machine) == 1.0


def test_a_server_may_ask_for_as_much_rest_as_there_is_time() -> None:
    machine = canceling(FIRST, SECOND, intent=DRY, until=START + 3600)
    exchange(machine, ServerError("down", retry_after=600))
    assert pause(machine) == 600.0


@pytest.mark.parametrize("machine", [canceling(FIRST, SECOND), marked()], ids=["attempt", "follow-up"])
def test_a_credential_that_is_refused_stops_it_and_the_rest_is_not_told_of(machine: Cancellations) -> None:
    assert [event.target for event in exchange(machine, EXPIRED)] == [FIRST]
    assert machine.stopped is EXPIRED
    assert machine.decide(START) == Stop()


def test_stopped_it_sends_nothing_more_and_the_first_reason_is_kept() -> None:
    machine = canceling()
    machine.stop(EXPIRED)
    machine.stop(DOWN)
    assert machine.stopped is EXPIRED
    assert machine.decide(START) == Stop()


def test_a_job_that_was_not_marked_is_not_followed_up() -> None:
    machine = canceling(FIRST, SECOND, wait=True)
    exchange(machine, DONE, RUNNING, MARKED)
    assert [event.target for event in exchange(machine, DONE)] == [SECOND]


@pytest.mark.parametrize(
    ("kept", "then", "found"),
    [
        pytest.param("wrong", "wrong", [], id="the message that Canvas has kept is the mark"),
        pytest.param("wrong", "else", [ExitCode.JOB_FAILED], id="another one is not"),
        pytest.param(None, "canceled", [], id="the one that was sent, where Canvas tells none"),
    ],
)
def test_the_mark_to_look_for(kept: str | None, then: str, found: list[ExitCode]) -> None:
    machine = canceling(wait=True)
    exchange(machine, RUNNING, an_answer("failed", message=kept))
    assert codes(exchange(machine, an_answer("failed", message=then))) == found


def test_what_is_followed_up_is_never_sent_again_even_if_it_may_not_be_read_any_more() -> None:
    unread = replace(PLAIN, force=True, unread=True)
    machine = canceling(intent=unread, wait=True)
    exchange(machine, RUNNING, MARKED)
    assert codes(exchange(machine, NotPermittedError("no"))) == [ExitCode.NO_JOB]
    assert machine.decide(START) == Stop()


def test_time_in_which_the_process_was_stopped_is_nobodys_silence() -> None:
    machine = canceling()
    request = asked(machine)
    machine.resumed(60.0)
    pause(machine, START + 60)  # its answer is still on the way
    machine.record(request, RUNNING, START + 61, 1.0)
    again = asked(machine, START + 61)
    assert again.message is None  # the answer may be from before the stop
    machine.record(again, RUNNING, START + 62, 1.0)
    assert asked(machine, START + 62).message == "canceled"


def test_a_stop_moves_the_limit_of_each_job_but_not_that_of_the_user() -> None:
    for until, left in ((math.inf, TIMEOUT), (START + 300, 300 - 60.0)):
        machine = canceling(until=until)
        asked(machine)
        machine.resumed(60.0)
        assert machine.cases[0].until - (START + 60) == left


def test_a_stop_while_a_mark_is_followed_up_counts_for_nothing() -> None:
    machine = marked()
    machine.resumed(600.0)
    assert asked(machine, START + 600).seconds == TIMEOUT


def test_a_job_of_lti_is_refused_and_not_even_read() -> None:
    machine = canceling(a_target(course=5))
    (told,) = machine.elapsed(START)
    assert isinstance(told.found, Conclusion)
    assert (told.found.action, told.found.code) == ("refused", ExitCode.REFUSED)
    assert machine.decide(START) == Stop()
