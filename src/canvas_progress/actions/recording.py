"""Writes down each job that is read, for `recent` and for the usual durations.

It listens, and nothing that happens to it reaches the job at hand: it writes in the background, and what cannot be
written is a warning at the end.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeAlias

from canvas_progress.background import Background
from canvas_progress.core.errors import FileError
from canvas_progress.core.history import history_entry
from canvas_progress.core.record import record

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
_NOW_AND_THEN: Final = 60.0  # seconds; `recent --since` would forget a job that is watched for hours otherwise
_Identity: TypeAlias = "tuple[str, int | None, str, int]"


@record
class _Sighting:
    """A job as it was seen; `is_news` is whether it was not like that before."""

    entry: HistoryEntry
    is_news: bool


class Recording:
    """The listener. Any thread may call it; until it knows where to write to, it writes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._write: Callable[[tuple[HistoryEntry, ...]], None] = lambda _: None
        self._is_on = False
        self._known: dict[Target, Outcome] = {}
        self._todo: SimpleQueue[_Sighting | None] = SimpleQueue()
        self._warnings: SimpleQueue[str] = SimpleQueue()
        self._background: Background[None] = Background(clock)

    def write_to(self, write: Callable[[tuple[HistoryEntry, ...]], None]) -> None:
        """Store jobs by this; it may block, and calls `warn` where something is wrong.

        It raises FileError for what may pass: then the same jobs are tried again later.
        """
        self._write, self._is_on = write, True
        self._background.start(None, self._write_all, limit=math.inf)

    def seen(self, target: Target, job: Job, *, canceled: bool = False) -> None:
        """Note a job: soon where its outcome is a new one, else when it was seen, now and then. Returns at once."""
        if not self._is_on:
            return
        is_news = canceled or self._known.get(target) is not job.outcome
        self._known[target] = job.outcome
        entry = history_entry(target, job, self._clock.now().timestamp(), canceled=canceled)
        self._todo.put(_Sighting(entry, is_news))

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
        selection, ends, pause = _Selection(), False, 0.0
        while not ends:
            sightings, ends = self._batch(pause, is_waited_for=not unwritten)
            unwritten = self._written((*unwritten, *selection.due(sightings, ends=ends)), is_last=ends)
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

    def _batch(self, pause: float, *, is_waited_for: bool) -> tuple[tuple[_Sighting, ...], bool]:
        """Return what has come when the pause is over, and whether it was the last.

        With `is_waited_for` the pause begins with the first that comes.
        """
        batch = [self._todo.get()] if is_waited_for else []
        until = self._clock.monotonic() + pause
        with suppress(Empty):
            while not batch or batch[-1] is not None:
                left = until - self._clock.monotonic()
                batch.append(self._todo.get(block=left > 0, timeout=max(left, 0.0)))
        return tuple(sighting for sighting in batch if sighting is not None), None in batch


class _Selection:
    """Of all sightings those that are worth a write: news, and once a minute when every other job was last seen."""

    def __init__(self) -> None:
        self._again: dict[_Identity, HistoryEntry] = {}  # seen since, as they were before
        self._since: float | None = None  # when these were last written, in seconds since the epoch

    def due(self, sightings: tuple[_Sighting, ...], *, ends: bool) -> tuple[HistoryEntry, ...]:
        """Take these in, and return what is to be written now; at the end that is all."""
        for sighting in sightings:
            self._again.pop(_identity(sighting.entry), None)
            if not sighting.is_news:
                self._again[_identity(sighting.entry)] = sighting.entry
        news = tuple(sighting.entry for sighting in sightings if sighting.is_news)
        return (*news, *self._seen_again()) if ends or self._is_time(sightings) else news

    def _is_time(self, sightings: tuple[_Sighting, ...]) -> bool:
        """Whether a minute has passed; a clock that was set is no reason to wait for longer."""
        if not sightings:
            return False
        latest = sightings[-1].entry.seen
        if self._since is None:
            self._since = latest
        if abs(latest - self._since) < _NOW_AND_THEN:
            return False
        self._since = latest
        return True

    def _seen_again(self) -> tuple[HistoryEntry, ...]:
        again, self._again = self._again, {}
        return tuple(again.values())


def _newest_of_each(jobs: tuple[HistoryEntry, ...]) -> tuple[HistoryEntry, ...]:
    newest: dict[_Identity, HistoryEntry] = {}
    for job in jobs:
        key = _identity(job)
        canceled = job.canceled_by_us or (key in newest and newest[key].canceled_by_us)
        newest[key] = replace(job, canceled_by_us=canceled)
    return tuple(newest.values())


def _identity(job: HistoryEntry) -> _Identity:
    return job.base, job.course, job.collection, job.id
