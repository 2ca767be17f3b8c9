from __future__ import annotations

import pytest

from canvas_progress.core.answers import About
from canvas_progress.core.cancellation import Verdict, is_marked, is_same_user, judge, what_follows
from canvas_progress.core.job import Job
from jobs import a_job, an_answer

ME = About(user_id=7)
PENDING = ["queued", "running", "waiting_for_external_tool", "a_state_of_tomorrow"]


@pytest.mark.parametrize("state", PENDING)
def test_a_pending_job_of_ones_own_may_be_canceled(state: str) -> None:
    assert judge(an_answer(state, about=ME, user_id=7)) == Verdict(allowed=True)


@pytest.mark.parametrize(
    ("state", "message", "reason"),
    [
        ("completed", "17 courses processed", "it has already completed, and Canvas would rewrite it as failed"),
        ("failed", "no such course", "it has already failed, and Canvas would replace its message"),
        ("canceled", None, "it has already been canceled, and Canvas would replace its message"),
        ("failed", "canceled", "it has already been canceled, and Canvas would replace its message"),
    ],
)
def test_a_finished_job_is_refused_with_the_harm_that_canvas_would_do(
    state: str, message: str | None, reason: str
) -> None:
    assert judge(an_answer(state, about=ME, message=message)) == Verdict(allowed=False, reason=reason)


@pytest.mark.parametrize("about", [ME, About()])
def test_a_job_without_an_owner_is_refused_whoever_asks(about: About) -> None:
    verdict = judge(an_answer("running", about=about, user_id=None))
    assert not verdict.allowed
    assert verdict.reason == "it was started without an owner, and Canvas lets only the owner cancel"


@pytest.mark.parametrize(
    ("owner", "caller", "you"),
    [(8, 7, 7), (8, 89 * 10**13 + 7, 7), (88 * 10**13 + 7, 89 * 10**13 + 7, 89 * 10**13 + 7)],
)
def test_a_job_of_another_user_is_refused_with_both_users_named_alike(owner: int, caller: int, you: int) -> None:
    verdict = judge(an_answer("running", about=About(user_id=caller), user_id=owner))
    assert not verdict.allowed
    assert verdict.reason == f"user {owner} started it, you are user {you}, and Canvas lets only the owner cancel"


def test_a_job_is_not_refused_where_the_answer_does_not_say_who_asks() -> None:
    assert judge(an_answer("running", about=About(), user_id=8)).allowed


@pytest.mark.parametrize(
    ("user_id", "caller"), [(7, 7), (7, 89 * 10**13 + 7), (89 * 10**13 + 7, 89 * 10**13 + 7), (10**13 - 1, 10**13 - 1)]
)
def test_a_user_is_the_same_whether_or_not_the_shard_is_spelled_out(user_id: int, caller: int) -> None:
    assert is_same_user(user_id, caller)


@pytest.mark.parametrize(
    ("user_id", "caller"), [(7, 8), (7, 89 * 10**13 + 8), (88 * 10**13 + 7, 89 * 10**13 + 7), (89 * 10**13 + 7, 7)]
)
def test_users_of_two_numbers_or_two_shards_are_two(user_id: int, caller: int) -> None:
    assert not is_same_user(user_id, caller)


def test_a_job_of_ones_own_may_be_canceled_where_the_server_tells_the_shard_of_the_caller_alone() -> None:
    assert judge(an_answer("running", about=About(user_id=89 * 10**13 + 7), user_id=7)).allowed


@pytest.mark.parametrize("state", ["completed", "failed", "canceled", *PENDING])
@pytest.mark.parametrize("owner", [None, 7, 8])
def test_force_overrides_every_guard(state: str, owner: int | None) -> None:
    assert judge(an_answer(state, about=ME, user_id=owner), force=True) == Verdict(allowed=True)


def test_that_a_job_is_finished_is_said_before_who_owns_it() -> None:
    assert "already completed" in judge(an_answer("completed", about=ME, user_id=None)).reason


def test_a_job_is_marked_when_it_failed_with_the_message_that_was_sent_or_canvas_holds_it_as_canceled() -> None:
    assert is_marked(a_job("failed", message="wrong file"), "wrong file")
    assert is_marked(a_job("canceled"), "wrong file")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("failed", "canceled"),
        ("failed", None),
        ("running", "wrong file"),
        ("completed", "wrong file"),
    ],
)
def test_a_job_in_any_other_state_or_with_another_message_is_not_marked(state: str, message: str | None) -> None:
    assert not is_marked(a_job(state, message=message), "wrong file")


@pytest.mark.parametrize("tag", ["context_module_batch_update", "gradebook_to_csv"])
def test_the_work_of_jobs_that_look_at_their_own_progress_stops_soon(tag: str) -> None:
    assert what_follows(a_job(), a_job(tag=tag)) == "its work stops soon; what is done stays done"


@pytest.mark.parametrize("tag", ["submissions_update", "content_migration", "course_batch_update", None])
def test_the_work_of_all_other_jobs_may_go_on(tag: str | None) -> None:
    assert what_follows(a_job(), a_job(tag=tag)) == "work already under way may go on"


@pytest.mark.parametrize("tag", ["context_module_batch_update", "content_migration"])
def test_nobody_is_ever_told_that_a_job_was_stopped(tag: str) -> None:
    assert "stopped" not in what_follows(a_job(), a_job(tag=tag))


def test_a_job_that_reached_100_percent_meanwhile_may_have_finished() -> None:
    told = what_follows(a_job(completion=80.0), a_job("failed", completion=100.0))
    assert told == "it may have finished just before: Canvas shows 100%"


def test_a_job_that_sat_at_100_percent_before_is_no_news() -> None:
    told = what_follows(a_job(completion=100.0), a_job("failed", completion=100.0))
    assert "just before" not in told


@pytest.mark.parametrize(("letters", "marked"), [(19, False), (20, True), (30, True)])
def test_a_message_that_canvas_has_cut_is_a_mark_if_enough_of_it_is_left(letters: int, *, marked: bool) -> None:
    sent = "this_import_was_given_the_wrong_term"
    assert is_marked(a_job("failed", message=sent[:letters]), sent) is marked
    assert is_marked(a_job("failed", message="x" + sent[:letters]), sent) is False


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (a_job("completed"), "its finished record was overwritten: it had completed"),
        (a_job("failed", message="canceled"), "its finished record was overwritten: it had been canceled"),
        (None, "it may have finished just before: Canvas shows 100%"),
    ],
)
def test_what_a_mark_means_depends_on_what_was_read_before_it(before: Job | None, told: str) -> None:
    assert what_follows(before, a_job("failed", completion=100.0)) == told


def test_a_job_that_failed_without_a_message_does_not_carry_ours() -> None:
    assert is_marked(a_job("failed"), "wrong file") is False


def test_a_job_that_is_short_of_100_percent_is_not_said_to_have_finished() -> None:
    assert what_follows(a_job(completion=80.0), a_job("failed", completion=90.0)) == "work already under way may go on"


def test_a_long_message_of_somebody_else_is_no_mark() -> None:
    assert not is_marked(a_job("failed", message="the disk was full, and it gave up"), "this import has the wrong term")
