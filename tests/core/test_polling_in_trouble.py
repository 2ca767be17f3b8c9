"""What a watch does when requests fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canvas_progress.core.decisions import Ask, Ending, Stop, Wait
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotAProgressError,
    NotCanvasError,
    NotPermittedError,
    ServerError,
    ThrottledError,
)
from canvas_progress.core.events import Finished, Trouble
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Policy
from canvas_progress.core.polling import Watch
from canvas_progress.core.server_load import SLOW_IN_TROUBLE
from jobs import COLLEGE, SCHOOL, a_target, an_answer
from watching import START, a_watch, asked, decided, exchange, stopped, wait

if TYPE_CHECKING:
    from canvas_progress.core.events import Event

RUNNING = an_answer("running")
COMPLETED = an_answer("completed")
DOWN = NetworkError("the network is down")
MISSING = NoSuchJobError("there is no progress 1")
FORBIDDEN = NotPermittedError("not yours")
PASSING = [DOWN, ServerError("502"), ThrottledError("slow down")]
EVERY_5_S = Policy(interval=5)


@pytest.mark.parametrize("error", PASSING)
def test_a_job_is_asked_for_again_after_a_failure_that_may_pass(error: CanvasProgressError) -> None:
    watch = a_watch()
    exchange(watch, START, error)
    assert asked(watch, START + 5) == a_target()


def test_a_failure_that_may_pass_is_told_with_the_time_of_the_next_try() -> None:
    assert exchange(a_watch(), START, DOWN) == (Trouble(a_target(), DOWN, 1.0, 1),)


def test_failures_in_a_row_are_counted_and_the_waits_grow() -> None:
    watch, now = a_watch(), START
    told: list[Event] = []
    for _ in range(7):
        told += exchange(watch, now, DOWN)
        now += wait(watch, now)
    assert [(event.attempt, event.retry_in) for event in told if isinstance(event, Trouble)] == [
        (1, 1),
        (2, 2),
        (3, 4),
        (4, 8),
        (5, 16),
        (6, 30),
        (7, 30),
    ]


def test_jitter_shortens_the_wait_down_to_its_half() -> None:
    watch = a_watch()
    exchange(watch, START, DOWN, jitter=0.0)
    assert wait(watch, START) == 0.5


def test_the_server_may_say_when_to_come_back() -> None:
    watch = a_watch()
    exchange(watch, START, ServerError("maintenance", retry_after=120))
    assert wait(watch, START) == 120


def test_a_success_resets_the_failures() -> None:
    watch, now = a_watch(policy=EVERY_5_S), START
    for _ in range(4):
        exchange(watch, now, DOWN)
        now += wait(watch, now)
    exchange(watch, now, RUNNING)
    assert exchange(watch, now + 5, DOWN) == (Trouble(a_target(), DOWN, 1.0, 1),)


def test_the_trouble_of_a_job_is_shown_until_it_is_answered() -> None:
    watch = a_watch()
    exchange(watch, START, DOWN)
    assert watch.jobs[0].trouble is DOWN
    exchange(watch, START + 1, RUNNING)
    assert watch.jobs[0].trouble is None


def test_a_server_in_trouble_is_asked_by_one_job_at_a_time() -> None:
    watch = a_watch(5, EVERY_5_S)
    exchange(watch, START, RUNNING)
    exchange(watch, START, DOWN)
    asked(watch, START + 1)
    assert wait(watch, START + 1) == SLOW_IN_TROUBLE


def test_no_other_job_is_asked_for_while_a_server_in_trouble_rests() -> None:
    watch = a_watch(5, EVERY_5_S)
    exchange(watch, START, DOWN)
    assert wait(watch, START) == 1.0


def test_the_trouble_of_one_server_does_not_hold_up_another() -> None:
    watch = a_watch(of=(a_target(1, base=SCHOOL), a_target(2, base=COLLEGE)))
    exchange(watch, START, DOWN)
    assert asked(watch, START).base == COLLEGE


def run_until_stopped(error: CanvasProgressError, policy: Policy) -> tuple[float, tuple[int, ...]]:
    watch, now = a_watch(policy=policy), START
    while watch.ending is None:
        watch.elapsed(now)
        match watch.decide(now):
            case Ask(target):
                watch.record(target, error, now, 1.0)
            case Wait(seconds):
                now += seconds
            case Stop():
                break
    return now - START, tuple(watched.error.exit_code for watched in watch.jobs if watched.error)


@pytest.mark.parametrize("error", PASSING)
@pytest.mark.parametrize("give_up_after", [0.5, 10.0, 300.0])
def test_a_job_without_one_good_answer_is_given_up_in_time(error: CanvasProgressError, give_up_after: float) -> None:
    seconds, codes = run_until_stopped(error, Policy(give_up_after=give_up_after))
    assert seconds == pytest.approx(give_up_after, abs=1)
    assert codes == (6,)


def test_one_job_is_given_up_where_its_server_answers_for_others() -> None:
    watch, now = a_watch(2, Policy(interval=10, give_up_after=60)), START
    bad, good = watch.jobs
    while not bad.is_over:
        decision = watch.decide(now)
        if isinstance(decision, Wait):
            now += decision.seconds
        elif isinstance(decision, Ask):
            watch.record(decision.request, DOWN if decision.request == bad.target else RUNNING, now, 0.5)
        bad, good = watch.jobs
    assert 60 <= now - START <= 61
    assert (bad.error, good.is_over) == (DOWN, False)


def test_a_good_answer_in_between_begins_the_patience_anew() -> None:
    watch = a_watch(policy=Policy(interval=50, give_up_after=60))
    exchange(watch, START, DOWN)
    exchange(watch, START + 50, RUNNING)
    exchange(watch, START + 100, DOWN)
    assert exchange(watch, START + 130, DOWN)[0] == Trouble(a_target(), DOWN, 2.0, 2)


def test_giving_up_is_told_without_a_next_try() -> None:
    watch = a_watch(policy=Policy(give_up_after=60))
    exchange(watch, START, DOWN)
    exchange(watch, START + 59, DOWN)
    assert watch.elapsed(START + 59.9) == ()
    assert watch.elapsed(START + 60) == (Trouble(a_target(), DOWN, None, 2),)
    assert watch.elapsed(START + 61) == ()


def test_a_server_that_hangs_is_given_up_without_waiting_for_what_it_was_asked() -> None:
    watch = a_watch(3, Policy(give_up_after=60))
    exchange(watch, START, RUNNING)
    asked(watch, START + 5)
    told = watch.elapsed(START + 65)
    assert [(event.target.id, event.retry_in) for event in told if isinstance(event, Trouble)] == [
        (1, None),
        (2, None),
        (3, None),
    ]
    assert watch.jobs[0].error is not None
    assert watch.jobs[0].error.message == "canvas.example.edu did not answer within 60 s"
    assert stopped(watch, START + 65) is Ending.ALL_FINISHED


def test_a_job_that_is_given_up_keeps_the_outcome_it_had_and_says_why() -> None:
    watch = a_watch(policy=Policy(interval=5, give_up_after=60))
    for seconds, reply in ((0, RUNNING), (5, DOWN), (64, DOWN)):
        exchange(watch, START + seconds, reply)
    watch.elapsed(START + 65)
    (watched,) = watch.jobs
    assert (watched.is_over, watched.shown, watched.error) == (True, Outcome.RUNNING, DOWN)


def test_a_refused_credential_ends_the_whole_watch_at_once() -> None:
    refused = CredentialError("expired")
    watch = a_watch(3)
    exchange(watch, START, RUNNING)
    assert exchange(watch, START, refused) == (Trouble(a_target(2), refused, None, 1),)
    assert stopped(watch, START) is Ending.CREDENTIAL


def test_a_job_that_never_was_is_told_as_missing() -> None:
    watch = a_watch()
    assert exchange(watch, START, MISSING) == (
        Trouble(a_target(), MISSING, None, 1),
        Finished(a_target(), Outcome.GONE, None),
    )
    assert watch.jobs[0].error is MISSING


def test_a_job_that_vanishes_after_it_was_seen_is_gone_and_no_error() -> None:
    watch = a_watch(policy=EVERY_5_S)
    exchange(watch, START, RUNNING)
    assert exchange(watch, START + 5, MISSING) == (Finished(a_target(), Outcome.GONE, RUNNING.job),)
    assert watch.jobs[0].error is None


def test_a_job_that_vanishes_is_not_asked_for_again() -> None:
    watch = a_watch(2, EVERY_5_S)
    exchange(watch, START, MISSING)
    exchange(watch, START, RUNNING)
    assert asked(watch, START + 900) == a_target(2)


@pytest.mark.parametrize("error", [MISSING, FORBIDDEN])
def test_one_job_that_cannot_be_read_does_not_hide_the_others(error: CanvasProgressError) -> None:
    watch = a_watch(2)
    exchange(watch, START, error)
    exchange(watch, START, COMPLETED)
    assert (stopped(watch, START), watch.jobs[1].shown) == (Ending.ALL_FINISHED, Outcome.COMPLETED)


@pytest.mark.parametrize("error", [MISSING, FORBIDDEN])
def test_a_job_that_cannot_be_read_puts_no_blame_on_its_server(error: CanvasProgressError) -> None:
    watch = a_watch(2)
    exchange(watch, START, error)
    assert asked(watch, START) == a_target(2)


def test_a_forbidden_job_is_over_and_says_why() -> None:
    watch = a_watch()
    assert exchange(watch, START, FORBIDDEN) == (Trouble(a_target(), FORBIDDEN, None, 1),)
    assert (stopped(watch, START), watch.jobs[0].error) == (Ending.ALL_FINISHED, FORBIDDEN)


STRANGE = [NotCanvasError("a web page"), NotAProgressError("no id"), AnswerError("418"), CertificateError("whose?")]


@pytest.mark.parametrize("error", [NotAProgressError("no id"), AnswerError("418")])
def test_a_first_answer_that_makes_no_sense_about_one_job_does_not_drop_the_others(error: CanvasProgressError) -> None:
    watch = a_watch(3)
    exchange(watch, START, error)
    assert [watched.is_over for watched in watch.jobs] == [False, False, False]
    exchange(watch, START, RUNNING)
    assert asked(watch, START) == a_target(3)


@pytest.mark.parametrize("error", [NotCanvasError("a web page"), CertificateError("whose?")])
def test_an_address_that_is_wrong_from_the_start_is_not_tried_again(error: CanvasProgressError) -> None:
    watch = a_watch()
    assert exchange(watch, START, error) == (Trouble(a_target(), error, None, 1),)
    assert stopped(watch, START) is Ending.ALL_FINISHED


@pytest.mark.parametrize("error", STRANGE)
def test_the_same_strangeness_is_tried_again_once_the_server_has_answered(error: CanvasProgressError) -> None:
    watch = a_watch(policy=EVERY_5_S)
    exchange(watch, START, RUNNING)
    exchange(watch, START + 5, error)
    assert asked(watch, START + 6) == a_target()


@pytest.mark.parametrize("error", STRANGE)
def test_strangeness_that_does_not_pass_is_given_up_in_time(error: CanvasProgressError) -> None:
    watch = a_watch(policy=Policy(interval=5, give_up_after=60))
    exchange(watch, START, RUNNING)
    exchange(watch, START + 5, error)
    exchange(watch, START + 64, error)
    assert watch.elapsed(START + 65) == (Trouble(a_target(), error, None, 2),)


def test_the_deadline_cuts_the_wait_after_a_failure_short() -> None:
    watch = a_watch(policy=Policy(timeout=10))
    exchange(watch, START, ServerError("maintenance", retry_after=120))
    assert wait(watch, START) == 10
    assert stopped(watch, START + 10) is Ending.TIMED_OUT


def test_a_watch_that_fails_fast_ends_with_a_job_that_cannot_be_read() -> None:
    watch = a_watch(2, Policy(stop_at_first_failed=True))
    exchange(watch, START, MISSING)
    assert stopped(watch, START) is Ending.FIRST_FAILED


def test_a_watch_that_fails_fast_is_patient_with_failures_that_may_pass() -> None:
    watch = a_watch(2, Policy(stop_at_first_failed=True))
    exchange(watch, START, DOWN)
    assert watch.ending is None


def test_answers_that_come_after_the_end_do_not_change_it() -> None:
    watch = a_watch(2)
    exchange(watch, START, RUNNING)
    late = asked(watch, START)
    exchange(watch, START + 1, CredentialError("expired"))
    watch.record(late, COMPLETED, START + 2, 0.5)
    assert stopped(watch, START + 2) is Ending.CREDENTIAL


def test_a_watch_tells_which_of_its_servers_is_in_trouble() -> None:
    watch = a_watch(of=(a_target(1, base=SCHOOL), a_target(2, base=COLLEGE)))
    exchange(watch, START, DOWN)
    exchange(watch, START, RUNNING)
    assert [(base, load.trouble) for base, load in watch.loads] == [(SCHOOL, DOWN), (COLLEGE, None)]


def seconds_to_the_end(watch: Watch, reply: CanvasProgressError) -> float:
    """Answer every request with this failure, and return how long the watch went on."""
    now = START
    while not isinstance(decision := decided(watch, now), Stop):
        if isinstance(decision, Ask):
            watch.record(decision.request, reply, now, 1.0)
        else:
            now += decision.seconds
    return now - START


@pytest.mark.parametrize("number", [1, 20, 1000])
def test_a_dead_server_is_given_up_in_time_however_many_jobs_it_has(number: int) -> None:
    assert seconds_to_the_end(a_watch(number), DOWN) == pytest.approx(300)


def test_a_long_retry_after_does_not_put_off_giving_up() -> None:
    assert seconds_to_the_end(a_watch(3), ServerError("down", retry_after=3600)) == pytest.approx(300)


@pytest.mark.parametrize("error", [NotCanvasError("a web page"), CertificateError("whose?")])
def test_a_wrong_address_is_asked_once_and_not_once_for_each_job(error: CanvasProgressError) -> None:
    watch = a_watch(50)
    assert seconds_to_the_end(watch, error) == 0
    assert watch.requests == 1
    assert all(watched.error is error for watched in watch.jobs)


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


def test_the_wait_that_is_told_is_the_wait_that_follows_with_several_jobs_too() -> None:
    watch, now = a_watch(2), START
    for _ in range(4):
        (told,) = exchange(watch, now, DOWN)
        assert isinstance(told, Trouble)
        assert told.retry_in is not None
        assert told.retry_in >= wait(watch, now)
        now += wait(watch, now)


LATE = an_answer("completed", tag="assignment_bulk_update")


@pytest.mark.parametrize("error", [DOWN, MISSING, FORBIDDEN, NotAProgressError("cut"), CredentialError("expired")])
def test_a_completed_job_whose_results_cannot_be_had_is_completed(error: CanvasProgressError) -> None:
    watch = a_watch()
    exchange(watch, START, LATE)
    assert exchange(watch, START + 2, error) == (Finished(a_target(), Outcome.COMPLETED, LATE.job),)
    assert (watch.jobs[0].shown, watch.jobs[0].error) == (Outcome.COMPLETED, None)


def test_a_completed_job_whose_server_is_given_up_is_completed() -> None:
    watch = a_watch(2, Policy(give_up_after=1))
    exchange(watch, START, LATE)
    exchange(watch, START, DOWN)
    watch.elapsed(START + 1)
    assert [watched.shown for watched in watch.jobs] == [Outcome.COMPLETED, Outcome.UNKNOWN]


def test_a_deadline_while_results_are_awaited_leaves_the_job_completed() -> None:
    watch = a_watch(policy=Policy(timeout=1))
    exchange(watch, START, LATE)
    assert stopped(watch, START + 1) is Ending.ALL_FINISHED
    assert watch.close(START + 1) == (Finished(a_target(), Outcome.COMPLETED, LATE.job),)
    assert watch.jobs[0].shown is Outcome.COMPLETED


def test_a_deadline_that_one_job_misses_is_missed_whatever_the_others_wait_for() -> None:
    watch = a_watch(2, Policy(timeout=1))
    exchange(watch, START, LATE)
    assert stopped(watch, START + 1) is Ending.TIMED_OUT


def test_a_job_whose_results_are_awaited_counts_as_the_first_that_completed() -> None:
    watch = a_watch(2, Policy(stop_at_first_completed=True))
    exchange(watch, START, LATE)
    assert stopped(watch, START) is Ending.FIRST_COMPLETED


def test_a_no_about_one_job_ends_the_trouble_of_its_server() -> None:
    watch = a_watch(2)
    exchange(watch, START, DOWN)
    exchange(watch, START + 1, FORBIDDEN)
    assert watch.loads[0][1].trouble is None


def test_a_failure_at_second_zero_of_the_clock_counts_from_there() -> None:
    watch = Watch((a_target(),), Policy(), 0.0)
    for now in (0.0, 299.0, 300.0):
        decision = watch.decide(now)
        assert isinstance(decision, Ask)
        watch.record(decision.request, DOWN, now, 1.0)
    assert watch.ending is Ending.ALL_FINISHED


def test_nothing_to_watch_is_over_at_once() -> None:
    assert Watch((), Policy(), 0.0).decide(0.0) == Stop()
    assert Watch((), Policy(), 0.0).ending is Ending.ALL_FINISHED


def test_time_in_which_the_process_was_stopped_gives_no_server_up() -> None:
    watch = a_watch()
    asked(watch, START)
    watch.resumed(1000.0)
    assert watch.elapsed(START + 1200) == ()
    assert [event.error.code for event in watch.elapsed(START + 1300) if isinstance(event, Trouble)] == ["network"]


def test_a_server_that_is_given_up_takes_no_job_of_another_with_it() -> None:
    here, there = a_target(1, base=SCHOOL), a_target(2, base=COLLEGE)
    watch = a_watch(of=(here, there))
    asked(watch, START)
    exchange(watch, START, RUNNING)
    assert [event.target for event in watch.elapsed(START + 300)] == [here]
    assert [watched.is_over for watched in watch.jobs] == [True, False]
    assert asked(watch, START + 300) == there


def test_a_job_that_has_ended_is_not_lost_with_its_server() -> None:
    watch = a_watch(2)
    exchange(watch, START, COMPLETED)
    asked(watch, START + 1)
    assert [event.target for event in watch.elapsed(START + 301)] == [a_target(2)]
    assert watch.jobs[0].outcome is Outcome.COMPLETED
    assert stopped(watch, START + 301) is Ending.ALL_FINISHED


def test_a_job_that_is_given_up_has_an_error_and_is_not_in_trouble_any_more() -> None:
    watch = a_watch()
    exchange(watch, START, DOWN)
    watch.elapsed(START + 300)
    (given_up,) = watch.jobs
    assert given_up.trouble is None
    assert given_up.error is DOWN
