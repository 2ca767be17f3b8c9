"""Writes down each job that is read, for `recent` and for the usual durations.

It listens, and nothing that happens to it reaches the job at hand: it writes in the background, and what cannot be
written is a warning at the end.
"""

from __future__ import annotations

import math
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from canvas_progress.background import Background
from canvas_progress.core.history import history_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.clock import Clock
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.refs import Target

_AT_THE_END: Final = 2.0  # seconds that a command waits for its last write


class Recording:
    """The listener. Any thread may call it; until it knows where to write to, it writes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._write: Callable[[tuple[HistoryEntry, ...]], None] | None = None
        self._known: dict[Target, Outcome] = {}
        self._todo: SimpleQueue[HistoryEntry | None] = SimpleQueue()
        self._warnings: SimpleQueue[str] = SimpleQueue()
        self._background: Background[None] = Background(clock)

    def write_to(self, write: Callable[[tuple[HistoryEntry, ...]], None]) -> None:
        """Store jobs by this; it may block, and calls `warn` where something is wrong."""
        self._write = write
        self._background.start(None, self._write_all, limit=math.inf)

    def seen(self, target: Target, job: Job, *, canceled: bool = False) -> None:
        """Note a job where its outcome is a new one. Returns at once."""
        if self._write is None or (self._known.get(target) is job.outcome and not canceled):
            return
        self._known[target] = job.outcome
        self._todo.put(history_entry(target, job, self._clock.now().timestamp(), canceled=canceled))

    def warn(self, problem: str) -> None:
        """Keep a warning until the end: now it might tear what is being drawn."""
        self._warnings.put(problem)

    def close(self, note: Callable[[str], None]) -> None:
        """Wait for what is still to be written, but not for long, and report what went wrong."""
        if self._write is not None:
            self._todo.put(None)
            self._background.wait(_AT_THE_END)
            self._background.close()
        while not self._warnings.empty():
            note(f"warning: {self._warnings.get()}")

    def _write_all(self) -> None:
        """Write what there is, all that has come together at once, until the end."""
        ends = False
        while not ends:
            batch = [self._todo.get()]
            while not self._todo.empty():
                batch.append(self._todo.get())
            ends = None in batch
            jobs = tuple(entry for entry in batch if entry is not None)
            if jobs and self._write is not None:
                self._write(jobs)
