from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.backoff import GIVE_UP_AFTER
from canvas_progress.core.decisions import Ending, Send, Stop
from canvas_progress.core.errors import CertificateError, CredentialError, NetworkError, NoSuchJobError, ServerError
from canvas_progress.core.events import Changed, Finished, Seen, Stalled
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.server_load import SLOW
from canvas_progress.core.usual_durations import Prior
from cases import table
from jobs import COLLEGE, SCHOOL, a_target, an_answer
from watching import START, a_watch, asked, exchange, played, stopped, wait

if TYPE_CHECKING:
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.events import Event
    from canvas_progress.core.refs import Target
    from watching import Step

RUNNING = an_answer("running")
COMPLETED = an_answer("completed")
FAILED = an_answer("failed", message="no such course")
CANCELED = an_answer("canceled")
CANCELED_OF_OLD = an_answer("failed", message="canceled")
DOWN = NetworkError("the network is down")
MISSING = NoSuchJobError("there is no progress 1")
CREATED = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATE = an_answer("completed", tag="assignment_bulk_update")  # whose results may come after it
EVERY_5_S = Policy(interval=5)
FIRST_COMPLETED, FAIL_FAST = Policy(stop_at_first_completed=True), Policy(stop_at_first_failed=True)


def at(seconds: float) -> About:
    """Return what is said beside an answer so many seconds after the job was created."""
    return About(date=CREATED + timedelta(seconds=seconds))


def done(percent: float | None) -> Answer:
    return an_answer(completion=percent)


@pytest.mark.parametrize("policy", [Policy(), Policy(interval=60), Policy(timeout=0.001), Policy(stall_timeout=0.001)])
def test_a_first_poll_always_happens_and_at_once(policy: Policy) -> None:
    assert asked(a_watch(policy=policy), START) == a_target(1)


def test_the_job_that_has_been_due_longest_goes_first_and_then_the_first_given() -> None:
    watch = a_watch(3, Policy(interval=10))
    exchange(watch, START, RUNNING)
    second, third = asked(watch, START), asked(watch, START)
    assert (second.id, third.id) == (2, 3)
    watch.record(third, RUNNING, START + 1, 0.5)
    watch.record(second, RUNNING, START + 2, 0.5)
    assert [asked(watch, START + 60).id for _ in range(3)] == [1, 3, 2]


@table(
    "policy steps seconds expected",
    {
        "until the interval is over": (Policy(interval=10), [(0, RUNNING)], 4, 6),
        "for the age on the server's clock": (Policy(), [(0, an_answer(about=at(400)))], 0, 5.0),
        "for a job from the future as for a new one": (Policy(), [(0, an_answer(about=at(-86400)))], 0, 1.0),
        "without a time of birth": (Policy(), [(0, an_answer(about=at(0), created_at=None))], 0, 1.0),
        "without any time": (Policy(), [(0, an_answer(created_at=None))], 0, 1.0),
        "for the share of what is surely left": (Policy(), [(0, done(0.0)), (100, done(50.0))], 100, 20.0),
        # It has not fallen, and may be off by a minute.
        "for its pace without what it told in the queue": (
            Policy(),
            [(0, done(0.0)), (100, done(50.0)), (120, an_answer("queued", completion=60.0)), (140, done(50.0))],
            *(140, 0.25 * 60**0.5),
        ),
        "until the deadline": (Policy(interval=60, timeout=10), [(0, RUNNING)], 4, 6),
        "until the deadline after a failure": (Policy(timeout=10), [(0, ServerError("", retry_after=120))], 0, 10),
        "until it stalls, from the last change on": (
            Policy(interval=60, stall_timeout=100),
            [(0, done(1.0)), (60, done(2.0)), (120, done(2.0))],
            *(120, 40),
        ),
        "for results that come late": (Policy(), [(0, LATE)], 0, 1.0),
        "while the server wants to rest": (Policy(), [(0, ServerError("maintenance", retry_after=120))], 0, 120),
        "until 200 units of the quota are left": (Policy(), [(0, an_answer(about=About(quota=230.0)))], 0, 2.0),
    },
)
def test_nothing_is_due(policy: Policy, steps: list[Step], seconds: float, expected: float) -> None:
    watch = a_watch(policy=policy)
    played(watch, *steps)
    assert wait(watch, START + seconds) == pytest.approx(expected)


def test_a_job_is_not_asked_for_again_while_its_answer_is_on_its_way() -> None:
    watch = a_watch()
    asked(watch, START)
    assert wait(watch, START + 299) == 1  # until the server is given up


@pytest.mark.parametrize("final", [COMPLETED, FAILED, CANCELED, CANCELED_OF_OLD, MISSING])
def test_a_finished_job_is_never_asked_for_again(final: Answer | CanvasProgressError) -> None:
    watch = a_watch(2, EVERY_5_S)
    played(watch, (0, final), (0, RUNNING))
    assert asked(watch, START + 5000) == a_target(2)
    assert wait(watch, START + 5000) == GIVE_UP_AFTER  # for the answer


def test_requests_that_hang_do_not_hold_up_the_others_as_far_as_the_quota_allows() -> None:
    watch = a_watch(20, Policy(interval=100))
    exchange(watch, START, an_answer(about=About(quota=700.0)))
    for seconds, number in ((0, 4), (SLOW, 4), (2 * SLOW, 2)):
        for _ in range(number):
            asked(watch, START + seconds)
        if seconds == 0:
            assert wait(watch, START) == SLOW
    assert wait(watch, START + 2 * SLOW) == GIVE_UP_AFTER - 2 * SLOW  # ten in flight, 200 units left


def test_a_hung_request_of_one_job_says_nothing_about_a_server_that_answers_for_others() -> None:
    watch = a_watch(9, Policy(interval=1))
    exchange(watch, START, RUNNING)
    hung = asked(watch, START)
    exchange(watch, START + 2, RUNNING)
    watch.record(hung, NetworkError("did not answer in time"), START + 30, 1.0)
    assert watch.loads[0][1].failures == 0
    assert isinstance(watch.decide(START + 30), Send)


def finished(answer: Answer) -> Finished:
    return Finished(a_target(), answer.job.outcome, answer.job)


def changed(answer: Answer) -> Changed:
    return Changed(a_target(), answer.job)


SEEN = Seen(a_target(), RUNNING.job)
LATE_SEEN = Seen(a_target(), LATE.job)
RESULTS = an_answer("completed", tag="assignment_bulk_update", results={"updated_count": 3})
NONE_YET = an_answer("completed", tag="assignment_bulk_update", results=[])
NEVER_ANY = an_answer("completed", tag="submissions_update")
OF_NO_TAG = an_answer("completed", tag=None)
ANOTHER = {"completion": done(5.0), "message": an_answer(message="x"), "key of tomorrow": an_answer(new=1)}
UNDER_WAY = Answer(replace(NEVER_ANY.job, own_outcome=Outcome.RUNNING))  # as its migration says
SELECTING = Answer(replace(NEVER_ANY.job, own_outcome=Outcome.WAITING))
SELECTING_STILL = Answer(replace(SELECTING.job, message="for you"))
STALLING = Policy(interval=40, stall_timeout=100)


@table(
    "policy steps told",
    {
        "the first answer": (EVERY_5_S, [(0, RUNNING)], (SEEN,)),
        "one like the one before": (EVERY_5_S, [(0, RUNNING), (5, RUNNING)], ()),
        "what its migration says": (EVERY_5_S, [(0, UNDER_WAY), (5, SELECTING)], (changed(SELECTING),)),
        "how its migration says it": (EVERY_5_S, [(0, SELECTING), (5, SELECTING_STILL)], (changed(SELECTING_STILL),)),
        "what its migration said before": (EVERY_5_S, [(0, SELECTING), (5, SELECTING)], ()),
        "no change for too long since its migration said something": (
            STALLING,
            [(0, UNDER_WAY), (40, SELECTING), (80, SELECTING), (120, SELECTING), (140, SELECTING)],
            (Stalled(a_target(), SELECTING.job, 100.0),),
        ),
        "the end": (EVERY_5_S, [(0, RUNNING), (5, FAILED)], (changed(FAILED), finished(FAILED))),
        "the end at first sight": (EVERY_5_S, [(0, COMPLETED)], (Seen(a_target(), COMPLETED.job), finished(COMPLETED))),
        "no change for too long": (
            STALLING,
            [(0, RUNNING), (40, RUNNING), (80, RUNNING), (100, RUNNING)],
            (Stalled(a_target(), RUNNING.job, 100.0),),
        ),
        "completed, where results may follow": (EVERY_5_S, [(0, LATE)], (LATE_SEEN,)),
        "completed, of no tag": (EVERY_5_S, [(0, OF_NO_TAG)], (Seen(a_target(), OF_NO_TAG.job),)),
        "completed, of a job that has none": (
            EVERY_5_S,
            [(0, NEVER_ANY)],
            (Seen(a_target(), NEVER_ANY.job), finished(NEVER_ANY)),
        ),
        "completed, with empty results": (
            EVERY_5_S,
            [(0, NONE_YET)],
            (Seen(a_target(), NONE_YET.job), finished(NONE_YET)),
        ),
        "results that came late": (
            EVERY_5_S,
            [(0, LATE), (1, RESULTS)],
            (Changed(a_target(), RESULTS.job), finished(RESULTS)),
        ),
        "results that did not come": (EVERY_5_S, [(0, LATE), (1.5, LATE)], (finished(LATE),)),
        **{
            f"another {key}": (EVERY_5_S, [(0, RUNNING), (5, answer)], (changed(answer),))
            for key, answer in ANOTHER.items()
        },
    },
)
def test_what_an_answer_tells(policy: Policy, steps: list[Step], told: tuple[Event, ...]) -> None:
    assert played(a_watch(policy=policy), *steps) == told


@pytest.mark.parametrize(
    ("state", "minutes", "ended"),
    [("completed", 1.0, 60.0), ("failed", 600.0, 36000.0), ("completed", 0.9, None), ("running", 600.0, None)],
)
def test_a_job_that_had_ended_long_before_says_how_long(state: str, minutes: float, ended: float | None) -> None:
    date = datetime(2026, 11, 23, 3, tzinfo=UTC) + timedelta(minutes=minutes)
    answer = an_answer(state, about=About(date=date))
    watch = a_watch()
    events = exchange(watch, START, answer)
    assert events[0] == Seen(a_target(), answer.job, ended)
    assert watch.jobs[0].ended_ago == ended


@pytest.mark.parametrize("state", ["paused", "", "Completed"])
def test_a_state_that_this_version_does_not_know_is_pending(state: str) -> None:
    watch = a_watch()
    exchange(watch, START, an_answer(state))
    assert wait(watch, START) == 1.0
    assert watch.jobs[0].shown is Outcome.UNKNOWN


@pytest.mark.parametrize("completions", [(90.0, 0.0, 50.0, None), (100.0,)])
def test_completion_that_falls_or_is_100_is_no_end(completions: tuple[float | None, ...]) -> None:
    watch = a_watch(policy=EVERY_5_S)
    played(watch, *((5 * n, done(completion)) for n, completion in enumerate(completions)))
    assert not watch.jobs[0].is_over


@pytest.mark.parametrize(("seconds", "waits"), [(10, True), (11, False)])
def test_results_of_a_job_that_completed_long_ago_are_not_waited_for(seconds: int, *, waits: bool) -> None:
    watch = a_watch()
    exchange(watch, START, an_answer("completed", tag="assignment_bulk_update", about=at(seconds)))
    assert watch.jobs[0].awaits_results is waits


def test_a_stalled_job_keeps_the_outcome_it_had() -> None:
    watch = a_watch(policy=Policy(interval=60, stall_timeout=60))
    played(watch, (0, an_answer("queued")), (60, an_answer("queued")))
    assert (watch.jobs[0].stalled, watch.jobs[0].shown) == (True, Outcome.QUEUED)


def test_the_age_of_an_lti_upload_is_not_believed() -> None:
    watch = a_watch(of=(a_target(1, course=9),))
    exchange(watch, START, an_answer(about=at(86400)))
    assert wait(watch, START) == 1.0


def test_a_row_that_canvas_uses_again_is_as_old_as_its_place_in_the_queue() -> None:
    watch = a_watch()
    exchange(watch, START, an_answer("queued", about=at(3605), updated_at="2026-11-23T04:00:00Z"))
    assert START - watch.jobs[0].born == 5


USUALLY = Prior(600.0, 64.0)
QUEUED_NOW = an_answer("queued", about=at(0))


@table(
    "target answer prior seconds",
    {
        "of this tag and canvas": (a_target(), QUEUED_NOW, USUALLY, 20.0),
        "of another canvas": (a_target(base=COLLEGE), QUEUED_NOW, None, 1.0),
        "in a course": (a_target(course=7), QUEUED_NOW, None, 1.0),
        "of another tag": (a_target(), an_answer("queued", about=at(0), tag="content_migration"), None, 1.0),
        "of no tag": (a_target(), an_answer("queued", about=at(0), tag=None), None, 1.0),
        "of unknown age": (a_target(), an_answer("queued"), None, 1.0),
    },
)
def test_a_job_is_left_alone_while_jobs_of_its_tag_usually_last(
    target: Target, answer: Answer, prior: Prior | None, seconds: float
) -> None:
    watch = Watch((target,), Policy(), START, {(str(SCHOOL), "course_batch_update"): USUALLY})
    exchange(watch, START, answer)
    assert watch.jobs[0].prior == prior
    assert wait(watch, START) == seconds


def test_the_deadline_cuts_the_wait_for_an_answer_short() -> None:
    watch = a_watch(policy=Policy(timeout=10))
    asked(watch, START)
    assert wait(watch, START + 1) == 9


def test_time_that_was_spent_before_the_watch_began_is_part_of_the_deadline() -> None:
    watch = Watch((a_target(),), Policy(timeout=10), START, started=START - 8)
    asked(watch, START)
    assert wait(watch, START) == 2


TEN_SECONDS, A_SECOND = Policy(interval=4, timeout=10), Policy(timeout=1)


@table(
    "number policy steps seconds ending",
    {
        "its only job had finished before": (1, Policy(), [(0, COMPLETED)], 0, Ending.ALL_FINISHED),
        "its last job has finished": (2, Policy(), [(0, FAILED), (0, COMPLETED)], 0, Ending.ALL_FINISHED),
        "its last job has stalled": (1, STALLING, [(0, RUNNING), (100, RUNNING)], 100, Ending.ALL_FINISHED),
        "one cannot be read": (2, Policy(), [(0, MISSING), (0, COMPLETED)], 0, Ending.ALL_FINISHED),
        "late, with a job due": (2, TEN_SECONDS, [(0, RUNNING)], 10, Ending.TIMED_OUT),
        "late, all together": (3, TEN_SECONDS, [(0, RUNNING), (3, RUNNING), (6, RUNNING)], 10, Ending.TIMED_OUT),
        "late, after a failure": (1, TEN_SECONDS, [(0, DOWN)], 10, Ending.TIMED_OUT),
        "late, but only for results": (1, A_SECOND, [(0, LATE)], 1, Ending.ALL_FINISHED),
        "late, for a job beside one with results": (2, A_SECOND, [(0, LATE)], 1, Ending.TIMED_OUT),
        "first completed": (3, FIRST_COMPLETED, [(0, FAILED), (0, COMPLETED)], 0, Ending.FIRST_COMPLETED),
        "first completed, without results": (2, FIRST_COMPLETED, [(0, LATE)], 0, Ending.FIRST_COMPLETED),
        "none completed": (2, FIRST_COMPLETED, [(0, FAILED), (0, FAILED)], 0, Ending.ALL_FINISHED),
        "first failed": (3, FAIL_FAST, [(0, COMPLETED), (0, FAILED)], 0, Ending.FIRST_FAILED),
        "first failed by a cancellation": (3, FAIL_FAST, [(0, CANCELED)], 0, Ending.FIRST_FAILED),
        "first failed by one of old": (3, FAIL_FAST, [(0, CANCELED_OF_OLD)], 0, Ending.FIRST_FAILED),
        "first failed since it is missing": (2, FAIL_FAST, [(0, MISSING)], 0, Ending.FIRST_FAILED),
        "credential": (3, Policy(), [(0, RUNNING), (0, CredentialError("expired"))], 0, Ending.CREDENTIAL),
        "wrong address": (2, Policy(), [(0, CertificateError("whose?"))], 0, Ending.ALL_FINISHED),
    },
)
def test_a_watch_ends_with_the_last_of_these_and_not_before(
    number: int, policy: Policy, steps: list[Step], seconds: float, ending: Ending
) -> None:
    watch = a_watch(number, policy)
    for step in steps:
        assert watch.ending is None
        played(watch, step)
    assert stopped(watch, START + seconds) is ending
    assert watch.requests == len(steps)


@pytest.mark.parametrize("policy", [FAIL_FAST, FIRST_COMPLETED])
@pytest.mark.parametrize("reply", [RUNNING, DOWN])
def test_a_watch_for_the_first_goes_on_for_what_is_no_end(policy: Policy, reply: Answer | CanvasProgressError) -> None:
    watch = a_watch(2, policy)
    exchange(watch, START, reply)
    assert watch.ending is None


def test_a_signal_ends_the_watch() -> None:
    watch = a_watch()
    watch.end(Ending.INTERRUPTED)
    assert stopped(watch, START) is Ending.INTERRUPTED


def test_the_first_reason_to_end_stands_but_for_a_signal_that_counts_whatever_was() -> None:
    watch = a_watch()
    exchange(watch, START, COMPLETED)
    watch.end(Ending.TERMINATED)
    assert stopped(watch, START + 10**6) is Ending.ALL_FINISHED
    watch.end(Ending.TERMINATED, whatever_was=True)
    assert stopped(watch, START + 10**6) is Ending.TERMINATED


def test_nothing_to_watch_is_over_at_once() -> None:
    assert Watch((), Policy(), 0.0).decide(0.0) == Stop()
    assert Watch((), Policy(), 0.0).ending is Ending.ALL_FINISHED


def test_a_deadline_while_results_are_awaited_leaves_the_job_completed() -> None:
    watch = a_watch(policy=A_SECOND)
    exchange(watch, START, LATE)
    assert watch.close(START + 1) == (finished(LATE),)
    assert watch.jobs[0].shown is Outcome.COMPLETED
