from __future__ import annotations

import math

import pytest

from canvas_progress.core.backoff import ONE_ANSWER, RetryPolicy
from canvas_progress.core.errors import (
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotCanvasError,
    OversizedAnswerError,
    ServerError,
    UnreadableJobError,
)
from canvas_progress.core.servers import Servers
from jobs import COLLEGE, SCHOOL

START = 100.0
DOWN = ServerError("down")
MINUTE = RetryPolicy(give_up_after=60.0)
NOT_THERE = NetworkError("no such host", sent=False)


def servers(retry: RetryPolicy = MINUTE) -> Servers:
    """Return two servers, one of which was just asked."""
    both = Servers(retry)
    for base in (SCHOOL, COLLEGE):
        both.add(base)
    both.sent(SCHOOL, START)
    return both


def fails(both: Servers, error: CanvasProgressError, now: float = START + 1) -> bool:
    return both.failed(SCHOOL, START, error, now, 1.0)


def test_a_server_that_is_known_does_not_begin_anew() -> None:
    both = servers()
    both.add(SCHOOL)
    assert both.loads[SCHOOL].sent == (START,)


def test_requests_to_all_servers_are_counted_together() -> None:
    both = servers()
    both.sent(COLLEGE, START)
    assert both.requests == 2


def test_a_server_is_given_up_when_it_gave_no_good_answer_for_long_and_never_while_it_is_not_asked() -> None:
    both = servers()
    assert (both.given_up_at(SCHOOL), both.given_up_at(COLLEGE)) == (START + 60, math.inf)
    both.answered(SCHOOL, START, START + 1, quota=None)
    assert both.given_up_at(SCHOOL) == math.inf


@pytest.mark.parametrize(("now", "lost"), [(START + 59.9, False), (START + 60, True)])
@pytest.mark.parametrize("error", [DOWN, UnreadableJobError("a poem")])
def test_a_failure_gives_the_server_up_once_its_time_is_over(
    error: CanvasProgressError, now: float, *, lost: bool
) -> None:
    assert fails(servers(), error, now) is lost


@pytest.mark.parametrize("error", [NoSuchJobError("no such job"), CredentialError("expired")])
def test_an_answer_that_will_not_change_is_not_the_fault_of_the_server_however_late_it_comes(
    error: CanvasProgressError,
) -> None:
    assert not fails(servers(), error, START + 999)


@pytest.mark.parametrize("error", [NotCanvasError("a web page"), CertificateError("expired")])
def test_an_address_that_is_no_canvas_is_given_up_at_once_unless_it_was_one_before(error: CanvasProgressError) -> None:
    assert fails(servers(), error)
    both = servers()
    both.answered(SCHOOL, START, START + 1, quota=None)
    both.sent(SCHOOL, START + 2)
    assert not both.failed(SCHOOL, START + 2, error, START + 3, 1.0)


def test_as_many_failures_as_attempts_give_the_server_up() -> None:
    both = servers(RetryPolicy(attempts=2))
    assert not fails(both, DOWN)
    both.sent(SCHOOL, START + 2)
    assert both.failed(SCHOOL, START + 2, DOWN, START + 3, 1.0)


def test_a_failure_of_one_job_on_a_server_in_trouble_is_not_one_more_of_the_server() -> None:
    both = servers(RetryPolicy(attempts=1))
    assert not fails(both, UnreadableJobError("a poem"))


def test_an_answer_without_end_is_the_fault_of_its_job_and_not_of_the_server() -> None:
    both = servers(ONE_ANSWER)
    both.answered(SCHOOL, START, START + 1, quota=None)
    both.sent(SCHOOL, START + 2)
    assert not both.failed(SCHOOL, START + 2, OversizedAnswerError("endless"), START + 3, 1.0)


def test_a_failure_holds_the_server_for_the_backoff() -> None:
    both = servers()
    fails(both, ServerError("down", retry_after=7))
    assert both.room_at(SCHOOL, START + 1) == START + 8
    both.sent(SCHOOL, START + 8)
    both.failed(SCHOOL, START + 8, DOWN, START + 9, 1.0)
    assert both.room_at(SCHOOL, START + 9) == START + 11  # the second in a row


@pytest.mark.parametrize(("error", "well"), [(NoSuchJobError("none"), True), (CredentialError("expired"), False)])
def test_only_a_no_about_a_job_shows_that_the_server_is_well(error: CanvasProgressError, *, well: bool) -> None:
    both = servers()
    fails(both, error)
    assert both.loads[SCHOOL].has_answered is well
    assert (both.given_up_at(SCHOOL) == math.inf) is well


def test_a_server_is_given_up_with_its_latest_error_or_else_for_its_silence() -> None:
    silent, failing = servers(), servers()
    assert str(silent.give_up(SCHOOL)) == "canvas.example.edu did not answer within 60 s"
    assert silent.given_up_at(SCHOOL) == math.inf
    fails(failing, NOT_THERE)
    failing.sent(SCHOOL, START)
    fails(failing, DOWN)
    assert failing.give_up(SCHOOL) is DOWN


def test_time_in_which_the_process_was_stopped_does_not_give_a_server_up() -> None:
    both = servers()
    both.resumed(500.0)
    assert (both.given_up_at(SCHOOL), both.given_up_at(COLLEGE)) == (START + 560, math.inf)
