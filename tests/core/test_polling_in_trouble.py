"""What a watch does when requests fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canvas_progress.core.decisions import Ending, Send, Stop, Wait
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotCanvasError,
    NotPermittedError,
    ServerError,
    ThrottledError,
    UnreadableJobError,
)
from canvas_progress.core.events import Event, Finished, Trouble
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from cases import table
from jobs import COLLEGE, SCHOOL, a_target, an_answer
from watching import START, a_watch, asked, decided, exchange, played, stopped, wait

if TYPE_CHECKING:
    from watching import Step

RUNNING = an_answer("running")
COMPLETED = an_answer("completed")
LATE = an_answer("completed", tag="assignment_bulk_update")  # whose results may come after it
DOWN = NetworkError("the network is down")
MISSING = NoSuchJobError("there is no progress 1")
FORBIDDEN, EXPIRED = NotPermittedError("not yours"), CredentialError("expired")
NO_CANVAS, WHOSE = NotCanvasError("a web page"), CertificateError("whose?")
POEM, TEAPOT = UnreadableJobError("no id"), AnswerError("418")
IN_ITS_PLACE = NotCanvasError("down for maintenance", stands_in=True)
PASSING = [IN_ITS_PLACE, DOWN, ServerError("502"), ThrottledError("slow down")]
STRANGE = [NO_CANVAS, POEM, TEAPOT, WHOSE]
EVERY_5_S = Policy(interval=5)
A_MINUTE = Policy(interval=5, give_up_after=60)


def trouble(error: CanvasProgressError, retry_in: float | None = None, attempt: int = 1, id_: int = 1) -> Trouble:
    return Trouble(a_target(id_), error, retry_in, attempt)


COMPLETE = Finished(a_target(), Outcome.COMPLETED, LATE.job)
NEVER_WAS, HAS_GONE = (Finished(a_target(), Outcome.GONE, job) for job in (None, RUNNING.job))


@table(
    "steps told error",
    {
        "one that may pass": ([(0, DOWN)], [trouble(DOWN, 1.0)], None),
        "one after a success": ([(0, DOWN), (1, RUNNING), (6, DOWN)], [trouble(DOWN, 1.0)], None),
        "one more after a success": ([(0, DOWN), (50, RUNNING), (100, DOWN), (130, DOWN)], [trouble(DOWN, 2, 2)], None),
        "a refused credential": ([(0, RUNNING), (5, EXPIRED)], [trouble(EXPIRED)], EXPIRED),
        "one that never was": ([(0, MISSING)], [trouble(MISSING), NEVER_WAS], MISSING),
        "one that vanishes after it was seen": ([(0, RUNNING), (5, MISSING)], [HAS_GONE], None),
        "a forbidden one": ([(0, FORBIDDEN)], [trouble(FORBIDDEN)], FORBIDDEN),
        "a wrong address": ([(0, NO_CANVAS)], [trouble(NO_CANVAS)], NO_CANVAS),
        "an address without a good certificate": ([(0, WHOSE)], [trouble(WHOSE)], WHOSE),
        **{
            f"no results of a completed one: {error.code}": ([(0, LATE), (2, error)], [COMPLETE], None)
            for error in (DOWN, MISSING, FORBIDDEN, POEM, EXPIRED)
        },
    },
)
def test_what_a_failure_tells_and_leaves(
    steps: list[Step], told: list[Event], error: CanvasProgressError | None
) -> None:
    watch = a_watch(policy=A_MINUTE)
    assert list(played(watch, *steps)) == told
    assert watch.jobs[0].error is error


@pytest.mark.parametrize("error", PASSING)
def test_a_job_is_asked_for_again_after_a_failure_that_may_pass_and_is_in_trouble_until_it_is_answered(
    error: CanvasProgressError,
) -> None:
    watch = a_watch()
    exchange(watch, START, error)
    assert watch.jobs[0].trouble is error
    assert exchange(watch, START + 5, RUNNING)
    assert watch.jobs[0].trouble is None


@pytest.mark.parametrize("number", [1, 2])
def test_failures_in_a_row_are_counted_and_the_waits_that_are_told_are_those_that_follow(number: int) -> None:
    watch, now = a_watch(number), START
    told = []
    for _ in range(7):
        (event,) = exchange(watch, now, DOWN)
        assert isinstance(event, Trouble)
        told.append((event.attempt, event.retry_in))
        assert event.retry_in is not None
        assert event.retry_in >= wait(watch, now)
        now += wait(watch, now)
    if number == 1:
        assert told == [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30)]


def test_jitter_shortens_the_wait_down_to_its_half() -> None:
    watch = a_watch()
    played(watch, (0, DOWN), jitter=0.0)
    assert wait(watch, START) == 0.5


def test_no_other_job_is_asked_for_while_a_server_in_trouble_rests() -> None:
    watch = a_watch(5, EVERY_5_S)
    exchange(watch, START, DOWN)
    assert wait(watch, START) == 1.0


@pytest.mark.parametrize("error", STRANGE)
def test_strangeness_of_a_server_that_has_answered_is_tried_again_and_given_up_in_time(
    error: CanvasProgressError,
) -> None:
    watch = a_watch(policy=A_MINUTE)
    played(watch, (0, RUNNING), (5, error), (64, error))
    assert watch.elapsed(START + 64.9) == ()
    assert watch.elapsed(START + 65) == (trouble(error, attempt=2),)
    assert watch.elapsed(START + 66) == ()
    (watched,) = watch.jobs
    assert (watched.is_over, watched.shown, watched.trouble, watched.error) == (True, Outcome.RUNNING, None, error)


@pytest.mark.parametrize("error", [MISSING, FORBIDDEN])
def test_a_job_that_cannot_be_read_ends_the_trouble_of_its_server_and_holds_up_no_other(
    error: CanvasProgressError,
) -> None:
    watch = a_watch(3)
    played(watch, (0, DOWN), (1, error))
    assert watch.loads[0][1].trouble is None
    assert asked(watch, START + 1) == a_target(3)


@pytest.mark.parametrize("error", [POEM, TEAPOT])
def test_a_first_answer_that_makes_no_sense_about_one_job_does_not_drop_the_others(error: CanvasProgressError) -> None:
    watch = a_watch(3)
    played(watch, (0, error), (0, RUNNING))
    assert [watched.is_over for watched in watch.jobs] == [False, False, False]
    assert asked(watch, START) == a_target(3)


def seconds_to_the_end(watch: Watch, reply: CanvasProgressError) -> float:
    """Answer every request with this failure, and return how long the watch went on."""
    now = START
    while not isinstance(decision := decided(watch, now), Stop):
        if isinstance(decision, Send):
            watch.record(decision.request, reply, now, 1.0)
        else:
            now += decision.seconds
    return now - START


@table(
    "number give_up_after error seconds",
    {
        "alone": (1, 300.0, DOWN, 300),
        "twenty": (20, 300.0, DOWN, 300),
        "a thousand": (1000, 300.0, DOWN, 300),
        "after a long rest": (3, 300.0, ServerError("down", retry_after=3600), 300),
        "soon": (1, 0.5, DOWN, 0.5),
        "soon, of a server": (1, 10.0, ServerError("502"), 10),
        "soon, throttled": (1, 10.0, ThrottledError("slow down"), 10),
        "at once, of no Canvas": (50, 300.0, NO_CANVAS, 0),
        "at once, of another host": (50, 300.0, WHOSE, 0),
    },
)
def test_a_server_that_never_answers_is_given_up_in_time_however_many_jobs_it_has(
    number: int, give_up_after: float, error: CanvasProgressError, seconds: float
) -> None:
    watch = a_watch(number, Policy(give_up_after=give_up_after))
    assert seconds_to_the_end(watch, error) == pytest.approx(seconds)
    assert (watch.requests == 1) is (seconds < 1)  # and not once for each job
    assert all(watched.error is error for watched in watch.jobs)


def test_one_job_is_given_up_where_its_server_answers_for_others() -> None:
    watch, now = a_watch(2, Policy(interval=10, give_up_after=60)), START
    bad, good = watch.jobs
    while not bad.is_over:
        decision = watch.decide(now)
        if isinstance(decision, Wait):
            now += decision.seconds
        elif isinstance(decision, Send):
            watch.record(decision.request, DOWN if decision.request == bad.target else RUNNING, now, 0.5)
        bad, good = watch.jobs
    assert 60 <= now - START <= 61
    assert (bad.error, good.is_over) == (DOWN, False)


def test_a_server_that_hangs_is_given_up_without_waiting_for_what_it_was_asked() -> None:
    watch = a_watch(3, Policy(give_up_after=60))
    exchange(watch, START, RUNNING)
    asked(watch, START + 5)
    error = "canvas.example.edu did not answer within 60 s"
    told = [event for event in watch.elapsed(START + 65) if isinstance(event, Trouble)]
    assert [(event.target.id, event.retry_in, event.error.message) for event in told] == [
        (id_, None, error) for id_ in (1, 2, 3)
    ]
    assert stopped(watch, START + 65) is Ending.ALL_FINISHED


def test_a_server_that_is_given_up_takes_with_it_no_job_that_has_ended_or_is_of_another() -> None:
    watch = a_watch(of=(a_target(1), a_target(2), a_target(3, base=COLLEGE)))
    exchange(watch, START, COMPLETED)
    asked(watch, START)
    exchange(watch, START, RUNNING)
    assert [event.target for event in watch.elapsed(START + 300)] == [a_target(2)]
    assert [watched.shown for watched in watch.jobs] == [Outcome.COMPLETED, Outcome.UNREAD, Outcome.RUNNING]
    assert [watched.is_over for watched in watch.jobs] == [True, True, False]
    assert asked(watch, START + 300) == a_target(3, base=COLLEGE)


def test_a_completed_job_whose_server_is_given_up_is_completed() -> None:
    watch = a_watch(2, Policy(give_up_after=1))
    played(watch, (0, LATE), (0, DOWN))
    watch.elapsed(START + 1)
    assert [watched.shown for watched in watch.jobs] == [Outcome.COMPLETED, Outcome.UNREAD]


def test_answers_that_come_after_the_end_do_not_change_it() -> None:
    watch = a_watch(2)
    exchange(watch, START, RUNNING)
    late = asked(watch, START)
    exchange(watch, START + 1, EXPIRED)
    watch.record(late, COMPLETED, START + 2, 0.5)
    assert stopped(watch, START + 2) is Ending.CREDENTIAL


def test_a_reply_that_comes_after_its_server_was_given_up_changes_nothing() -> None:
    watch = a_watch(4)
    exchange(watch, START, RUNNING)
    first, second, late = (asked(watch, START) for _ in range(3))
    watch.record(first, DOWN, START + 1, 1.0)
    watch.record(second, DOWN, START + 302, 1.0)
    before = watch.jobs
    assert all(watched.error is DOWN for watched in before)
    assert watch.record(late, RUNNING, START + 303, 1.0) == ()
    assert watch.jobs == before


def test_a_watch_tells_which_of_its_servers_is_in_trouble() -> None:
    watch = a_watch(of=(a_target(1, base=SCHOOL), a_target(2, base=COLLEGE)))
    played(watch, (0, DOWN), (0, RUNNING))
    assert [(base, load.trouble) for base, load in watch.loads] == [(SCHOOL, DOWN), (COLLEGE, None)]


def test_a_failure_at_second_zero_of_the_clock_counts_from_there() -> None:
    watch = Watch((a_target(),), Policy(), 0.0)
    for now in (0.0, 299.0, 300.0):
        decision = watch.decide(now)
        assert isinstance(decision, Send)
        watch.record(decision.request, DOWN, now, 1.0)
    assert watch.ending is Ending.ALL_FINISHED


def test_time_in_which_the_process_was_stopped_gives_no_server_up() -> None:
    watch = a_watch()
    asked(watch, START)
    watch.resumed(1000.0)
    assert watch.elapsed(START + 1200) == ()
    assert [event.error.code for event in watch.elapsed(START + 1300) if isinstance(event, Trouble)] == ["network"]
