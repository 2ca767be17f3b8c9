"""Writes down each job that is read, for `recent` and for the usual durations.

It listens, and nothing that happens to it reaches the job at hand: it writes in the background, and what cannot be
written is a warning at the end.
"""

from __future__ import annotations

import math
from contextlib import suppress
from queue import Empty, SimpleQueue
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
_PAUSE: Final = 0.5  # seconds between two writes: opening the file costs more than a poll


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
        """Write the first at once, then what has come together within each pause, until the end."""
        ends, pause = False, 0.0
        while not ends:
            jobs, ends = self._batch(pause)
            if jobs and self._write is not None:
                self._write(jobs)
            pause = _PAUSE

    def _batch(self, pause: float) -> tuple[tuple[HistoryEntry, ...], bool]:
        """Return what has come when the pause is over, and whether it was the last."""
        batch, until = [self._todo.get()], self._clock.monotonic() + pause
        with suppress(Empty):
            while batch[-1] is not None:
                left = until - self._clock.monotonic()
                batch.append(self._todo.get(block=left > 0, timeout=max(left, 0.0)))
        return tuple(entry for entry in batch if entry is not None), batch[-1] is None
