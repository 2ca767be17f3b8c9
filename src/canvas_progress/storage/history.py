"""The jobs that this machine has seen, in an SQLite file that many processes may use at once.

Canvas has no list of jobs, so this is the only one there is. It is a convenience: whatever is wrong with the file is a
warning, and never stops the job at hand.
"""

from __future__ import annotations

import math
import os
from contextlib import closing, suppress
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Final, TypeVar

from canvas_progress.core.history import HistoryEntry
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.prior import ENOUGH

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
_MOST: Final = 2000  # jobs
_OLDEST: Final = 180 * 86400.0  # seconds since a job was last seen
_PATIENCE: Final = 5.0  # seconds to wait for another process that writes
_NEWEST: Final = 50  # durations of a tag: what Canvas took years ago tells nothing
_VERSION: Final = 1
_COLUMNS: Final = tuple(field.name for field in fields(HistoryEntry))
_TIMES: Final = ("created", "updated", "seen")
_CALENDAR: Final = (-62_135_596_800.0, 253_402_300_799.0)  # seconds since the epoch: the years 1 to 9999
_IDS: Final = (("id", 1), ("course", 0))  # and what each one is at least
_NUMBER, _TEXT, _NONE = (int, float), (str,), (type(None),)
_KINDS: Final = {
    "id": (int,),
    "base": _TEXT,
    "course": (int, *_NONE),
    "profile": _TEXT,
    "tag": _TEXT + _NONE,
    "context": _TEXT + _NONE,
    "outcome": _TEXT,
    "created": _NUMBER + _NONE,
    "updated": _NUMBER + _NONE,
    "seen": _NUMBER,
}
_SCHEMA: Final = """
create table if not exists jobs (
    id integer not null, base text not null, course integer, profile text not null, tag text, context text,
    outcome text not null, created real, updated real, seen real not null, canceled_by_us integer not null
);
create unique index if not exists job on jobs (base, coalesce(course, 0), id);
create index if not exists seen on jobs (seen);
"""


class History:
    """The remembered jobs. `warn` hears once that the file cannot be used, and why."""

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self.path = path
        self._warn = warn
        self._broken = False

    def note(self, jobs: tuple[HistoryEntry, ...]) -> None:
        """Remember these jobs as they are now."""
        self._with(lambda connection: _write(connection, jobs), None)

    def listing(self, *, pending: bool = False) -> tuple[HistoryEntry, ...]:
        """Return the remembered jobs, those seen last first."""
        return self._with(lambda connection: _read(connection, pending=pending), ())

    def durations(self) -> dict[tuple[str, str], tuple[float, ...]]:
        """Return how many seconds the newest completed jobs took, by Canvas and tag, where these are enough.

        In a course `created` may be any time: LTI tools make it up. What is wrong with the file is told by whoever
        notes the next job; to look neither makes the file nor repairs it.
        """
        import sqlite3

        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                return _durations(connection)
        except (sqlite3.Error, OSError):
            return {}

    def forget(self) -> None:
        """Forget all jobs."""
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()

    def _with(self, use: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        import sqlite3

        if self._broken:
            return otherwise
        for healed in (False, True):
            try:
                with closing(self._open()) as connection, connection:
                    return use(connection)
            except sqlite3.DatabaseError as error:
                if healed or isinstance(error, sqlite3.OperationalError) or not self._set_aside(error):
                    return self._give_up(str(error), otherwise)
            except OSError as error:
                return self._give_up(error.strerror or str(error), otherwise)
            except Exception as error:  # noqa: BLE001  # a convenience never disturbs the job at hand
                return self._give_up(f"{type(error).__name__}: {error}", otherwise)
        return otherwise

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite itself would let others read it
        connection = sqlite3.connect(self.path, timeout=_PATIENCE)
        with suppress(sqlite3.OperationalError):  # another process may be switching it at this very moment
            connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        if connection.execute("pragma user_version").fetchone()[0] != _VERSION:
            # One transaction that waits for its turn: several processes may find an empty file at once.
            connection.executescript(f"begin immediate; {_SCHEMA} pragma user_version = {_VERSION}; commit;")
        return connection

    def _set_aside(self, error: Exception) -> bool:
        """Move a file that is no database out of the way, so that the next one can start."""
        aside = self.path.with_name(f"{self.path.name}.broken")
        try:
            self.path.replace(aside)
        except OSError:
            return False
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()
        self._warn(f"the file of recent jobs is broken ({error}); it is now {aside}, and a new one begins")
        return True

    def _give_up(self, reason: str, otherwise: T) -> T:
        self._broken = True
        self._warn(f"recent jobs are not remembered: {self.path}: {reason}")
        return otherwise


def _write(connection: sqlite3.Connection, jobs: tuple[HistoryEntry, ...]) -> None:
    marks = ", ".join("?" for _ in _COLUMNS)
    keep = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "canceled_by_us")
    connection.executemany(  # the names are our own: nothing foreign is in the statement
        f"insert into jobs ({', '.join(_COLUMNS)}) values ({marks}) "  # noqa: S608
        "on conflict (base, coalesce(course, 0), id) "
        f"do update set {keep}, canceled_by_us = max(canceled_by_us, excluded.canceled_by_us)",
        [astuple(job) for job in jobs],
    )
    newest = max((job.seen for job in jobs), default=0.0)
    connection.execute(
        "delete from jobs where seen < ? or rowid in (select rowid from jobs order by seen desc limit -1 offset ?)",
        (newest - _OLDEST, _MOST),
    )


def _read(connection: sqlite3.Connection, *, pending: bool) -> tuple[HistoryEntry, ...]:
    rows = connection.execute(f"select {', '.join(_COLUMNS)} from jobs order by seen desc, id desc")  # noqa: S608
    jobs = (_job(row) for row in rows)
    return tuple(job for job in jobs if job is not None and (job.is_pending or not pending))


def _durations(connection: sqlite3.Connection) -> dict[tuple[str, str], tuple[float, ...]]:
    rows = connection.execute(
        "select base, tag, updated - created from jobs where outcome = ? and course is null and tag is not null "
        "and updated > created order by created desc, id desc",
        (Outcome.COMPLETED,),
    )
    found: dict[tuple[str, str], list[float]] = {}
    for base, tag, seconds in rows:
        if isinstance(base, str) and isinstance(tag, str) and isinstance(seconds, _NUMBER) and 0 < seconds < math.inf:
            found.setdefault((base, tag), []).append(seconds)
    return {key: tuple(took[:_NEWEST]) for key, took in found.items() if len(took) >= ENOUGH}


def _job(row: tuple[object, ...]) -> HistoryEntry | None:
    """Return the job of a row, None for one that none of ours wrote: SQLite keeps any type in any column."""
    values = dict(zip(_COLUMNS, row, strict=True))
    if not all(isinstance(values[name], kinds) for name, kinds in _KINDS.items()):
        return None
    first, last = _CALENDAR
    if not all(first <= (values[name] or 0) <= last for name in _TIMES):  # type: ignore[operator]  # numbers, by _KINDS
        return None
    if values["outcome"] not in set(Outcome) or any((values[name] or 0) < low for name, low in _IDS):  # type: ignore[operator]  # same
        return None
    values["outcome"] = Outcome(str(values["outcome"]))
    values["canceled_by_us"] = bool(values["canceled_by_us"])
    return HistoryEntry(**values)  # type: ignore[arg-type]  # the columns are the fields
