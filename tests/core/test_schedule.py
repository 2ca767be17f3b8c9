from __future__ import annotations

import math

import pytest

from canvas_progress.core.backoff import ONE_ANSWER, RetryPolicy
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.decisions import Send, Wait
from canvas_progress.core.errors import (
    CanvasProgressError,
    NetworkError,
    NoSuchJobError,
    ServerError,
    UnreadableJobError,
)
from canvas_progress.core.schedule import Loss, Retry, Schedule
from jobs import COLLEGE, SCHOOL

START = 100.0
DOWN = ServerError("down")
MINUTE = RetryPolicy(give_up_after=60.0)
POEM = UnreadableJobError("a poem")
NO_JOB = NoSuchJobError("no such job")


def where(subject: str) -> BaseUrl:
    return COLLEGE if subject.isupper() else SCHOOL


def schedule(*subjects: str, retry: RetryPolicy = MINUTE) -> Schedule[str]:
    """Return a schedule of what is due now: in small letters at one server, in capital ones at another."""
    plan = Schedule(retry, where)
    for subject in subjects:
        plan.put(subject, START)
    return plan


def asked(plan: Schedule[str], now: float = START) -> str:
    decision = plan.decide(now)
    assert isinstance(decision, Send), decision
    return decision.request


def fail(plan: Schedule[str], error: CanvasProgressError, now: float = START) -> Retry | Loss | None:
    return plan.record(asked(plan, now), error, now, 1.0)


def test_of_what_is_due_on_one_server_the_longest_due_is_asked_first_and_else_the_first_put() -> None:
    plan = schedule("c", "b")
    plan.put("a", START - 1)
    plan.put("d", START + 50)
    order = []
    for now in (START, START + 1, START + 2):
        order.append(asked(plan, now))
        plan.record(order[-1], None, now, 0.0)
    assert order == ["a", "c", "b"]


def test_with_nothing_to_ask_it_waits_for_ever() -> None:
    assert schedule().decide(START) == Wait(math.inf)


def test_it_waits_for_what_is_due_first_on_any_server() -> None:
    plan = schedule()
    plan.put("A", START + 9)
    plan.put("b", START + 5)
    assert plan.decide(START) == Wait(5.0)


def test_it_waits_no_longer_than_until_a_silent_server_is_to_be_given_up() -> None:
    plan = schedule("a")
    asked(plan)
    plan.put("a", START + 500)
    assert plan.decide(START + 10) == Wait(50.0)
    assert plan.decide(START + 61) == Wait(0.0)


def test_one_server_does_not_wait_for_the_other() -> None:
    plan = schedule("a", "b", "C")
    assert [asked(plan), asked(plan)] == ["a", "C"]


def test_it_knows_what_was_ever_asked_for() -> None:
    plan = schedule("a", "b")
    asked(plan)
    assert [plan.was_sent(subject) for subject in "ab"] == [True, False]


def test_failures_in_a_row_are_counted_until_a_good_answer() -> None:
    plan = schedule("a", "b")
    assert plan.failures("a") == 0
    fail(plan, POEM)
    plan.put("a", START - 1)
    fail(plan, POEM)
    assert (plan.failures("a"), plan.failures("b")) == (2, 0)
    plan.put("a", START - 1)
    plan.record(asked(plan), None, START, 1.0)
    assert plan.failures("a") == 0


def test_what_may_pass_is_worth_repeating_after_the_backoff() -> None:
    assert fail(schedule("a"), POEM) == Retry(START + 1)


def test_a_repetition_waits_until_its_server_may_be_asked() -> None:
    plan = schedule("a", "b")
    plan.record(asked(plan), None, START, 1.0, quota=400.0)
    plan.put("a", START)
    first, second = asked(plan), asked(plan)
    plan.record(first, ServerError("down", retry_after=30), START + 1, 1.0)
    assert plan.record(second, POEM, START + 1, 1.0) == Retry(START + 31)


def test_what_will_not_pass_loses_its_subject_alone() -> None:
    plan = schedule("a", "b")
    assert fail(plan, NO_JOB) is Loss.SUBJECT
    assert asked(plan) == "b"


@pytest.mark.parametrize("error", [DOWN, POEM])
def test_what_failed_for_too_long_is_not_repeated(error: CanvasProgressError) -> None:
    plan = schedule("a")
    asked(plan)
    assert plan.record("a", error, START + 60, 1.0) is Loss.SERVER


def test_a_server_that_was_never_heard_of_is_lost_with_all_of_its_subjects_and_no_others() -> None:
    plan = schedule("a", "b", "C", retry=ONE_ANSWER)
    assert fail(plan, NetworkError("refuses connections", sent=False)) is Loss.SERVER
    assert asked(plan) == "C"
    plan.record("C", None, START, 1.0)
    assert plan.decide(START) == Wait(math.inf)


def test_a_server_that_is_silent_for_too_long_is_lost_once() -> None:
    plan = schedule("a", "b", "C")
    asked(plan)
    assert plan.lost_servers(START + 59.9) == ()
    ((base, error),) = plan.lost_servers(START + 60)
    assert (base, str(error)) == (SCHOOL, "canvas.example.edu did not answer within 60 s")
    assert plan.lost_servers(START + 60) == ()
    assert asked(plan, START + 60) == "C"


def test_time_in_which_the_process_was_stopped_counts_against_nobody() -> None:
    plan = schedule("a")
    fail(plan, POEM)
    plan.put("a", START + 1)
    asked(plan, START + 1)
    plan.resumed(1000.0)
    assert plan.lost_servers(START + 1030) == ()
    assert plan.record("a", POEM, START + 1030, 1.0) == Retry(START + 1032)
