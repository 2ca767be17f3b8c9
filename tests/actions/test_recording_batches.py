"""A watch of many jobs writes to the history now and then, not for each answer, and again what could not be written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from canvas_progress.actions.recording import Recording
from canvas_progress.clock import SystemClock
from canvas_progress.core.errors import FileError
from canvas_progress.core.history import HistoryEntry
from stage import Stage, StageClock, T

LOCKED = "recent jobs are not remembered: recent.sqlite3: database is locked"


def test_what_is_seen_within_a_moment_is_written_at_once_and_all_of_it() -> None:
    stage, first = Stage(), threading.Event()
    batches: list[tuple[HistoryEntry, ...]] = []

    def write(jobs: tuple[HistoryEntry, ...]) -> None:
        batches.append(jobs)
        first.set()

    recording = Recording(SystemClock())
    recording.write_to(write)
    targets = stage.targets(*range(1, 10))
    job = stage.adapters.jobs.read(targets[0]).job
    recording.seen(targets[0], job)
    assert first.wait(10)  # the first is written while no other is there
    for target in targets[1:]:
        recording.seen(target, job)
    recording.close(pytest.fail)
    assert [len(batch) for batch in batches] == [1, 8]


class Sliced(StageClock):
    """A clock whose first wait ends early, as those of the machine's do; then the write may go on."""

    def __init__(self, go_on: Callable[[], None]) -> None:
        super().__init__()
        self.waits = 0
        self._go_on = go_on

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        self.waits += 1
        if self.waits == 1:
            self.passed += 1.0
            return None
        self._go_on()
        return super().wait(queue, seconds, expected=expected)


def test_a_last_write_that_takes_longer_than_one_wait_of_the_clock_is_waited_for() -> None:
    stage, free = Stage(), threading.Event()
    written: list[HistoryEntry] = []

    def write(jobs: tuple[HistoryEntry, ...]) -> None:
        assert free.wait(30)
        written.extend(jobs)

    clock = Sliced(free.set)
    recording = Recording(clock)
    recording.write_to(write)
    (target,) = stage.targets(9)
    recording.seen(target, stage.adapters.jobs.read(target).job)
    recording.close(pytest.fail)
    assert (len(written), clock.waits) == (1, 2)


class Lock:
    """A history that another process keeps locked for so many writes; `tried` is set at the first."""

    def __init__(self, writes: int) -> None:
        self.left = writes
        self.tried = threading.Event()
        self.written: list[HistoryEntry] = []

    def write(self, jobs: tuple[HistoryEntry, ...]) -> None:
        self.left -= 1
        self.tried.set()
        if self.left >= 0:
            raise FileError(LOCKED)
        self.written += jobs


@pytest.mark.parametrize(("writes", "warnings"), [(1, []), (2, [f"warning: {LOCKED}"])])
def test_what_could_not_be_written_is_written_later_and_if_never_there_is_one_warning(
    writes: int, warnings: list[str]
) -> None:
    stage, lock, notes = Stage(), Lock(writes), list[str]()
    recording = Recording(SystemClock())
    recording.write_to(lock.write)
    first, second = stage.targets(1, 9)
    recording.seen(first, stage.adapters.jobs.read(first).job, canceled=True)
    assert lock.tried.wait(10)
    for target in (first, second):
        recording.seen(target, stage.adapters.jobs.read(second).job)
    recording.close(notes.append)
    assert notes == warnings
    assert lock.left == writes - 2  # at once, and at the end
    if not warnings:
        assert {(job.id, job.outcome, job.canceled_by_us) for job in lock.written[1:]} == {
            (1, "completed", False),  # whatever wrote it: a cancellation of ours is never forgotten
            (9, "completed", False),
        }
        assert lock.written[0].canceled_by_us


def test_each_job_waits_once_for_a_file_that_stays_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canvas_progress.actions.recording._PAUSE_WHILE_LOCKED", 0.0)
    stage, tries, go_on = Stage(), SimpleQueue[tuple[HistoryEntry, ...]](), threading.Event()

    def write(jobs: tuple[HistoryEntry, ...]) -> None:
        tries.put(jobs)
        assert go_on.wait(30)
        raise FileError(LOCKED)

    recording = Recording(SystemClock())
    recording.write_to(write)
    (target,) = stage.targets(9)
    job = stage.adapters.jobs.read(target).job
    recording.seen(target, job, canceled=True)
    first = tries.get(timeout=60)
    recording.seen(target, job, canceled=True)
    go_on.set()
    second, third = (tries.get(timeout=60) for _ in range(2))
    assert [len(jobs) for jobs in (first, second, third)] == [1, 2, 1]
    assert third[0].canceled_by_us
    recording.close(lambda _: None)
