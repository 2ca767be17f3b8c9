"""The tables of the history, and what is written to them and read from them.

Versions of this program share the file. The first one knows the table `jobs` alone, and fills all of its columns: it is
never given another one. What came later has tables of its own.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.errors import UsageError
from canvas_progress.core.history import HistoryEntry
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.refs import has_a_job, kind_at
from canvas_progress.core.usual_durations import ENOUGH

if TYPE_CHECKING:
    import sqlite3

_MOST: Final = 2000  # jobs
_OLDEST: Final = 180 * 86400.0  # seconds since a job was last seen
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
    "parent_path": (str | None,),
}
_OF_ANY: Final = tuple(name for name in _COLUMNS if name not in {"collection", "parent_path"})
_OF_OTHERS: Final = (*_OF_ANY, "collection")
_TYPES: Final = """
    id integer not null, base text not null, course integer, profile text not null, tag text, context text,
    outcome text not null, created real, updated real, seen real not null, canceled_by_us integer not null"""
_IDENTITY: Final = "base, coalesce(course, 0), id"
# `parents` has the paths of the things that jobs of `jobs` belong to: of those that were named by one.
SCHEMA: Final = f"""
create table if not exists jobs ({_TYPES});
create unique index if not exists job on jobs ({_IDENTITY});
create index if not exists seen on jobs (seen);
create table if not exists other_jobs ({_TYPES}, collection text not null);
create unique index if not exists other_job on other_jobs (base, collection, id);
create table if not exists parents (base text not null, id integer not null, path text not null);
create unique index if not exists parent on parents (base, id);
pragma user_version = {_VERSION};
"""
LATEST: Final = "parent"  # of what is made above; where it is there, all is
_IS_PARENT: Final = "parents.base = jobs.base and parents.id = jobs.id and coalesce(jobs.course, 0) = 0"
# What a Progress says by itself is not the outcome of a job that is known to belong to something that knows better.
_UNLESS_OWNED: Final = (
    f"case when exists (select 1 from parents where {_IS_PARENT}) "  # noqa: S608  # our own names
    "then jobs.outcome else excluded.outcome end"
)
_ALL: Final = (
    f"(select {', '.join(_OF_ANY)}, '' as collection, "  # noqa: S608  # the names are our own
    f"(select path from parents where {_IS_PARENT}) as parent_path from jobs "
    f"union all select {', '.join(_OF_OTHERS)}, null as parent_path from other_jobs)"
)


def write(connection: sqlite3.Connection, jobs: tuple[HistoryEntry, ...]) -> None:
    """Remember these jobs as they are now; what is too old, or too much, is forgotten."""
    newest = max((job.seen for job in jobs), default=0.0)
    own, others = [job for job in jobs if not job.collection], [job for job in jobs if job.collection]
    believed = [job for job in own if job.parent_path is not None or job.canceled_by_us]
    _upsert(connection, "jobs", _OF_ANY, _IDENTITY, [job for job in own if job not in believed], outcome=_UNLESS_OWNED)
    _upsert(connection, "jobs", _OF_ANY, _IDENTITY, believed)
    _upsert(connection, "other_jobs", _OF_OTHERS, "base, collection, id", others)
    for table in ("jobs", "other_jobs"):
        connection.execute(
            f"delete from {table} where seen < ? or rowid in "  # noqa: S608  # the names are our own
            f"(select rowid from {table} order by seen desc limit -1 offset ?)",
            (newest - _OLDEST, _MOST),
        )
    _write_parents(connection, jobs)


def _upsert(  # noqa: PLR0913  # what there is to say of a table
    connection: sqlite3.Connection,
    table: str,
    columns: tuple[str, ...],
    identity: str,
    jobs: list[HistoryEntry],
    *,
    outcome: str = "excluded.outcome",
) -> None:
    marks = ", ".join("?" for _ in columns)
    update = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {"canceled_by_us", "outcome"})
    connection.executemany(  # the names are our own: nothing foreign is in the statement
        f"insert into {table} ({', '.join(columns)}) values ({marks}) on conflict ({identity}) "  # noqa: S608
        f"do update set {update}, outcome = {outcome}, "
        f"canceled_by_us = max(canceled_by_us, excluded.canceled_by_us)",
        [tuple(getattr(job, name) for name in columns) for job in jobs],
    )


def _write_parents(connection: sqlite3.Connection, jobs: tuple[HistoryEntry, ...]) -> None:
    """Remember what jobs belong to. One that is named by its id from now on still does."""
    connection.executemany(
        "insert into parents (base, id, path) values (?, ?, ?) "
        "on conflict (base, id) do update set path = excluded.path",
        [(job.base, job.id, job.parent_path) for job in jobs if job.parent_path is not None],
    )
    connection.execute(
        f"delete from parents where not exists (select 1 from jobs where {_IS_PARENT})"  # noqa: S608  # our own names
    )


def read(connection: sqlite3.Connection, *, pending: bool) -> tuple[HistoryEntry, ...]:
    """Return the jobs, or only those that are pending; those seen last first."""
    rows = connection.execute(f"select {', '.join(_COLUMNS)} from {_ALL} order by seen desc, id desc")  # noqa: S608
    jobs = (_job(row) for row in rows)
    return tuple(job for job in jobs if job is not None and (job.is_pending or not pending))


def durations(connection: sqlite3.Connection) -> dict[tuple[str, str], tuple[float, ...]]:
    """Return how many seconds the newest completed jobs took, by Canvas and tag, where these are enough."""
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
    if values["parent_path"] is not None and not has_a_job(values["parent_path"]):
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
