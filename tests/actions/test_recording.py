from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue

import pytest

from canvas_progress.actions.adapters import Adapters
from canvas_progress.actions.cancel import CancelPlan, cancel
from canvas_progress.actions.recent import RecentPlan, listing, refresh
from canvas_progress.actions.recording import Recording
from canvas_progress.actions.show import ShowPlan, show
from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.clock import SystemClock
from canvas_progress.core.answers import Answer
from canvas_progress.core.errors import NetworkError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.history import Filter, HistoryEntry
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import JobRef, Target
from canvas_progress.storage.history import History
from canvas_progress.terminal.terminal import Format
from stage import START, Stage

Write = Callable[[tuple[HistoryEntry, ...]], None]


def a_memory(folder: Path) -> History:
    return History(folder / "recent.sqlite3", pytest.fail)


@contextmanager
def recorded(stage: Stage, write: Write) -> Iterator[Adapters]:
    """Let what a stage reads be written down; at the end it has been."""
    history = Recording(stage.clock)
    history.write_to(write)
    yield replace(stage.adapters, history=history)
    history.close(pytest.fail)


def test_a_job_is_written_down_as_it_ended_when_its_outcome_changed_and_once_a_minute(tmp_path: Path) -> None:
    written: list[HistoryEntry] = []
    stage, recent = Stage(), a_memory(tmp_path)

    def write(jobs: tuple[HistoryEntry, ...]) -> None:
        written.extend(jobs)
        recent.note(jobs)

    with recorded(stage, write) as adapters:
        watch(stage.targets(1), adapters, WatchPlan(Policy(), Format.PLAIN))
    (job,) = recent.listing()
    assert (job.id, job.outcome, job.profile, job.tag) == (1, "completed", "school", "course_batch_update")
    assert job.created == pytest.approx(START, abs=1)
    assert [outcome for outcome, _ in groupby(entry.outcome for entry in written)] == ["queued", "running", "completed"]
    assert len(written) <= 3 + stage.clock.passed // 60 + 1
    assert job.seen == pytest.approx(stage.clock(), abs=0.01)


def test_a_job_that_runs_for_long_is_remembered_as_seen_within_the_last_minute_and_at_the_end(tmp_path: Path) -> None:
    stage, recent, written = Stage(), a_memory(tmp_path), SimpleQueue[float]()

    def write(jobs: tuple[HistoryEntry, ...]) -> None:
        recent.note(jobs)
        written.put(jobs[-1].seen - START)

    history = Recording(stage.clock)
    history.write_to(write)
    (target,) = stage.targets(1)
    job = stage.adapters.jobs.read(target).job
    history.seen(target, job)
    assert written.get(timeout=60) == 0
    for _ in range(70):
        stage.clock.sleep(1)
        history.seen(target, job)
    assert 60 <= written.get(timeout=60) <= 70
    stage.clock.sleep(20)
    history.seen(target, job)
    history.close(pytest.fail)
    assert (written.get(timeout=60), written.empty()) == (90, True)
    assert recent.listing()[0].seen == START + 90


def test_a_cancellation_of_ours_is_written_down_as_such(tmp_path: Path) -> None:
    stage, recent = Stage(), a_memory(tmp_path)
    with recorded(stage, recent.note) as adapters:
        cancel(stage.targets(1), adapters, CancelPlan(Format.PLAIN, yes=True))
    assert recent.listing()[0].canceled_by_us


def test_a_history_that_hangs_delays_no_job_and_a_command_only_by_its_last_wait() -> None:
    stage, hangs = Stage(), threading.Event()
    history = Recording(SystemClock())

    def hang(_: tuple[HistoryEntry, ...]) -> None:
        hangs.wait(60)

    history.write_to(hang)
    assert show(stage.targets(9), replace(stage.adapters, history=history), ShowPlan(Format.PLAIN)) is ExitCode.OK
    began, notes = time.monotonic(), list[str]()
    history.close(notes.append)
    hangs.set()
    assert 1.9 < time.monotonic() - began < 10
    assert notes == ["warning: recent jobs are not all remembered: their file could not be written in time"]


def test_what_the_history_warns_of_is_reported_at_the_end() -> None:
    stage, notes = Stage(), list[str]()
    history = Recording(stage.clock)
    history.write_to(lambda _: history.warn("the disk is full"))
    show(stage.targets(9), replace(stage.adapters, history=history), ShowPlan(Format.PLAIN))
    history.close(notes.append)
    assert notes == ["warning: the disk is full"]


def test_a_listing_tells_how_long_ago_each_job_was_seen(tmp_path: Path) -> None:
    stage, recent = Stage(), a_memory(tmp_path)
    with recorded(stage, recent.note) as adapters:
        adapters.engine.read_each(stage.targets(9))
    stage.clock.sleep(90)
    listing(recent, stage.terminal, stage.clock, RecentPlan(Format.PLAIN, home=stage.base))
    listing(recent, stage.terminal, stage.clock, RecentPlan(Format.PLAIN))
    listing(recent, stage.terminal, stage.clock, RecentPlan(Format.TABLE))
    plain, elsewhere, *table = stage.out.splitlines()
    assert elsewhere.startswith(f"{stage.base}/api/v1/progress/9\tcompleted\t")
    as_shown = ["9", "completed", "", "upload_via_url", "Course 5", "2027-01-14T08:00:20Z", ""]
    assert plain.split("\t") == [*as_shown, "school", str(stage.base), "90"]
    assert "90 s ago" in "".join(table)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Filter(), "no jobs are remembered\n"),
        (Filter(pending=True), "no remembered job is pending\n"),
        (Filter(pending=True, tags=("content_migration",)), "no remembered job is like that\n"),
    ],
)
def test_an_empty_memory_says_so(tmp_path: Path, wanted: Filter, told: str) -> None:
    stage = Stage()
    listing(a_memory(tmp_path), stage.terminal, stage.clock, RecentPlan(Format.TABLE, wanted))
    assert stage.err == f"{told}hint: those of the profile `sandbox` are never remembered\n"


@pytest.mark.parametrize("format_", [Format.TABLE, Format.PLAIN])
def test_the_latest_jobs_are_listed_and_a_person_reads_how_many_there_are(tmp_path: Path, format_: Format) -> None:
    stage, recent = Stage(), a_memory(tmp_path)
    with recorded(stage, recent.note) as adapters:
        adapters.engine.read_each(stage.targets(1, 2, 3, 9))
    listing(recent, stage.terminal, stage.clock, RecentPlan(format_, most=2, home=stage.base))
    assert [line.split()[0] for line in stage.out.splitlines()[-2:]] == [str(job.id) for job in recent.listing()[:2]]
    assert stage.err == ("2 of 4 jobs; `--limit 4` lists all of them\n" if format_ is Format.TABLE else "")
    listing(recent, stage.terminal, stage.clock, RecentPlan(format_, Filter(outcomes=(Outcome.COMPLETED,))))
    assert "completed" in stage.out.splitlines()[-1]


def test_refreshing_goes_through_errors_and_writes_down_what_is_gone(tmp_path: Path) -> None:
    stage, recent = Stage(), a_memory(tmp_path)
    with recorded(stage, recent.note) as adapters:
        adapters.engine.read_each(stage.targets(1, 2, 3))

    class Troubled:
        limit = stage.adapters.jobs.limit
        cancel = stage.adapters.jobs.cancel
        find = stage.adapters.jobs.find

        def read(self, target: Target) -> Answer:
            if target.id == 1:
                raise NoSuchJobError("there is no progress 1")
            if target.id == 2:
                raise NetworkError("canvas.example.edu refuses connections")
            return stage.adapters.jobs.read(target)

    @contextmanager
    def connect(refs: tuple[JobRef, ...]) -> Iterator[tuple[tuple[Target, ...], Adapters]]:
        yield stage.targets(*(ref.id for ref in refs)), replace(stage.adapters, jobs=Troubled())

    assert refresh(recent, stage.terminal, connect) is ExitCode.GAVE_UP
    outcomes = {job.id: job.outcome for job in recent.listing()}
    assert outcomes[1] is Outcome.GONE
    assert "error: 2: canvas.example.edu refuses connections" in stage.err
