"""The jobs that this machine has seen, in an SQLite file that many processes may use at once.

Canvas has no list of its Progress objects, so this is the only one there is. It is a convenience: whatever is wrong
with the file is a warning, and never stops the job at hand.
"""

from __future__ import annotations

import math
from contextlib import closing, suppress
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from canvas_progress.core.errors import FileError, UsageError
from canvas_progress.core.history import HistoryEntry
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.refs import kind_at
from canvas_progress.core.usual_durations import ENOUGH
from canvas_progress.storage.private_file import create_private

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
_MOST: Final = 2000  # jobs
_OLDEST: Final = 180 * 86400.0  # seconds since a job was last seen
_PATIENCE: Final = 5.0  # seconds to wait for another process that writes
_NEWEST: Final = 50  # durations of a tag: what Canvas took years ago says nothing
_VERSION: Final = 1
_COLUMNS: Final = tuple(field.name for field in fields(HistoryEntry))
_CALENDAR: Final = (-62_135_596_800.0, 253_402_300_799.0)  # seconds since the epoch: the years 1 to 9999
# Of each column the types that we write there, with the least and the greatest number.
_COLUMN_TYPES: Final[dict[str, tuple[Any, ...]]] = {
    "id": (int, 1),
    "base": (str,),
    "course": (int | None, 0),
    "profile": (str,),
    "tag": (str | None,),
    "context": (str | None,),
    "outcome": (str,),
    "created": (float | int | None, *_CALENDAR),
    "updated": (float | int | None, *_CALENDAR),
    "seen": (float | int, *_CALENDAR),
    "collection": (str,),
}
# Earlier versions know the table `jobs` alone, and write to it by its id: what is no Progress has a table of its own.
_OF_PROGRESS: Final = tuple(name for name in _COLUMNS if name != "collection")
_TYPES: Final = """
    id integer not null, base text not null, course integer, profile text not null, tag text, context text,
    outcome text not null, created real, updated real, seen real not null, canceled_by_us integer not null"""
_IDENTITY: Final = "base, coalesce(course, 0), id"
_SCHEMA: Final = f"""
create table if not exists jobs ({_TYPES});
create unique index if not exists job on jobs ({_IDENTITY});
create index if not exists seen on jobs (seen);
create table if not exists other_jobs ({_TYPES}, collection text not null);
create unique index if not exists other_job on other_jobs (base, collection, id);
"""
_ALL: Final = (
    f"(select {', '.join(_OF_PROGRESS)}, '' as collection from jobs "  # noqa: S608  # the names are our own
    f"union all select {', '.join(_COLUMNS)} from other_jobs)"
)


class History:
    """The remembered jobs. `warn` is called if the file cannot be used, with the reason; once if that will not pass."""

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self.path = path
        self._warn = warn
        self._broken = False

    def note(self, jobs: tuple[HistoryEntry, ...]) -> None:
        """Remember these jobs as they are now."""
        self._at_once(lambda connection: _write(connection, jobs), None)

    def write(self, jobs: tuple[HistoryEntry, ...]) -> None:
        """Remember these jobs as they are now. Raises FileError where that may work later, and does not warn of it."""
        self._with(lambda connection: _write(connection, jobs), None)

    def listing(self, *, pending: bool = False) -> tuple[HistoryEntry, ...]:
        """Return the remembered jobs, those seen last first."""
        return self._at_once(lambda connection: _read(connection, pending=pending), ())

    def durations(self) -> dict[tuple[str, str], tuple[float, ...]]:
        """Return how many seconds the newest completed jobs took, by Canvas and tag, where these are enough.

        In a course `created` may be any time: LTI tools make it up. What is wrong with the file is reported by whoever
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
        self._unlink("", "-wal", "-shm")

    def _at_once(self, use: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Use the file now or not at all: a lock that is held for too long is a warning."""
        try:
            return self._with(use, otherwise)
        except FileError as error:
            self._warn(error.message)
            return otherwise

    def _with(self, use: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        import sqlite3

        if self._broken:
            return otherwise
        for healed in (False, True):
            try:
                with closing(self._open()) as connection, connection:
                    return use(connection)
            except sqlite3.DatabaseError as error:
                if _is_locked(error):
                    raise FileError(self._reason(str(error))) from None
                if (
                    healed
                    or isinstance(error, sqlite3.OperationalError | sqlite3.IntegrityError)
                    or not self._set_aside(error)
                ):
                    return self._give_up(str(error), otherwise)
            except OSError as error:
                return self._give_up(error.strerror or str(error), otherwise)
            except Exception as error:  # noqa: BLE001  # a convenience never disturbs the job at hand
                return self._give_up(f"{type(error).__name__}: {error}", otherwise)
        return otherwise

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_private(self.path)  # SQLite itself would let others read it
        connection = sqlite3.connect(self.path, timeout=_PATIENCE)
        with suppress(sqlite3.OperationalError):  # another process may be switching it at this very moment
            connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        if not connection.execute("select 1 from sqlite_master where name = 'other_job'").fetchone():
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
        self._unlink("-wal", "-shm")
        self._warn(f"the file of recent jobs is broken ({error}); it is now {aside}, and a new one begins")
        return True

    def _unlink(self, *suffixes: str) -> None:
        for suffix in suffixes:
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()

    def _give_up(self, reason: str, otherwise: T) -> T:
        self._broken = True
        self._warn(self._reason(reason))
        return otherwise

    def _reason(self, reason: str) -> str:
        return f"recent jobs are not remembered: {self.path}: {reason}"


def _is_locked(error: sqlite3.DatabaseError) -> bool:
    """Whether another process has the file, which passes. The low byte is the code without its details."""
    import sqlite3

    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _write(connection: sqlite3.Connection, jobs: tuple[HistoryEntry, ...]) -> None:
    newest = max((job.seen for job in jobs), default=0.0)
    for table, columns, identity, kept in (
        ("jobs", _OF_PROGRESS, _IDENTITY, [job for job in jobs if not job.collection]),
        ("other_jobs", _COLUMNS, "base, collection, id", [job for job in jobs if job.collection]),
    ):
        marks = ", ".join("?" for _ in columns)
        update = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "canceled_by_us")
        connection.executemany(  # the names are our own: nothing foreign is in the statement
            f"insert into {table} ({', '.join(columns)}) values ({marks}) on conflict ({identity}) "  # noqa: S608
            f"do update set {update}, canceled_by_us = max(canceled_by_us, excluded.canceled_by_us)",
            [astuple(job)[: len(columns)] for job in kept],
        )
        connection.execute(
            f"delete from {table} where seen < ? or rowid in "  # noqa: S608  # same
            f"(select rowid from {table} order by seen desc limit -1 offset ?)",
            (newest - _OLDEST, _MOST),
        )


def _read(connection: sqlite3.Connection, *, pending: bool) -> tuple[HistoryEntry, ...]:
    rows = connection.execute(f"select {', '.join(_COLUMNS)} from {_ALL} order by seen desc, id desc")  # noqa: S608
    jobs = (_job(row) for row in rows)
    return tuple(job for job in jobs if job is not None and (job.is_pending or not pending))


def _durations(connection: sqlite3.Connection) -> dict[tuple[str, str], tuple[float, ...]]:
    there = connection.execute("select name from sqlite_master where name in ('jobs', 'other_jobs')").fetchall()
    rows = (
        row
        for (table,) in there
        for row in connection.execute(
            f"select base, tag, updated - created from {table} where outcome = ? and course is null "  # noqa: S608
            "and tag is not null and updated > created order by created desc, id desc",
            (Outcome.COMPLETED,),
        )
    )
    found: dict[tuple[str, str], list[float]] = {}
    for base, tag, seconds in rows:
        is_keyed = isinstance(base, str) and isinstance(tag, str)
        if is_keyed and isinstance(seconds, int | float) and 0 < seconds < math.inf:
            found.setdefault((base, tag), []).append(seconds)
    return {key: tuple(took[:_NEWEST]) for key, took in found.items() if len(took) >= ENOUGH}


def _job(row: tuple[object, ...]) -> HistoryEntry | None:
    """Return the job of a row, None for one that none of ours wrote: SQLite keeps any type in any column."""
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    if values["outcome"] not in set(Outcome) or not all(
        _fits(values[name], *kind) for name, kind in _COLUMN_TYPES.items()
    ):
        return None
    try:
        kind_at(values["collection"])
    except UsageError:
        return None
    values["outcome"] = Outcome(values["outcome"])
    values["canceled_by_us"] = bool(values["canceled_by_us"])
    return HistoryEntry(**values)


def _fits(value: object, kind: Any, least: float = -math.inf, most: float = math.inf) -> bool:  # noqa: ANN401  # a union
    return isinstance(value, kind) and (not isinstance(value, int | float) or least <= value <= most)
