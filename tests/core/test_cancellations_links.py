"""A `cancel` some of whose jobs are named by links: they are followed beside the rest, and no job is marked twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canceling import DRY, MARKED, PLAIN, RUNNING, START, asked, canceling
from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_conclusion import Action, Conclusion
from canvas_progress.core.cancellations import CancelEvent, Cancellations
from canvas_progress.core.decisions import Send, Stop
from canvas_progress.core.errors import CanvasProgressError, NoJobYetError, NotPermittedError, ServerError
from canvas_progress.core.links import led_to
from canvas_progress.core.refs import Target
from canvas_progress.core.targets import Found
from jobs import a_link, a_target

LINK, OTHER = a_link(), a_link(8)
JOB = Found(led_to(LINK, 12))
FORBIDDEN = NotPermittedError("not yours")


def exchange(machine: Cancellations, *replies: Answer | Found | CanvasProgressError) -> tuple[CancelEvent, ...]:
    """Answer one request after the other at once, and return what is told of the last one."""
    told: tuple[CancelEvent, ...] = ()
    for reply in replies:
        told = machine.record(asked(machine), reply, START, 1.0)
    return told


def found(events: tuple[CancelEvent, ...]) -> list[tuple[str, Action, int]]:
    return [(e.target.label, e.found.action, e.found.code) for e in events if isinstance(e.found, Conclusion)]


def test_the_job_that_a_link_leads_to_is_read_and_judged_before_it_is_marked() -> None:
    machine, requests = canceling(LINK), []
    told: tuple[CancelEvent, ...] = ()
    for reply in (JOB, RUNNING, MARKED):
        requests.append(asked(machine))
        told = machine.record(requests[-1], reply, START, 1.0)
    assert [(request.target, request.message) for request in requests] == [
        (LINK, None),
        (JOB.target, None),
        (JOB.target, "canceled"),
    ]
    assert found(told) == [("12", Action.CANCELED, 0)]


@pytest.mark.parametrize("targets", [(LINK, OTHER), (LINK, a_target(12)), (a_target(12), LINK)])
def test_a_job_that_is_named_twice_is_marked_once(targets: tuple[Target, ...]) -> None:
    machine, posts = canceling(*targets), 0
    while isinstance(decision := machine.decide(START), Send):
        request = decision.request
        posts += request.message is not None
        done = MARKED if request.message else RUNNING
        machine.record(request, JOB if request.target.link else done, START, 1.0)
    assert (posts, decision) == (1, Stop())


def test_the_rest_goes_on_while_a_link_hangs() -> None:
    machine = canceling(a_target(3), LINK)
    requests = [asked(machine), asked(machine, START + 1)]
    assert [request.target for request in requests] == [a_target(3), LINK]
    machine.record(requests[0], RUNNING, START + 1, 1.0)
    assert asked(machine, START + 1).message == "canceled"


def test_links_are_followed_side_by_side() -> None:
    machine = canceling(a_target(3), LINK, OTHER)
    exchange(machine, RUNNING, MARKED)
    assert [asked(machine).target for _ in range(2)] == [LINK, OTHER]


@pytest.mark.parametrize("error", [NoJobYetError("no job yet"), FORBIDDEN])
def test_nothing_is_sent_where_a_link_leads_nowhere(error: CanvasProgressError) -> None:
    machine = canceling(LINK, intent=replace(PLAIN, force=True, unread=True))
    assert found(exchange(machine, error)) == [(LINK.label, Action.UNCHANGED, error.exit_code)]
    assert machine.decide(START) == Stop()


def test_a_link_is_followed_again_after_a_pause_where_that_may_help() -> None:
    machine = canceling(LINK)
    (news,) = exchange(machine, ServerError("down"))
    assert news == CancelEvent(LINK, "down; trying again in 1 s")


def test_a_link_to_a_job_of_lti_is_refused_as_the_job_is() -> None:
    machine = canceling(LINK)
    assert found(exchange(machine, Found(led_to(LINK, 12, course=5)))) == [("12", Action.REFUSED, 7)]


def test_in_a_dry_run_all_are_looked_at_side_by_side() -> None:
    machine = canceling(LINK, OTHER, a_target(3), intent=DRY)
    exchange(machine, JOB)
    assert [asked(machine).target for _ in range(3)] == [JOB.target, OTHER, a_target(3)]


def test_what_is_marked_is_followed_up_when_the_last_link_leads_to_it() -> None:
    machine = canceling(a_target(12), LINK, wait=True)
    exchange(machine, RUNNING, MARKED, JOB)
    assert asked(machine).target == a_target(12)
    first, second = machine.cases
    assert second.stage is first.stage


def test_a_case_that_is_the_same_as_another_is_left_to_that() -> None:
    first = canceling(a_target(12), LINK)
    exchange(first, RUNNING, MARKED, JOB)
    again = Cancellations(first.cases)
    assert [case.target for case in again.cases] == [a_target(12)]
