"""A watch of many jobs writes to the history now and then, not for each answer."""

from __future__ import annotations

import threading

import pytest

from canvas_progress.actions.recording import Recording
from canvas_progress.clock import SystemClock
from canvas_progress.core.history import HistoryEntry
from stage import Stage


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
