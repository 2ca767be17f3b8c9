"""A job is a function of its script, its cancels and the seconds since it was first seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canvas_progress.sandbox.scripts import Cancel, OnCancel, Script, row_at
from canvas_progress.sandbox.writes import Write, climb, run

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json

_JOB = Script(1, "ten steps of a second after two in the queue", run(2, 10, steps=10), tag="tag")
_RESETTING = replace(_JOB, writes=(Write(1, {"state": "queued", "completion": 0.0, "results": None}), *_JOB.writes))
_COOPERATES, _IGNORES, _OVERWRITES, _RESETS, _CRASHES = OnCancel
_CRASH = "Unexpected error, ID: 9034"


def _row(script: Script, seconds: float, *cancels: Cancel) -> tuple[str, Json, Json]:
    row = row_at(script, seconds, cancels=cancels)
    assert row is not None
    return row.state, row.columns["completion"], row.columns["message"]


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
    assert _row(_JOB, seconds) == (state, completion, None)


@pytest.mark.parametrize("on_cancel", OnCancel)
def test_every_kind_of_job_is_failed_right_after_a_cancel_and_by_one_after_its_end(on_cancel: OnCancel) -> None:
    job = replace(_JOB, on_cancel=on_cancel)
    assert _row(job, 5.5, Cancel(5.5, "stop")) == ("failed", 30.0, "stop")
    assert _row(job, 100, Cancel(50, "stop")) == ("failed", 100.0, "stop")


@pytest.mark.parametrize("on_cancel", OnCancel)
def test_a_row_that_is_to_vanish_vanishes_in_spite_of_a_cancel(on_cancel: OnCancel) -> None:
    script = replace(_JOB, on_cancel=on_cancel, writes=(*_JOB.writes[:4], Write(6, destroys=True)))
    assert row_at(script, 5.9, cancels=(Cancel(5.5, "stop"),)) is not None
    assert row_at(script, 6.0, cancels=(Cancel(5.5, "stop"),)) is None


@pytest.mark.parametrize(
    ("job", "on_cancel", "cancelled", "seconds", "expected"),
    [
        pytest.param(_JOB, _COOPERATES, 5.5, 100, ("failed", 30.0, "stop"), id="a cooperative one stops"),
        pytest.param(_JOB, _COOPERATES, 5.0, 100, ("failed", 30.0, "stop"), id="what it wrote at once is kept"),
        pytest.param(_JOB, _IGNORES, 5.5, 8, ("failed", 60.0, "stop"), id="an ignoring one climbs on"),
        pytest.param(_JOB, _IGNORES, 5.5, 100, ("failed", 90.0, "stop"), id="an ignoring one stays failed"),
        pytest.param(_JOB, _IGNORES, 1.0, 100, ("failed", 90.0, "stop"), id="an ignoring one begins when failed"),
        pytest.param(_JOB, _OVERWRITES, 5.5, 12, ("completed", 100.0, None), id="an overwriting one completes"),
        pytest.param(_JOB, _OVERWRITES, 1.0, 100, ("failed", None, "stop"), id="an overwriting one dies in the queue"),
        pytest.param(_JOB, _OVERWRITES, 12.0, 100, ("failed", 100.0, "stop"), id="a cancel comes after an end"),
        pytest.param(_RESETTING, _RESETS, 0.5, 1.5, ("queued", 0.0, "stop"), id="a resetting one queues again"),
        pytest.param(_RESETTING, _RESETS, 0.5, 12, ("completed", 100.0, None), id="a resetting one completes"),
        pytest.param(_RESETTING, _RESETS, 5.5, 100, ("failed", 90.0, "stop"), id="a reset is made once only"),
        pytest.param(_JOB, _CRASHES, 5.5, 100, ("failed", 30.0, _CRASH), id="a crash replaces the message"),
    ],
)
def test_what_follows_a_cancel_depends_on_how_the_job_was_written(
    job: Script, on_cancel: OnCancel, cancelled: float, seconds: float, expected: tuple[str, Json, Json]
) -> None:
    assert _row(replace(job, on_cancel=on_cancel), seconds, Cancel(cancelled, "stop")) == expected


@pytest.mark.parametrize(
    ("on_cancel", "expected"),
    [
        pytest.param(_COOPERATES, ("failed", 30.0, "second"), id="it does not wake what the first has stopped"),
        pytest.param(_OVERWRITES, ("completed", 100.0, None), id="it is overwritten too"),
    ],
)
def test_a_second_cancel_is_laid_over_the_first(on_cancel: OnCancel, expected: tuple[str, Json, Json]) -> None:
    cancels = (Cancel(5.5, "first"), Cancel(7.5, "second"))
    assert _row(replace(_JOB, on_cancel=on_cancel), 100, *cancels) == expected


def test_a_row_was_updated_by_its_last_write_that_touches_it() -> None:
    untouched = replace(_JOB, age=30.0, writes=(Write(4, {"state": "canceled"}, touches=False),))
    rows = [row_at(untouched, 5), row_at(_JOB, 5.9), row_at(_JOB, 5.9, cancels=(Cancel(5.5, "stop"),))]
    assert [row and row.updated for row in rows] == [-30.0, 5.0, 5.5]


def test_a_climb_goes_in_equal_steps_between_its_ends() -> None:
    steps = climb(4.0, 8.0, low=20.0, high=60.0, steps=4)
    assert [(step.at, step.columns["completion"]) for step in steps] == [(5.0, 30.0), (6.0, 40.0), (7.0, 50.0)]
