from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from canvas_progress.actions.adapters import Adapters
from canvas_progress.actions.recent import RecentPlan, listing, refresh
from canvas_progress.actions.remembering import Remembering
from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.core.answers import Answer
from canvas_progress.core.errors import NetworkError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.core.remembered import Remembered
from canvas_progress.storage.recent import Recent
from canvas_progress.terminal.terminal import Format
from stage import START, Stage


class Counting(Recent):
    """A memory that counts how often it is written to."""

    notes = 0

    def note(self, jobs: tuple[Remembered, ...]) -> None:
        self.notes += 1
        super().note(jobs)


def a_memory(folder: Path) -> Counting:
    return Counting(folder / "recent.sqlite3", pytest.fail)


def remembering(stage: Stage, recent: Recent) -> Stage:
    """Let all that a stage reads be remembered."""
    jobs = Remembering(stage.adapters.jobs, recent, stage.clock)
    stage.adapters = replace(stage.adapters, jobs=jobs)
    return stage


def test_a_job_is_remembered_as_it_ended_and_written_only_when_its_outcome_changed(tmp_path: Path) -> None:
    recent = a_memory(tmp_path)
    stage = remembering(Stage(), recent)
    watch(stage.targets(1), stage.adapters, WatchPlan(Policy(), Format.PLAIN))
    (job,) = recent.listing()
    assert (job.id, job.outcome, job.profile, job.tag) == (1, "completed", "school", "course_batch_update")
    assert job.created == pytest.approx(START, abs=1)
    assert recent.notes == 3  # queued, running, completed


def test_a_cancellation_of_ours_is_remembered_as_such(tmp_path: Path) -> None:
    recent = a_memory(tmp_path)
    stage = remembering(Stage(), recent)
    stage.adapters.jobs.cancel(stage.targets(1)[0], "canceled")
    assert recent.listing()[0].canceled_by_us


def test_a_listing_tells_how_long_ago_each_job_was_seen(tmp_path: Path) -> None:
    recent = a_memory(tmp_path)
    stage = remembering(Stage(), recent)
    stage.adapters.jobs.read(stage.targets(9)[0])
    stage.clock.sleep(90)
    listing(recent, stage.terminal, stage.clock, RecentPlan(Format.PLAIN))
    listing(recent, stage.terminal, stage.clock, RecentPlan(Format.TABLE))
    plain, *table = stage.out.splitlines()
    assert plain.split("\t") == ["9", "completed", "school", "upload_via_url", "Course 5", str(stage.base), "90"]
    assert "90 s ago" in "".join(table)


@pytest.mark.parametrize("pending", [True, False])
def test_an_empty_memory_says_so(tmp_path: Path, *, pending: bool) -> None:
    stage = Stage()
    listing(a_memory(tmp_path), stage.terminal, stage.clock, RecentPlan(Format.TABLE, pending=pending))
    assert stage.err in {"no jobs are remembered\n", "no remembered job is pending\n"}


def test_refreshing_goes_through_errors_and_remembers_what_is_gone(tmp_path: Path) -> None:
    recent = a_memory(tmp_path)
    stage = remembering(Stage(), recent)
    for target in stage.targets(1, 2, 3):
        stage.adapters.jobs.read(target)

    class Troubled:
        def read(self, target: Target) -> Answer:
            if target.id == 1:
                raise NoSuchJobError("there is no progress 1")
            if target.id == 2:
                raise NetworkError("canvas.example.edu refuses connections")
            return stage.adapters.jobs.read(target)

        cancel = stage.adapters.jobs.cancel

    def connect(jobs: tuple[Remembered, ...]) -> tuple[tuple[Target, ...], Adapters]:
        return stage.targets(*(job.id for job in jobs)), replace(stage.adapters, jobs=Troubled())

    assert refresh(recent, stage.terminal, connect) is ExitCode.GAVE_UP
    outcomes = {job.id: job.outcome for job in recent.listing()}
    assert outcomes[1] is Outcome.GONE
    assert "error: canvas.example.edu refuses connections" in stage.err
