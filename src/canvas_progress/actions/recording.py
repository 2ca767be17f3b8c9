"""Writes down each job that is read, for `recent` and for the usual durations.

It listens, and nothing that happens to it reaches the job at hand: it writes in the background, and what cannot be
written is a warning at the end.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from canvas_progress.background import Background
from canvas_progress.core.errors import FileError
from canvas_progress.core.history import history_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.clock import Clock
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.refs import Target

_AT_THE_END: Final = 2.0  # seconds that a command waits for its last write
_PAUSE: Final = 0.5  # seconds between two writes: opening the file costs more than a poll
_PAUSE_WHILE_LOCKED: Final = 10.0  # seconds until the next attempt, each of which waits for the lock as well
_UNFINISHED: Final = "recent jobs are not all remembered: their file could not be written in time"


class Recording:
    """The listener. Any thread may call it; until it knows where to write to, it writes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._write: Callable[[tuple[HistoryEntry, ...]], None] = lambda _: None
        self._is_on = False
        self._known: dict[Target, Outcome] = {}
        self._todo: SimpleQueue[HistoryEntry | None] = SimpleQueue()
        self._warnings: SimpleQueue[str] = SimpleQueue()
        self._background: Background[None] = Background(clock)

    def write_to(self, write: Callable[[tuple[HistoryEntry, ...]], None]) -> None:
        """Store jobs by this; it may block, and calls `warn` where something is wrong.

        It raises FileError for what may pass: then the same jobs are tried again later.
        """
        self._write, self._is_on = write, True
        self._background.start(None, self._write_all, limit=math.inf)

    def seen(self, target: Target, job: Job, *, canceled: bool = False) -> None:
        """Note a job where its outcome is a new one. Returns at once."""
        if not self._is_on or (self._known.get(target) is job.outcome and not canceled):
            return
        self._known[target] = job.outcome
        self._todo.put(history_entry(target, job, self._clock.now().timestamp(), canceled=canceled))

    def warn(self, problem: str) -> None:
        """Keep a warning until the end: now it might tear what is being drawn."""
        self._warnings.put(problem)

    def close(self, note: Callable[[str], None]) -> None:
        """Wait for what is still to be written, but not for long, and report what went wrong."""
        if self._is_on:
            self._todo.put(None)
            if not self._ends_within(_AT_THE_END):
                self.warn(_UNFINISHED)
            self._background.close()
        while not self._warnings.empty():
            note(f"warning: {self._warnings.get()}")

    def _ends_within(self, seconds: float) -> bool:
        """Wait until all is written, and return whether that is so. A single wait of the clock may be a shorter one."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            if self._background.wait(left) is not None:
                return True
        return False

    def _write_all(self) -> None:
        """Write the first at once, then what has come together within each pause, until the end."""
        unwritten: tuple[HistoryEntry, ...] = ()
        ends, pause = False, 0.0
        while not ends:
            jobs, ends = self._batch(pause, is_waited_for=not unwritten)
            unwritten = self._written((*unwritten, *jobs), is_last=ends)
            pause = _PAUSE_WHILE_LOCKED if unwritten else _PAUSE

    def _written(self, jobs: tuple[HistoryEntry, ...], *, is_last: bool) -> tuple[HistoryEntry, ...]:
        """Write these, and return what has to be tried again: each job once, however long that goes on."""
        try:
            if jobs:
                self._write(jobs)
        except FileError as error:
            if is_last:
                self.warn(error.message)
            return _newest_of_each(jobs)
        return ()

    def _batch(self, pause: float, *, is_waited_for: bool) -> tuple[tuple[HistoryEntry, ...], bool]:
        """Return what has come when the pause is over, and whether it was the last.

        With `is_waited_for` the pause begins with the first that comes.
        """
        batch = [self._todo.get()] if is_waited_for else []
        until = self._clock.monotonic() + pause
        with suppress(Empty):
            while not batch or batch[-1] is not None:
                left = until - self._clock.monotonic()
                batch.append(self._todo.get(block=left > 0, timeout=max(left, 0.0)))
        return tuple(entry for entry in batch if entry is not None), None in batch


def _newest_of_each(jobs: tuple[HistoryEntry, ...]) -> tuple[HistoryEntry, ...]:
    newest: dict[tuple[str, int | None, str, int], HistoryEntry] = {}
    for job in jobs:
        key = (job.base, job.course, job.collection, job.id)
        canceled = job.canceled_by_us or (key in newest and newest[key].canceled_by_us)
        newest[key] = replace(job, canceled_by_us=canceled)
    return tuple(newest.values())
