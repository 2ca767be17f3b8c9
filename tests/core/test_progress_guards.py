from __future__ import annotations

import pytest

from canvas_progress.core.answers import About
from canvas_progress.core.job import Job
from canvas_progress.core.kinds.progress_guards import is_marked, is_same_user, refusal, what_follows
from jobs import a_job, an_answer

SHARD = 10**13
ME = About(user_id=7)
PENDING = ["queued", "running", "waiting_for_external_tool", "a_state_of_tomorrow"]
WOULD_REPLACE = ", and Canvas would replace its message"
NO_OWNER = "it was started without an owner, and Canvas lets only the owner cancel"
IMPORT = "this_import_was_given_the_wrong_term"


@pytest.mark.parametrize("state", PENDING)
@pytest.mark.parametrize(
    ("owner", "caller"),
    [
        pytest.param(7, 7, id="one's own"),
        pytest.param(7, 89 * SHARD + 7, id="one's own, the shard told of the caller alone"),
        pytest.param(8, None, id="the answer does not say who asks"),
    ],
)
def test_a_pending_job_may_be_canceled(state: str, owner: int, caller: int | None) -> None:
    assert refusal(an_answer(state, about=About(user_id=caller), user_id=owner)) is None


@pytest.mark.parametrize(
    ("state", "message", "reason"),
    [
        ("completed", "17 courses processed", "it has already completed, and Canvas would rewrite it as failed"),
        ("failed", "no such course", f"it has already failed{WOULD_REPLACE}"),
        ("canceled", None, f"it has already been canceled{WOULD_REPLACE}"),
        ("failed", "canceled", f"it has already been canceled{WOULD_REPLACE}"),
    ],
)
@pytest.mark.parametrize("owner", [7, None])
def test_a_finished_job_is_refused_with_the_harm_that_canvas_would_do_whoever_owns_it(
    state: str, message: str | None, reason: str, owner: int | None
) -> None:
    assert refusal(an_answer(state, about=ME, message=message, user_id=owner)) == reason


@pytest.mark.parametrize("about", [ME, About()])
def test_a_job_without_an_owner_is_refused_whoever_asks(about: About) -> None:
    assert refusal(an_answer("running", about=about, user_id=None)) == NO_OWNER


@pytest.mark.parametrize(
    ("owner", "caller", "you"),
    [(8, 7, 7), (8, 89 * SHARD + 7, 7), (88 * SHARD + 7, 89 * SHARD + 7, 89 * SHARD + 7)],
)
def test_a_job_of_another_user_is_refused_with_both_users_named_alike(owner: int, caller: int, you: int) -> None:
    told = f"user {owner} started it, you are user {you}, and Canvas lets only the owner cancel"
    assert refusal(an_answer("running", about=About(user_id=caller), user_id=owner)) == told


@pytest.mark.parametrize("state", ["completed", "failed", "canceled", *PENDING])
@pytest.mark.parametrize("owner", [None, 7, 8])
def test_force_overrides_every_guard(state: str, owner: int | None) -> None:
    assert refusal(an_answer(state, about=ME, user_id=owner), force=True) is None


@pytest.mark.parametrize(
    ("user_id", "caller", "same"),
    [
        pytest.param(7, 7, True, id="short and short"),
        pytest.param(7, 89 * SHARD + 7, True, id="short and with its shard"),
        pytest.param(89 * SHARD + 7, 89 * SHARD + 7, True, id="both with their shard"),
        pytest.param(SHARD - 1, SHARD - 1, True, id="the last short one"),
        pytest.param(7, 8, False, id="two numbers"),
        pytest.param(7, 89 * SHARD + 8, False, id="two numbers, one with its shard"),
        pytest.param(88 * SHARD + 7, 89 * SHARD + 7, False, id="two shards"),
        pytest.param(89 * SHARD + 7, 7, False, id="a caller is never short"),
    ],
)
def test_a_user_is_the_same_whether_or_not_the_shard_is_spelled_out(user_id: int, caller: int, *, same: bool) -> None:
    assert is_same_user(user_id, caller) is same


@pytest.mark.parametrize(
    ("job", "sent", "marked"),
    [
        pytest.param(a_job("failed", message="wrong file"), "wrong file", True, id="our message"),
        pytest.param(a_job("canceled"), "wrong file", True, id="Canvas's own state"),
        pytest.param(a_job("failed", message="canceled"), "wrong file", False, id="another message"),
        pytest.param(a_job("failed"), "wrong file", False, id="no message"),
        pytest.param(a_job("running", message="wrong file"), "wrong file", False, id="it runs"),
        pytest.param(a_job("completed", message="wrong file"), "wrong file", False, id="it has completed"),
        pytest.param(a_job("failed", message=IMPORT[:19]), IMPORT, False, id="too little is left of it"),
        pytest.param(a_job("failed", message=IMPORT[:20]), IMPORT, True, id="enough is left of it"),
        pytest.param(a_job("failed", message=IMPORT[:30]), IMPORT, True, id="most is left of it"),
        pytest.param(a_job("failed", message=f"x{IMPORT[:30]}"), IMPORT, False, id="it begins otherwise"),
        pytest.param(
            a_job("failed", message="the disk was full, and it gave up"), IMPORT, False, id="a long other one"
        ),
    ],
)
def test_which_jobs_carry_our_mark(job: Job, sent: str, *, marked: bool) -> None:
    assert is_marked(job, sent) is marked


@pytest.mark.parametrize(
    ("before", "job", "told"),
    [
        *(
            pytest.param(a_job(), a_job(tag=tag), "its work stops soon; what is done stays done", id=tag)
            for tag in ("context_module_batch_update", "gradebook_to_csv")
        ),
        *(
            pytest.param(a_job(), a_job(tag=tag), "work already under way may go on", id=str(tag))
            for tag in ("submissions_update", "content_migration", "course_batch_update", None)
        ),
        pytest.param(
            a_job(completion=80.0),
            a_job("failed", completion=100.0),
            "it may have finished just before: Canvas shows 100%",
            id="it reached 100% meanwhile",
        ),
        pytest.param(
            None,
            a_job("failed", completion=100.0),
            "it may have finished just before: Canvas shows 100%",
            id="it is at 100%, and was not read before",
        ),
        pytest.param(
            a_job(completion=100.0),
            a_job("failed", completion=100.0),
            "work already under way may go on",
            id="it sat at 100% before",
        ),
        pytest.param(
            a_job(completion=80.0),
            a_job("failed", completion=90.0),
            "work already under way may go on",
            id="it is short of 100%",
        ),
        pytest.param(
            a_job("completed"),
            a_job("failed", completion=100.0),
            "its finished record was overwritten: it had completed",
            id="it had completed",
        ),
        pytest.param(
            a_job("failed", message="canceled"),
            a_job("failed", completion=100.0),
            "its finished record was overwritten: it had been canceled",
            id="it had been canceled",
        ),
    ],
)
def test_what_a_mark_means_depends_on_the_job_and_on_what_was_read_before(
    before: Job | None, job: Job, told: str
) -> None:
    assert what_follows(before, job) == told
