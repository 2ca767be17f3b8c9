"""One answer about each job, where some are named by links."""

from __future__ import annotations

import pytest

from canvas_progress.core.answers import Answer
from canvas_progress.core.decisions import Send, Stop
from canvas_progress.core.errors import CanvasProgressError, NoSuchJobError
from canvas_progress.core.links import led_to
from canvas_progress.core.reads import Reads
from canvas_progress.core.refs import Target
from canvas_progress.core.targets import Found
from jobs import COLLEGE, a_link, a_target, an_answer

START = 100.0
LINK, OTHER, PLAIN = a_link(), a_link(8), a_target(12)
SIS = "/api/v1/accounts/1/sis_imports"
JOB = Found(led_to(LINK, 12))
DONE, GONE = an_answer("completed"), NoSuchJobError("none")


def asked(machine: Reads, now: float = START) -> Target:
    decision = machine.decide(now)
    assert isinstance(decision, Send), decision
    return decision.request


def exchange(machine: Reads, *replies: Answer | Found | CanvasProgressError) -> list[Target]:
    """Answer one request after the other at once, and return what was requested."""
    requests = []
    for reply in replies:
        requests.append(asked(machine))
        assert machine.record(requests[-1], reply, START, 1.0) == ()
    return requests


def test_the_job_that_a_link_leads_to_is_read() -> None:
    machine = Reads((LINK,), START)
    assert exchange(machine, JOB, DONE) == [LINK, JOB.target]
    assert machine.decide(START) == Stop()
    assert (machine.answers, machine.is_open(LINK)) == ({machine.job_of(LINK): DONE}, False)


def test_what_a_link_leads_to_is_read_once_whoever_else_leads_to_it() -> None:
    machine = Reads((LINK, OTHER), START)
    assert exchange(machine, JOB, JOB, DONE) == [LINK, OTHER, JOB.target]
    assert machine.decide(START) == Stop()


def test_a_link_that_leads_nowhere_is_an_error_of_its_own() -> None:
    machine = Reads((LINK, PLAIN), START)
    exchange(machine, GONE, DONE)
    assert (machine.errors, machine.answers) == ({LINK: GONE}, {PLAIN: DONE})


@pytest.mark.parametrize("late", [DONE, GONE])
def test_a_link_that_leads_somewhere_after_the_time_limit_changes_nothing(late: Answer | CanvasProgressError) -> None:
    machine = Reads((PLAIN, LINK), START, until=START + 9)
    exchange(machine, late)
    asked(machine)
    assert machine.decide(START + 9) == Stop()
    machine.record(LINK, JOB, START + 9, 1.0)
    assert machine.decide(START + 9) == Stop()
    assert (list(machine.answers), PLAIN in machine.errors) == ([PLAIN] if late is DONE else [], late is GONE)


def test_a_job_that_was_read_before_a_link_led_to_it_is_read_again_with_what_the_link_adds() -> None:
    machine = Reads((PLAIN, LINK), START)
    requests = exchange(machine, DONE, JOB, an_answer("running"))
    assert [target.parent_path for target in requests] == [None, LINK.parent_path, LINK.parent_path]
    assert machine.answers[PLAIN].job.state == "running"
    assert machine.decide(START) == Stop()


def test_a_job_that_is_being_read_when_a_link_leads_to_it_is_read_again_too() -> None:
    machine = Reads((a_target(3), PLAIN, LINK), START)
    exchange(machine, DONE)
    assert (asked(machine), asked(machine)) == (PLAIN, LINK)
    machine.record(LINK, JOB, START, 1.0)
    machine.record(PLAIN, DONE, START, 1.0)
    assert exchange(machine, an_answer("running"))[0].parent_path == LINK.parent_path
    assert machine.answers[PLAIN].job.state == "running"


def test_a_job_is_not_final_while_a_link_of_its_canvas_may_lead_to_it() -> None:
    elsewhere = a_target(12, base=COLLEGE)
    machine = Reads((PLAIN, elsewhere, LINK), START)
    exchange(machine, DONE)
    assert (asked(machine), asked(machine)) == (LINK, elsewhere)
    machine.record(elsewhere, DONE, START, 1.0)
    assert (machine.is_open(PLAIN), machine.is_open(elsewhere)) == (True, False)
    machine.record(LINK, GONE, START, 1.0)
    assert not machine.is_open(PLAIN)


def test_the_newest_of_a_collection_adds_nothing_to_a_job_that_was_read() -> None:
    newest = Target("sis_import:latest", 0, PLAIN.base, collection=SIS, link=f"{SIS}/latest")
    machine = Reads((PLAIN, newest), START)
    exchange(machine, DONE)
    assert not machine.is_open(PLAIN)


def test_a_job_that_was_not_read_yet_when_a_link_leads_to_it_is_read_once() -> None:
    machine = Reads((LINK, PLAIN), START)
    assert [target.parent_path for target in exchange(machine, JOB, DONE)] == [LINK.parent_path] * 2
    assert machine.decide(START) == Stop()
