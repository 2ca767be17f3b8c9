"""What has happened in a world: the only thing, beside the scenario, that its answers depend on.

It lasts between invocations as JSON, and two of them can be merged: commands run at the same time share one file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from canvas_progress.sandbox.scripts import Cancel

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json


@dataclass(frozen=True, slots=True)
class JobRecord:
    """When a job was first requested, and its cancels in order; in epoch seconds."""

    first_seen: float
    cancels: tuple[Cancel, ...] = ()


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """When a fault first selected a request, in epoch seconds, and how many it has selected."""

    first: float
    requests: int


@dataclass(slots=True)
class State:
    """The records of jobs by id and of faults by their place in the scenario; `changes` counts the new ones."""

    jobs: dict[int, JobRecord] = field(default_factory=dict)
    faults: dict[int, FaultRecord] = field(default_factory=dict)
    changes: int = 0

    def see(self, job: int, now: float) -> None:
        """Start the clock of a job unless it runs already."""
        if job not in self.jobs:
            self.jobs[job] = JobRecord(now)
            self.changes += 1

    def cancel(self, job: int, cancel: Cancel) -> None:
        """Note a cancel of a job that has been seen."""
        record = self.jobs[job]
        self.jobs[job] = replace(record, cancels=(*record.cancels, cancel))
        self.changes += 1

    def select(self, fault: int, now: float) -> FaultRecord:
        """Count one more request that a fault selects."""
        record = self.faults.get(fault, FaultRecord(now, 0))
        self.faults[fault] = replace(record, requests=record.requests + 1)
        self.changes += 1
        return self.faults[fault]

    def forget(self) -> None:
        """Let every job and every fault start anew."""
        self.jobs.clear()
        self.faults.clear()

    def merge(self, other: State) -> None:
        """Take over all that has been seen elsewhere of the same world."""
        for job, theirs in other.jobs.items():
            ours = self.jobs.get(job, theirs)
            cancels = sorted({*ours.cancels, *theirs.cancels}, key=lambda cancel: cancel.at)
            self.jobs[job] = JobRecord(min(ours.first_seen, theirs.first_seen), tuple(cancels))
        for fault, record in other.faults.items():
            known = self.faults.get(fault, record)
            self.faults[fault] = FaultRecord(min(known.first, record.first), max(known.requests, record.requests))

    def to_json(self) -> dict[str, Json]:
        """Return the records as JSON values."""
        jobs: list[Json] = [
            {"id": job, "first_seen": record.first_seen, "cancels": [[one.at, one.message] for one in record.cancels]}
            for job, record in self.jobs.items()
        ]
        faults: list[Json] = [
            {"fault": fault, "first": record.first, "requests": record.requests}
            for fault, record in self.faults.items()
        ]
        return {"jobs": jobs, "faults": faults}


def read_state(document: dict[str, Json]) -> State:
    """Return the state in a JSON document; ValueError if there is none."""
    state = State()
    for job in items(document, "jobs"):
        cancels = tuple(_cancel(cancel) for cancel in _list(job.get("cancels")))
        state.jobs[_whole(job.get("id"))] = JobRecord(number(job.get("first_seen")), cancels)
    for fault in items(document, "faults"):
        record = FaultRecord(number(fault.get("first")), _whole(fault.get("requests")))
        state.faults[_whole(fault.get("fault"))] = record
    return state


def items(document: dict[str, Json], key: str) -> list[dict[str, Json]]:
    """Return a list of objects under a key; ValueError if there is none."""
    found = _list(document.get(key))
    objects = [item for item in found if isinstance(item, dict)]
    if len(objects) != len(found):
        raise ValueError(f"`{key}` is not a list of objects")
    return objects


def number(value: Json) -> float:
    """Return a finite number; ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _whole(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")  # noqa: TRY004 -- as below
    return value


def _cancel(value: Json) -> Cancel:
    match value:
        case [at, str() | None as message]:
            return Cancel(number(at), message)
        case _:
            raise ValueError(f"{value!r} is not a cancel")


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")  # noqa: TRY004 -- the callers promise ValueError for all nonsense
    return value
