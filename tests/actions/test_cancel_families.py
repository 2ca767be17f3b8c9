"""What `cancel`, `cancel --wait` and a later `show` say about each family of jobs that Canvas runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canvas_progress.actions.cancel import CancelPlan, cancel
from canvas_progress.actions.show import ShowPlan, show
from canvas_progress.core.answers import Answer
from canvas_progress.core.errors import CredentialError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.refs import Target
from canvas_progress.core.signals import Terminated
from canvas_progress.core.targets import Found
from canvas_progress.terminal.terminal import Format
from stage import Stage, a_terminal

YES = CancelPlan(Format.PLAIN, yes=True)
WAIT = replace(YES, wait=True)
COOPERATES, IGNORES, OVERWRITES, RESETS, CRASHES, OVERWRITES_SILENTLY, RESETS_AND_FAILS = 24, 20, 21, 22, 23, 26, 27


def running(id_: int, *, after: float = 3.0) -> Stage:
    """Return a stage on which this job has been running for a while."""
    stage = Stage()
    stage.state(id_)
    stage.clock.sleep(after)
    return stage


@pytest.mark.parametrize(
    ("id_", "says", "waited", "code", "later"),
    [
        (COOPERATES, "its work stops soon", "the cancellation has held for 3", ExitCode.OK, "canceled"),
        (IGNORES, "work already under way may go on", "the cancellation has held for 3", ExitCode.OK, "canceled"),
        (
            OVERWRITES,
            "work already under way may go on",
            "wrote over the cancellation and completed",
            ExitCode.REFUSED,
            "completed",
        ),
        (OVERWRITES_SILENTLY, "may go on", "wrote over the cancellation and completed", ExitCode.REFUSED, "completed"),
        (RESETS, "may go on", "it was started anew and completed", ExitCode.REFUSED, "completed"),
        (RESETS_AND_FAILS, "may go on", "it was started anew, then failed, canceled", ExitCode.JOB_FAILED, "canceled"),
        (CRASHES, "may go on", "failed, Unexpected error, ID: ", ExitCode.JOB_FAILED, "failed"),
    ],
)
def test_each_family_is_told_truly_at_once_and_after_waiting_and_later(
    id_: int, says: str, waited: str, code: ExitCode, later: str
) -> None:
    at_once = running(id_)
    assert cancel(at_once.targets(id_), at_once.adapters, YES) is ExitCode.OK
    assert says in at_once.err
    stage = running(id_)
    assert cancel(stage.targets(id_), stage.adapters, WAIT) is code
    assert waited in stage.err
    assert stage.out.split("\t")[:2] == [str(id_), later]
    said = len(stage.out)
    stage.clock.sleep(600)
    show(stage.targets(id_), stage.adapters, ShowPlan(Format.PLAIN))
    assert stage.out[said:].split("\t")[:2] == [str(id_), later]
    assert stage.posts() == 1
    assert at_once.state(id_) == "failed"


def test_a_job_that_ignores_it_is_watched_while_its_completion_climbs() -> None:
    stage = running(IGNORES)
    cancel(stage.targets(IGNORES), stage.adapters, WAIT)
    assert stage.clock.passed > 35  # it works on for a while, and only then holds still


def test_a_job_that_was_started_anew_is_told_so() -> None:
    stage = running(RESETS)
    cancel(stage.targets(RESETS), stage.adapters, WAIT)
    assert "22: it was started anew and is " in stage.err


def test_waiting_prints_one_object_for_each_job_when_it_has_settled() -> None:
    stage = running(OVERWRITES)
    stage.state(9)
    cancel(stage.targets(OVERWRITES, 9), stage.adapters, replace(WAIT, format=Format.JSON))
    refused, settled = stage.json_lines()
    assert (refused["ref"], refused["action"]) == ("9", "refused")
    assert (settled["ref"], settled["action"], settled["outcome"]) == ("21", "canceled", "completed")


def test_several_are_marked_before_any_is_waited_for() -> None:
    stage = running(COOPERATES)
    assert cancel(stage.targets(COOPERATES, 3, 1), stage.adapters, WAIT) is ExitCode.OK
    log = [logged.method for logged in stage.world.log]
    last_post = len(log) - 1 - log[::-1].index("POST")
    assert log[:last_post].count("POST") == 2
    assert stage.clock.passed < 3 + 35  # the waits run side by side


class Meddling:
    """Jobs to which something happens between our read and our request."""

    def __init__(self, stage: Stage, *, seconds: float = 0.0, error: BaseException | None = None, at: int = 1) -> None:
        self.stage, self.seconds, self.error, self.left = stage, seconds, error, at

    def read(self, target: Target) -> Answer:
        return self.stage.adapters.jobs.read(target)

    def find(self, link: Target) -> Found:
        return self.stage.adapters.jobs.find(link)

    def limit(self, target: Target) -> float:
        return self.stage.adapters.jobs.limit(target)

    def cancel(self, target: Target, message: str) -> Answer:
        self.stage.clock.sleep(self.seconds)
        self.left -= 1
        if self.left == 0 and self.error is not None:
            raise self.error
        return self.stage.adapters.jobs.cancel(target, message)


def test_a_job_that_finishes_between_our_look_and_our_request_is_reported_as_canvas_then_holds_it() -> None:
    stage = running(1)
    meddled = replace(stage.adapters, jobs=Meddling(stage, seconds=60))
    assert cancel(stage.targets(1), meddled, YES) is ExitCode.OK
    assert "it may have finished just before: Canvas shows 100%" in stage.err
    assert stage.out.split("\t")[1] == "canceled"
    assert stage.state(1) == "failed"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (Terminated(), "terminated"),
        (ZeroDivisionError(), "the command failed"),  # a bug of ours
    ],
)
def test_whatever_ends_it_during_a_request_it_says_of_each_job_what_was_sent_and_what_is_not_known(
    error: BaseException, why: str
) -> None:
    stage = Stage()
    meddled = replace(stage.adapters, jobs=Meddling(stage, error=error, at=2))
    with pytest.raises(type(error)):
        cancel(stage.targets(1, 2, 3, 10), meddled, replace(YES, format=Format.JSON))
    assert [(line["ref"], line["action"]) for line in stage.json_lines()] == [
        ("1", "canceled"),
        ("2", "unknown"),
        ("3", "unchanged"),
        ("10", "unchanged"),
    ]
    assert f"error: it is not known whether 2 was canceled: {why} while its request was under way\n" in stage.err
    assert f"error: 3 not canceled: {why}; nothing was sent\n" in stage.err
    assert stage.err.endswith("marked as canceled: 1; not known: 2\n")
    assert stage.posts() == 1


def test_a_credential_that_is_refused_ends_it_and_each_job_is_reported() -> None:
    stage = Stage()
    meddled = replace(stage.adapters, jobs=Meddling(stage, error=CredentialError("expired"), at=2))
    with pytest.raises(CredentialError):
        cancel(stage.targets(1, 2, 3), meddled, replace(YES, format=Format.JSON))
    assert [(line["ref"], line["action"]) for line in stage.json_lines()] == [
        ("1", "canceled"),
        ("2", "unchanged"),
        ("3", "unchanged"),
    ]
    assert "error: 3 not canceled: the credential was refused; nothing was sent\n" in stage.err
    assert stage.err.endswith("marked as canceled: 1\n")


def test_jobs_are_reported_one_by_one_as_it_happens() -> None:
    stage = Stage()
    cancel(stage.targets(1, 2), stage.adapters, YES)
    methods = [logged.method for logged in stage.world.log]
    assert methods == ["GET", "POST", "GET", "POST"]


def test_with_nothing_to_cancel_no_question_is_asked() -> None:
    stage = Stage(terminal=a_terminal(tty=True))
    assert cancel(stage.targets(9), stage.adapters, CancelPlan(Format.TABLE)) is ExitCode.REFUSED
    assert "[y/N]" not in stage.err
    assert "9 not canceled: it has already completed" in stage.err


def test_force_never_overrides_the_question() -> None:
    stage = Stage(terminal=a_terminal(typed="n\n", tty=True))
    assert cancel(stage.targets(9), stage.adapters, CancelPlan(Format.TABLE, force=True)) is ExitCode.REFUSED
    assert stage.posts() == 0
