"""A job is a series of timed writes to its row in the database; here are the writes, the row, and the usual series.

Which columns a row has is up to the kind of job; all have a `state`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from canvas_progress.sandbox.messages import Json


@dataclass(frozen=True, slots=True)
class Write:
    """Values for some columns; `at` counts seconds since the job was first requested and may be negative."""

    at: float
    columns: Mapping[str, Json] = field(default_factory=dict)
    touches: bool = True  # Rails' update_all leaves updated_at as it was
    destroys: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The columns at one moment; `updated` counts seconds since the job was first requested."""

    columns: Mapping[str, Json]
    updated: float

    @property
    def state(self) -> str:
        """Return the state of the job, under whatever key its JSON has it."""
        return str(self.columns["state"])

    def after(self, writes: Iterable[Write], *, until: float) -> Row | None:
        """Return the row after all writes up to a moment, or None once one of them has destroyed it."""
        columns, updated = dict(self.columns), self.updated
        for one in writes:
            if one.at > until:
                break
            if one.destroys:
                return None
            columns |= one.columns
            updated = one.at if one.touches else updated
        return Row(columns, updated)


def write(at: float, **columns: Json) -> Write:
    """Write some columns."""
    return Write(at, columns)


def climb(start: float, end: float, *, low: float = 0.0, high: float = 100.0, steps: int = 20) -> tuple[Write, ...]:
    """Write the completion in equal steps strictly between two moments."""
    return tuple(
        write(start + (end - start) * step / steps, completion=low + (high - low) * step / steps)
        for step in range(1, steps)
    )


def run(queued: float, runs: float, *, steps: int = 20, **ending: Json) -> tuple[Write, ...]:
    """Queue, run while the completion climbs, and complete."""
    end = queued + runs
    return (
        write(queued, state="running"),
        *climb(queued, end, steps=steps),
        _ending(end, state="completed", completion=100.0, **ending),
    )


def breakdown(queued: float, runs: float, *, reached: float, **ending: Json) -> tuple[Write, ...]:
    """Queue, run for a while and fail; the completion stays where it was."""
    end = queued + runs
    return (write(queued, state="running"), *climb(queued, end, high=reached), _ending(end, state="failed", **ending))


def long_ago(ago: float, **ending: Json) -> tuple[Write, ...]:
    """Complete before the job was first requested."""
    return (_ending(-ago, state="completed", completion=100.0, **ending),)


def _ending(at: float, **columns: Json) -> Write:
    """End a job, which wipes what is not written: the message of a cancel, too."""
    return Write(at, {"message": None, "results": None, **columns})
