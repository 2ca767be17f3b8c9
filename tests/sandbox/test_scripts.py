"""A job is a function of its script, its cancels and the seconds since it was first seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canvas_progress.sandbox.rows import Row, Write
from canvas_progress.sandbox.scripts import Cancel, OnCancel, Script, row_at
from canvas_progress.sandbox.timelines import climb, run

_JOB = Script(id=1, about="ten steps of a second after two in the queue", tag="tag", writes=run(2, 10, steps=10))


def _row(on_cancel: OnCancel, seconds: float, *, cancelled: float, script: Script = _JOB) -> Row:
    row = row_at(replace(script, on_cancel=on_cancel), seconds, cancels=(Cancel(cancelled, "stop"),))
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("seconds", "state", "completion"),
    [
        (0, "queued", None),
        (2, "running", None),
        (3, "running", 10.0),
        (11.9, "running", 90.0),
        (12, "completed", 100.0),
    ],
)
def test_a_job_left_alone_follows_its_script(seconds: float, state: str, completion: float | None) -> None:
    row = row_at(_JOB, seconds)
    assert row is not None
    assert (row.state, row.completion) == (state, completion)


@pytest.mark.parametrize("on_cancel", OnCancel)
def test_every_kind_of_job_is_failed_right_after_a_cancel(on_cancel: OnCancel) -> None:
    row = _row(on_cancel, 5.5, cancelled=5.5)
    assert (row.state, row.message, row.completion, row.updated) == ("failed", "stop", 30.0, 5.5)


@pytest.mark.parametrize("on_cancel", OnCancel)
def test_a_cancel_after_the_end_stays(on_cancel: OnCancel) -> None:
    row = _row(on_cancel, 100, cancelled=50)
    assert (row.state, row.message, row.completion) == ("failed", "stop", 100.0)


def test_a_cooperative_job_stops_where_it_was() -> None:
    row = _row(OnCancel.COOPERATES, 100, cancelled=5.5)
    assert (row.state, row.message, row.completion) == ("failed", "stop", 30.0)


def test_a_job_that_ignores_a_cancel_stays_failed_while_its_completion_climbs() -> None:
    climbing = _row(OnCancel.IGNORES, 8, cancelled=5.5)
    assert (climbing.state, climbing.completion) == ("failed", 60.0)
    ended = _row(OnCancel.IGNORES, 100, cancelled=5.5)
    assert (ended.state, ended.message, ended.completion) == ("failed", "stop", 90.0)


def test_a_job_that_ignores_a_cancel_in_the_queue_does_its_work_and_stays_failed() -> None:
    row = _row(OnCancel.IGNORES, 100, cancelled=1)
    assert (row.state, row.completion) == ("failed", 90.0)


def test_an_overwriting_job_completes_over_the_cancel() -> None:
    row = _row(OnCancel.OVERWRITES, 12, cancelled=5.5)
    assert (row.state, row.message, row.completion) == ("completed", None, 100.0)


def test_an_overwriting_job_dies_when_it_is_cancelled_in_the_queue() -> None:
    row = _row(OnCancel.OVERWRITES, 100, cancelled=1)
    assert (row.state, row.completion) == ("failed", None)


_RESETTING = replace(_JOB, writes=(Write(at=1, state="queued", completion=0.0, results=None), *_JOB.writes))


def test_a_resetting_job_undoes_a_cancel_made_in_the_queue() -> None:
    assert _row(OnCancel.RESETS, 1.5, cancelled=0.5, script=_RESETTING).state == "queued"
    assert _row(OnCancel.RESETS, 12, cancelled=0.5, script=_RESETTING).state == "completed"


def test_a_resetting_job_cannot_undo_a_cancel_made_later() -> None:
    assert _row(OnCancel.RESETS, 100, cancelled=5.5, script=_RESETTING).state == "failed"


def test_a_crash_after_a_cancel_replaces_its_message() -> None:
    row = _row(OnCancel.CRASHES, 100, cancelled=5.5)
    assert (row.state, row.message, row.completion) == ("failed", "Unexpected error, ID: 9034", 30.0)


def test_what_a_job_wrote_in_the_instant_of_its_cancel_counts_as_written_before() -> None:
    row = _row(OnCancel.COOPERATES, 100, cancelled=5)
    assert (row.state, row.completion, row.updated) == ("failed", 30.0, 5.0)


def test_a_cancel_in_the_instant_of_the_end_comes_after_it() -> None:
    row = _row(OnCancel.OVERWRITES, 100, cancelled=12)
    assert (row.state, row.message, row.completion) == ("failed", "stop", 100.0)


def test_a_climb_goes_in_equal_steps_between_its_ends() -> None:
    steps = climb(4.0, 8.0, low=20.0, high=60.0, steps=4)
    assert [(step.at, step.completion) for step in steps] == [(5.0, 30.0), (6.0, 40.0), (7.0, 50.0)]


def test_a_second_cancel_does_not_wake_what_the_first_has_stopped() -> None:
    cancels = (Cancel(5.5, "first"), Cancel(7.5, "second"))
    row = row_at(replace(_JOB, on_cancel=OnCancel.COOPERATES), 100, cancels=cancels)
    assert row == Row("failed", 30.0, "second", None, 7.5)


def test_a_second_cancel_while_a_job_overwrites_is_overwritten_too() -> None:
    cancels = (Cancel(5.5, "first"), Cancel(7.5, "second"))
    row = row_at(replace(_JOB, on_cancel=OnCancel.OVERWRITES), 100, cancels=cancels)
    assert row == Row("completed", 100.0, None, None, 12.0)


@pytest.mark.parametrize("on_cancel", OnCancel)
def test_a_row_that_is_to_vanish_vanishes_in_spite_of_a_cancel(on_cancel: OnCancel) -> None:
    script = replace(_JOB, on_cancel=on_cancel, writes=(*_JOB.writes[:4], Write(at=6, destroys=True)))
    assert row_at(script, 5.9, cancels=(Cancel(5.5, "stop"),)) is not None
    assert row_at(script, 6.0, cancels=(Cancel(5.5, "stop"),)) is None


def test_a_write_that_does_not_touch_the_row_leaves_updated_at_alone() -> None:
    script = replace(_JOB, age=30.0, writes=(Write(at=4, state="canceled", touches=False),))
    assert row_at(script, 5) == Row("canceled", None, None, None, -30.0)
