from __future__ import annotations

import math

import pytest

from canvas_progress.core.backoff import RetryPolicy
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.decisions import Send, Stop, Wait
from canvas_progress.core.errors import (
    CanvasProgressError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    ServerError,
    TimeLimitError,
)
from canvas_progress.core.once import Once
from jobs import COLLEGE, SCHOOL

START = 100.0
DOWN = ServerError("down")
NO_JOB = NoSuchJobError("no such job")


def where(subject: str) -> BaseUrl:
    return COLLEGE if subject.isupper() else SCHOOL


def once(subjects: str, *, until: float = math.inf) -> Once[str, float]:
    """Want an answer for each letter: the small ones are at one server, the capital ones at another."""
    return Once(tuple(subjects), where, START, until=until, quota=lambda quota: quota)


def asked(machine: Once[str, float], now: float = START) -> str:
    decision = machine.decide(now)
    assert isinstance(decision, Send), decision
    return decision.request


def exchange(machine: Once[str, float], reply: float | CanvasProgressError, now: float = START) -> tuple[str, ...]:
    return machine.record(asked(machine, now), reply, now, 1.0)


def test_each_is_asked_once_and_then_it_stops() -> None:
    machine = once("aaB")
    for _ in "aB":
        exchange(machine, 700.0)
    assert machine.decide(START) == Stop()
    assert (machine.answers, machine.errors) == ({"a": 700.0, "B": 700.0}, {})


def test_for_nothing_it_stops_at_once() -> None:
    assert once("").decide(START) == Stop()


def test_who_has_time_goes_on_where_others_have_given_up() -> None:
    patient: Once[str, float] = Once(tuple("a"), where, START, retry=RetryPolicy(give_up_after=60.0))
    now = START
    while now < START + 20:
        exchange(patient, DOWN, now)
        decision = patient.decide(now)
        assert isinstance(decision, Wait)
        now += decision.seconds
    exchange(patient, 700.0, now)
    assert patient.answers == {"a": 700.0}


def test_what_was_answered_is_not_open_any_more() -> None:
    machine = once("ab")
    exchange(machine, 700.0)
    assert [machine.is_open(subject) for subject in "ab"] == [False, True]


def test_the_quota_of_an_answer_holds_back_the_next_request() -> None:
    machine = once("ab")
    exchange(machine, 200.0)
    assert machine.decide(START) == Wait(5.0)


def test_a_failure_that_may_pass_is_told_and_tried_again() -> None:
    machine = once("a")
    assert exchange(machine, DOWN) == ("down, retrying in 1 s",)
    assert machine.decide(START) == Wait(1.0)
    assert exchange(machine, 700.0, START + 1) == ()
    assert (machine.answers, machine.errors) == ({"a": 700.0}, {})


def test_an_error_that_will_not_pass_is_that_of_one_subject() -> None:
    machine = once("ab")
    assert exchange(machine, NO_JOB) == ()
    assert machine.errors == {"a": NO_JOB}
    assert asked(machine) == "b"


@pytest.mark.parametrize("error", [CredentialError("expired"), NetworkError("refuses connections", sent=False)])
def test_a_server_that_is_of_no_use_is_asked_for_nothing_more_and_what_was_not_asked_has_no_error(
    error: CanvasProgressError,
) -> None:
    machine = once("abC")
    exchange(machine, error)
    assert machine.errors == {"a": error}
    assert not machine.is_open("b")
    assert exchange(machine, 700.0) == ()
    assert machine.decide(START) == Stop()
    assert machine.answers == {"C": 700.0}


def test_a_server_that_is_silent_for_a_minute_is_given_up() -> None:
    machine = once("abC")
    asked(machine)
    exchange(machine, 700.0)
    assert machine.elapsed(START + 59) == ()
    assert machine.is_open("a")
    assert machine.elapsed(START + 60) == ()
    assert machine.decide(START + 60) == Stop()
    assert {subject: str(error) for subject, error in machine.errors.items()} == {
        "a": "canvas.example.edu did not answer within 60 s"
    }


@pytest.mark.parametrize("late", [700.0, DOWN])
def test_what_comes_after_its_server_was_given_up_is_not_heard(late: float | CanvasProgressError) -> None:
    machine = once("a")
    asked(machine)
    machine.elapsed(START + 60)
    assert machine.record("a", late, START + 61, 1.0) == ()
    assert machine.answers == {}
    assert {subject: str(error) for subject, error in machine.errors.items()} == {
        "a": "canvas.example.edu did not answer within 60 s"
    }


def test_when_the_time_is_over_each_that_is_open_has_not_answered_in_time() -> None:
    machine = once("abC", until=START + 10)
    asked(machine)
    exchange(machine, 700.0)
    assert machine.decide(START + 10) == Stop()
    assert list(machine.errors) == ["a", "b"]
    error = machine.errors["a"]
    assert isinstance(error, TimeLimitError)
    assert error.message == "the time limit was over before canvas.example.edu had answered"


def test_when_the_time_is_over_the_latest_error_is_said_where_there_was_one() -> None:
    machine = once("a", until=START + 10)
    exchange(machine, DOWN)
    exchange(machine, NetworkError("refuses connections"), START + 1)
    assert machine.decide(START + 10) == Stop()
    assert machine.errors["a"].message == "the time limit was over; the latest error: refuses connections"


def test_it_waits_no_longer_than_the_time_there_is() -> None:
    machine = once("a", until=START + 10)
    asked(machine)
    assert machine.decide(START + 1) == Wait(9.0)


def test_an_answer_in_time_is_no_error_when_the_time_is_over() -> None:
    machine = once("a", until=START + 10)
    exchange(machine, 700.0)
    assert machine.decide(START + 10) == Stop()
    assert machine.errors == {}


def test_time_in_which_the_process_was_stopped_gives_no_server_up() -> None:
    machine = once("a")
    asked(machine)
    machine.resumed(1000.0)
    machine.elapsed(START + 1030)
    assert machine.is_open("a")


def test_a_server_that_asks_for_more_rest_than_anybody_waits_is_lost_and_says_how_much() -> None:
    machine = once("a")
    assert exchange(machine, ServerError("down", retry_after=900)) == ()
    assert machine.errors["a"].message == "down; it says to retry after 15 min"
    assert machine.decide(START) == Stop()
