"""A watch some of whose jobs are named by links: they are followed by the watch itself."""

from __future__ import annotations

import pytest

from canvas_progress.core.decisions import Ending, Wait
from canvas_progress.core.errors import NoJobYetError, NoSuchJobError, ServerError
from canvas_progress.core.events import Event, Finished, Seen, Trouble
from canvas_progress.core.exit_status import of_watch
from canvas_progress.core.links import led_to
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.targets import Found
from jobs import COLLEGE, a_link, a_target, an_answer
from watching import START, a_watch, asked, decided, exchange, stopped

LINK, OTHER, PLAIN = a_link(), a_link(8), a_target(12)
JOB = Found(led_to(LINK, 12))
RUNNING, DONE = an_answer("running"), an_answer("completed", results={})


def labels(watch: Watch) -> list[str]:
    return [watched.target.label for watched in watch.jobs]


def test_the_job_of_a_link_takes_its_place_and_is_polled_at_once() -> None:
    watch = a_watch(of=(LINK, a_target(3)))
    assert exchange(watch, START, JOB) == ()
    assert labels(watch) == ["12", "3"]
    assert (exchange(watch, START, DONE), asked(watch, START)) == ((Seen(a_target(3), DONE.job), *done(3)), PLAIN)


def done(id_: int) -> tuple[Event, ...]:
    return (Finished(a_target(id_), DONE.job.outcome, DONE.job),)


def test_a_link_that_hangs_holds_up_no_job_of_another_canvas() -> None:
    plain = a_target(3, base=COLLEGE)
    watch = a_watch(of=(a_link(), plain))
    assert asked(watch, START) == LINK
    told = exchange(watch, START, DONE)
    assert [type(event) for event in told] == [Seen, Finished]
    assert isinstance(decided(watch, START), Wait)
    assert labels(watch) == [LINK.label, "3"]


def test_a_link_that_hangs_holds_up_no_job_of_its_own_canvas_for_long() -> None:
    watch = a_watch(of=(LINK, a_target(3)))
    assert (asked(watch, START), asked(watch, START + 1)) == (LINK, a_target(3))


def test_a_link_is_retried_as_a_job_is() -> None:
    watch = a_watch(of=(LINK,))
    (trouble,) = exchange(watch, START, ServerError("down"))
    assert isinstance(trouble, Trouble)
    assert (trouble.target, trouble.retry_in) == (LINK, 1.0)
    exchange(watch, START + 1, JOB)
    assert watch.jobs[0].trouble is None


@pytest.mark.parametrize(
    ("error", "code", "word"), [(NoJobYetError("no job yet"), 2, "unread"), (NoSuchJobError("none"), 5, "gone")]
)
def test_a_link_that_leads_nowhere_ends_nothing_but_itself(error: NoJobYetError, code: int, word: str) -> None:
    watch = a_watch(of=(LINK, a_target(3)))
    assert exchange(watch, START, error)[0] == Trouble(LINK, error, None, 1)
    exchange(watch, START, DONE)
    assert stopped(watch, START) is Ending.ALL_FINISHED
    assert (of_watch(watch), watch.jobs[0].shown) == (code, word)


def test_a_canvas_that_knows_no_job_yet_has_answered() -> None:
    watch = a_watch(of=(LINK, a_target(3)), policy=Policy(give_up_after=60.0))
    exchange(watch, START, NoJobYetError("no job yet"))
    ((_, load),) = watch.loads
    assert (load.has_answered, load.silent_since) == (True, None)


def test_a_job_that_is_polled_already_is_polled_no_second_time() -> None:
    watch = a_watch(of=(OTHER, a_target(3), PLAIN, LINK))
    for reply in (JOB, RUNNING, RUNNING, JOB):
        exchange(watch, START, reply)
    assert labels(watch) == ["12", "3"]
    assert isinstance(decided(watch, START), Wait)
    assert watch.requests == 4


def test_a_job_that_is_polled_already_is_polled_with_what_the_link_adds() -> None:
    watch = a_watch(of=(PLAIN, LINK), policy=Policy(interval=10.0))
    exchange(watch, START, RUNNING)
    exchange(watch, START, JOB)
    assert asked(watch, START + 10).parent_path == LINK.parent_path
    assert watch.jobs[0].target.ref == LINK.label


def test_a_job_that_is_being_polled_is_polled_again_with_what_the_link_adds() -> None:
    watch = a_watch(of=(a_target(3), PLAIN, LINK))
    exchange(watch, START, RUNNING)
    assert [asked(watch, START), asked(watch, START)] == [PLAIN, LINK]
    watch.record(LINK, JOB, START, 1.0)
    assert watch.record(PLAIN, DONE, START, 1.0) == ()
    assert asked(watch, START).parent_path == LINK.parent_path


def test_a_job_that_has_ended_is_watched_apart_with_what_the_link_adds() -> None:
    watch = a_watch(of=(PLAIN, LINK))
    exchange(watch, START, DONE)
    exchange(watch, START, JOB)
    assert labels(watch) == ["12", LINK.label]
    assert exchange(watch, START, DONE)[-1].target.label == LINK.label
    assert stopped(watch, START) is Ending.ALL_FINISHED


def test_the_watch_is_over_when_the_last_link_leads_to_a_job_that_has_ended() -> None:
    watch = a_watch(of=(LINK, OTHER))
    exchange(watch, START, JOB)
    asked(watch, START)
    exchange(watch, START, DONE)
    watch.record(OTHER, JOB, START, 1.0)
    assert stopped(watch, START) is Ending.ALL_FINISHED
    assert labels(watch) == ["12"]


def test_a_link_whose_canvas_was_given_up_leads_nowhere_any_more() -> None:
    watch = a_watch(of=(LINK,), policy=Policy(give_up_after=5.0))
    asked(watch, START)
    watch.elapsed(START + 5)
    assert watch.record(LINK, JOB, START + 6, 1.0) == ()
    assert labels(watch) == [LINK.label]
