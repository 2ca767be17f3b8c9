from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from canvas_progress.core.answers import About
from canvas_progress.core.backoff import GIVE_UP_AFTER
from canvas_progress.core.decisions import Ask, Ending
from canvas_progress.core.errors import NetworkError
from canvas_progress.core.events import Changed, Finished, Seen, Stalled
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Policy
from canvas_progress.core.polling import Watch
from canvas_progress.core.prior import Prior
from canvas_progress.core.server_load import SLOW
from jobs import COLLEGE, SCHOOL, a_target, an_answer
from watching import START, a_watch, asked, exchange, stopped, wait

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.refs import Target

RUNNING = an_answer("running")
COMPLETED = an_answer("completed")
FAILED = an_answer("failed", message="no such course")
CREATED = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATE = "assignment_bulk_update"


@pytest.mark.parametrize("policy", [Policy(), Policy(interval=60), Policy(timeout=0.001), Policy(stall_timeout=0.001)])
def test_a_first_poll_always_happens_and_at_once(policy: Policy) -> None:
    assert asked(a_watch(policy=policy), START) == a_target(1)


def test_a_watch_ends_with_the_answer_that_shows_its_last_job_finished() -> None:
    watch = a_watch(2)
    exchange(watch, START, FAILED)
    assert watch.ending is None
    exchange(watch, START, COMPLETED)
    assert stopped(watch, START) is Ending.ALL_FINISHED


def test_a_job_that_had_finished_before_costs_one_request() -> None:
    watch = a_watch()
    exchange(watch, START, COMPLETED)
    assert (stopped(watch, START), watch.requests) == (Ending.ALL_FINISHED, 1)


@pytest.mark.parametrize("final", [COMPLETED, FAILED, an_answer("canceled"), an_answer("failed", message="canceled")])
def test_a_finished_job_is_never_asked_for_again(final: Answer) -> None:
    watch = a_watch(2, Policy(interval=5))
    exchange(watch, START, final)
    exchange(watch, START, RUNNING)
    assert asked(watch, START + 5000) == a_target(2)
    assert wait(watch, START + 5000) == GIVE_UP_AFTER  # for the answer


def test_jobs_are_asked_for_in_the_order_they_were_given() -> None:
    watch = a_watch(of=(a_target(3), a_target(1), a_target(2)))
    order = []
    for _ in range(3):
        order.append(asked(watch, START).id)
        watch.record(a_target(order[-1]), RUNNING, START, 0.5)
    assert order == [3, 1, 2]


def test_the_job_that_has_been_due_longest_goes_first() -> None:
    watch = a_watch(3, Policy(interval=10))
    exchange(watch, START, RUNNING)
    second, third = asked(watch, START), asked(watch, START)
    watch.record(third, RUNNING, START + 1, 0.5)
    watch.record(second, RUNNING, START + 2, 0.5)
    assert [asked(watch, START + 60).id for _ in range(3)] == [1, 3, 2]


def test_nothing_is_due_until_the_interval_is_over() -> None:
    watch = a_watch(policy=Policy(interval=10))
    exchange(watch, START, RUNNING)
    assert wait(watch, START + 4) == 6


def test_a_job_is_not_asked_for_again_while_its_answer_is_on_its_way() -> None:
    watch = a_watch()
    asked(watch, START)
    assert wait(watch, START + 299) == 1  # until the server is given up


def test_one_request_is_in_flight_until_the_quota_is_known() -> None:
    watch = a_watch(9)
    asked(watch, START)
    assert wait(watch, START) == SLOW


@pytest.mark.parametrize(
    ("units", "number", "seconds"),
    [
        (None, 4, SLOW),
        (700.0, 4, SLOW),
        (399.0, 3, GIVE_UP_AFTER),
        (349.0, 2, GIVE_UP_AFTER),
        (299.0, 1, GIVE_UP_AFTER),
        (251.0, 1, GIVE_UP_AFTER),
    ],
)
def test_at_most_four_requests_are_in_flight_and_fewer_as_the_quota_falls(
    units: float | None, number: int, seconds: float
) -> None:
    watch = a_watch(9)
    exchange(watch, START, an_answer(about=About(quota=units)))
    for _ in range(number):
        asked(watch, START)
    assert wait(watch, START) == seconds


def test_requests_that_hang_do_not_hold_up_the_others_as_far_as_the_quota_allows() -> None:
    watch = a_watch(20, Policy(interval=100))
    exchange(watch, START, an_answer(about=About(quota=700.0)))
    for _ in range(4):
        asked(watch, START)
    assert wait(watch, START) == SLOW
    for _ in range(4):
        asked(watch, START + SLOW)
    for _ in range(2):
        asked(watch, START + 2 * SLOW)
    assert wait(watch, START + 2 * SLOW) == GIVE_UP_AFTER - 2 * SLOW  # ten in flight, 200 units left


def test_jobs_behind_one_that_hangs_on_a_server_that_was_never_heard_of_are_asked_for() -> None:
    watch = a_watch(9)
    asked(watch, START)
    assert [asked(watch, START + SLOW).id for _ in range(4)] == [2, 3, 4, 5]


def test_a_hung_request_of_one_job_says_nothing_about_a_server_that_answers_for_others() -> None:
    watch = a_watch(9, Policy(interval=1))
    exchange(watch, START, RUNNING)
    hung = asked(watch, START)
    exchange(watch, START + 2, RUNNING)
    watch.record(hung, NetworkError("did not answer in time"), START + 30, 1.0)
    assert watch.loads[0][1].failures == 0
    assert isinstance(watch.decide(START + 30), Ask)


def test_the_last_200_units_of_the_quota_are_left_to_others() -> None:
    watch = a_watch(2)
    exchange(watch, START, an_answer(about=About(quota=230.0)))
    assert wait(watch, START) == 2.0


def test_two_servers_are_asked_independently() -> None:
    watch = a_watch(of=(a_target(1, base=SCHOOL), a_target(2, base=SCHOOL), a_target(1, base=COLLEGE)))
    assert {asked(watch, START).base for _ in range(2)} == {SCHOOL, COLLEGE}
    assert wait(watch, START) == SLOW


def test_the_first_answer_is_told_as_seen() -> None:
    assert exchange(a_watch(), START, RUNNING) == (Seen(a_target(), RUNNING.job),)


def test_a_job_that_is_finished_at_first_sight_is_told_as_seen_and_finished() -> None:
    assert exchange(a_watch(), START, COMPLETED) == (
        Seen(a_target(), COMPLETED.job),
        Finished(a_target(), Outcome.COMPLETED, COMPLETED.job),
    )


def test_an_answer_like_the_one_before_tells_nothing() -> None:
    watch = a_watch(policy=Policy(interval=5))
    exchange(watch, START, RUNNING)
    assert exchange(watch, START + 5, RUNNING) == ()


@pytest.mark.parametrize(
    "changed", [an_answer(completion=5.0), an_answer(message="x"), an_answer(updated_at="y"), an_answer(new=1)]
)
def test_any_key_that_differs_from_the_answer_before_is_a_change(changed: Answer) -> None:
    watch = a_watch(policy=Policy(interval=5))
    exchange(watch, START, RUNNING)
    assert exchange(watch, START + 5, changed) == (Changed(a_target(), changed.job),)


def test_the_end_of_a_job_is_told_as_a_change_and_finished() -> None:
    watch = a_watch(policy=Policy(interval=5))
    exchange(watch, START, RUNNING)
    assert exchange(watch, START + 5, FAILED) == (
        Changed(a_target(), FAILED.job),
        Finished(a_target(), Outcome.FAILED, FAILED.job),
    )


@pytest.mark.parametrize("state", ["paused", "", "Completed"])
def test_a_state_that_this_version_does_not_know_is_pending(state: str) -> None:
    watch = a_watch()
    exchange(watch, START, an_answer(state))
    assert wait(watch, START) == 1.0
    assert watch.jobs[0].shown is Outcome.UNKNOWN


def test_completion_that_falls_is_no_end_and_no_error() -> None:
    watch = a_watch(policy=Policy(interval=5))
    for n, completion in enumerate((90.0, 0.0, 50.0, None)):
        exchange(watch, START + 5 * n, an_answer(completion=completion))
    assert not watch.jobs[0].is_over


def test_completion_of_100_while_running_is_no_end() -> None:
    watch = a_watch()
    exchange(watch, START, an_answer(completion=100.0))
    assert not watch.jobs[0].is_over


def test_an_old_job_is_asked_for_by_its_age_on_the_servers_clock() -> None:
    watch = a_watch()
    about = About(date=CREATED + timedelta(seconds=400))
    exchange(watch, START, an_answer(about=about))
    assert wait(watch, START) == 5.0


def test_a_job_from_the_future_counts_as_new() -> None:
    watch = a_watch()
    exchange(watch, START, an_answer(about=About(date=CREATED - timedelta(days=1))))
    assert wait(watch, START) == 1.0


def test_the_age_of_an_lti_upload_is_not_believed() -> None:
    watch = a_watch(of=(a_target(1, course=9),))
    exchange(watch, START, an_answer(about=About(date=CREATED + timedelta(days=1))))
    assert wait(watch, START) == 1.0


def test_a_job_that_moves_evenly_is_left_alone_until_it_may_plausibly_end() -> None:
    watch = a_watch()
    exchange(watch, START, an_answer(completion=0.0))
    exchange(watch, START + 100, an_answer(completion=50.0))
    assert wait(watch, START + 100) == 20.0


def test_the_completion_of_a_job_that_is_queued_is_no_part_of_its_pace() -> None:
    watch = a_watch()
    for seconds, answer in (
        (0, an_answer(completion=0.0)),
        (100, an_answer(completion=50.0)),
        (120, an_answer("queued", completion=60.0)),
        (140, an_answer(completion=50.0)),
    ):
        exchange(watch, START + seconds, answer)
    assert wait(watch, START + 140) == pytest.approx(0.25 * 60**0.5)  # it has not fallen, and may be off by a minute


USUALLY = Prior(600.0, 64.0)
PRIORS = {(str(SCHOOL), "course_batch_update"): USUALLY}
QUEUED_NOW = an_answer("queued", about=About(date=CREATED))


def test_a_job_is_left_alone_while_jobs_of_its_tag_usually_last() -> None:
    watch = Watch((a_target(),), Policy(), START, PRIORS)
    exchange(watch, START, QUEUED_NOW)
    assert watch.jobs[0].prior == USUALLY
    assert wait(watch, START) == 20.0


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        (a_target(base=COLLEGE), QUEUED_NOW),
        (a_target(course=7), QUEUED_NOW),
        (a_target(), an_answer("queued", about=About(date=CREATED), tag="content_migration")),
        (a_target(), an_answer("queued", about=About(date=CREATED), tag=None)),
        (a_target(), an_answer("queued")),
    ],
)
def test_a_job_of_another_canvas_or_tag_in_a_course_or_of_unknown_age_is_none_of_these(
    target: Target, answer: Answer
) -> None:
    watch = Watch((target,), Policy(), START, PRIORS)
    exchange(watch, START, answer)
    assert watch.jobs[0].prior is None
    assert wait(watch, START) == 1.0


@pytest.mark.parametrize("about", [About(), About(date=CREATED)])
def test_without_a_time_of_birth_a_job_counts_as_new(about: About) -> None:
    watch = a_watch()
    exchange(watch, START, an_answer(about=about, created_at=None))
    assert wait(watch, START) == 1.0


def test_the_deadline_cuts_every_wait_short() -> None:
    watch = a_watch(policy=Policy(interval=60, timeout=10))
    exchange(watch, START, RUNNING)
    assert wait(watch, START + 4) == 6


def test_the_deadline_cuts_the_wait_for_an_answer_short() -> None:
    watch = a_watch(policy=Policy(timeout=10))
    asked(watch, START)
    assert wait(watch, START + 1) == 9


def test_at_the_deadline_the_watch_is_over_even_where_a_job_is_due() -> None:
    watch = a_watch(2, Policy(timeout=10))
    exchange(watch, START, RUNNING)
    assert stopped(watch, START + 10) is Ending.TIMED_OUT


def test_time_that_was_spent_before_the_watch_began_is_part_of_the_deadline() -> None:
    watch = Watch((a_target(),), Policy(timeout=10), START, started=START - 8)
    asked(watch, START)
    assert wait(watch, START) == 2


def test_one_deadline_is_for_all_jobs_together() -> None:
    watch = a_watch(3, Policy(interval=4, timeout=10))
    for now in (0, 3, 6):
        exchange(watch, START + now, RUNNING)
    assert stopped(watch, START + 10) is Ending.TIMED_OUT


def test_a_signal_ends_the_watch() -> None:
    watch = a_watch()
    watch.end(Ending.INTERRUPTED)
    assert stopped(watch, START) is Ending.INTERRUPTED


def test_the_first_reason_to_end_stands() -> None:
    watch = a_watch()
    exchange(watch, START, COMPLETED)
    watch.end(Ending.TERMINATED)
    assert stopped(watch, START + 10**6) is Ending.ALL_FINISHED


def test_a_watch_for_the_first_completed_ends_with_it() -> None:
    watch = a_watch(3, Policy(stop_at_first_completed=True))
    exchange(watch, START, FAILED)
    exchange(watch, START, COMPLETED)
    assert stopped(watch, START) is Ending.FIRST_COMPLETED


def test_a_watch_for_the_first_completed_goes_on_while_none_has() -> None:
    watch = a_watch(2, Policy(stop_at_first_completed=True))
    exchange(watch, START, FAILED)
    exchange(watch, START, FAILED)
    assert stopped(watch, START) is Ending.ALL_FINISHED


@pytest.mark.parametrize("bad", [FAILED, an_answer("canceled"), an_answer("failed", message="canceled")])
def test_a_watch_that_fails_fast_ends_with_the_first_job_that_does_not_complete(bad: Answer) -> None:
    watch = a_watch(3, Policy(stop_at_first_failed=True))
    exchange(watch, START, COMPLETED)
    exchange(watch, START, bad)
    assert stopped(watch, START) is Ending.FIRST_FAILED


def test_a_job_that_does_not_change_for_the_stall_timeout_is_given_up() -> None:
    watch = a_watch(policy=Policy(interval=40, stall_timeout=100))
    for now in (0, 40, 80):
        exchange(watch, START + now, RUNNING)
    assert exchange(watch, START + 100, RUNNING) == (Stalled(a_target(), RUNNING.job, 100.0),)
    assert stopped(watch, START + 100) is Ending.ALL_FINISHED


def test_a_change_begins_the_stall_timeout_anew() -> None:
    watch = a_watch(policy=Policy(interval=60, stall_timeout=100))
    for now, completion in ((0, 1.0), (60, 2.0), (120, 2.0)):
        exchange(watch, START + now, an_answer(completion=completion))
    assert wait(watch, START + 120) == 40


def test_a_stalled_job_keeps_the_outcome_it_had() -> None:
    watch = a_watch(policy=Policy(interval=60, stall_timeout=60))
    exchange(watch, START, an_answer("queued"))
    exchange(watch, START + 60, an_answer("queued"))
    assert (watch.jobs[0].stalled, watch.jobs[0].shown) == (True, Outcome.QUEUED)


def test_results_that_come_late_are_waited_for_once() -> None:
    watch = a_watch()
    assert exchange(watch, START, an_answer("completed", tag=LATE))[1:] == ()
    assert wait(watch, START) == 1.0
    with_results = an_answer("completed", tag=LATE, results={"updated_count": 3})
    told = exchange(watch, START + 1.0, with_results)
    assert told[-1] == Finished(a_target(), Outcome.COMPLETED, with_results.job)


@pytest.mark.parametrize("tag", [None, "shards/1/time/1763/RefreshEverything", "apply_score_to_ungraded_assignments"])
def test_results_of_a_job_of_any_kind_may_come_late(tag: str | None) -> None:
    assert exchange(a_watch(), START, an_answer("completed", tag=tag))[1:] == ()


@pytest.mark.parametrize(("seconds", "waits"), [(10, True), (11, False)])
def test_results_of_a_job_that_completed_long_ago_are_not_waited_for(seconds: int, *, waits: bool) -> None:
    watch, about = a_watch(), About(date=datetime(2026, 11, 23, 3, 0, seconds, tzinfo=UTC))
    exchange(watch, START, an_answer("completed", tag=LATE, about=about))
    assert watch.jobs[0].awaits_results is waits


def test_results_that_do_not_come_are_not_waited_for_twice() -> None:
    watch = a_watch()
    late = an_answer("completed", tag=LATE)
    exchange(watch, START, late)
    assert exchange(watch, START + 1.5, late) == (Finished(a_target(), Outcome.COMPLETED, late.job),)


@pytest.mark.parametrize(
    "answer",
    [
        an_answer("completed", tag="submissions_update"),
        an_answer("completed", tag=LATE, results=[]),
        an_answer("failed", tag=LATE),
    ],
)
def test_no_other_results_are_waited_for(answer: Answer) -> None:
    watch = a_watch()
    exchange(watch, START, answer)
    assert watch.ending is Ending.ALL_FINISHED


def test_a_row_that_canvas_uses_again_is_as_old_as_its_place_in_the_queue() -> None:
    about = About(date=datetime(2026, 11, 23, 4, 0, 5, tzinfo=UTC))
    watch = a_watch()
    reused = an_answer("queued", about=about, updated_at="2026-11-23T04:00:00Z")
    exchange(watch, START, reused)
    assert START - watch.jobs[0].born == 5
