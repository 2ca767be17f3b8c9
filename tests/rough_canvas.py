"""A Canvas that has a bad day: jobs of all sorts, a fault every so often, and a server that is started again and again.

Its jobs began at one moment, whichever process serves them, so that a restart changes nothing about them.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.installation import Installation, Scenario
from canvas_progress.sandbox.scripts import Script, row_at
from canvas_progress.sandbox.world import World
from canvas_progress.sandbox.writes import Write, breakdown, climb, run, write

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN: Final = "S3CRET-of-a-bad-day"
# A refused token ends a watch at once, and rightly: that is no bad day.
KINDS: Final = tuple(kind for kind in FaultKind if not kind.name.startswith("TOKEN_"))
LATE_TAG: Final = "assignment_bulk_update"  # of jobs whose results may come after they have completed
_TAGS: Final = ("content_migration", "content_export", LATE_TAG, "gradebook_to_csv", "sis_import", "course_copy")
_HOSTED: Final = Installation(throttle=Throttle(high_water=700.0))
_FOREVER: Final = 1e9  # seconds


@dataclass(frozen=True)
class Mix:
    """How many jobs, and how long they take: the median and the longest in seconds, the spread of the logarithm."""

    number: int
    median: float
    longest: float
    spread: float = 1.3
    endless: int = 0
    seed: int = 1


def jobs_of(mix: Mix) -> tuple[Script, ...]:
    """Return the jobs, numbered from 1. The last ones, as many as are `endless`, wait for an external tool for ever."""
    rng = random.Random(mix.seed)
    jobs = []
    for id_ in range(1, mix.number + 1):
        takes = min(max(rng.lognormvariate(math.log(mix.median), mix.spread), 5.0), mix.longest)
        writes = _waiting(takes, _FOREVER) if id_ > mix.number - mix.endless else _writes(id_, takes)
        jobs.append(Script(id=id_, about=f"{takes:.0f} s", tag=_TAGS[id_ % len(_TAGS)], writes=writes))
    longest = Script(id=1, about="the longest", tag="sis_import", writes=run(5.0, mix.longest - 5.0, steps=50))
    return (longest, *jobs[1:])


def _writes(id_: int, takes: float) -> tuple[Write, ...]:
    queued = min(takes / 5, 60.0)
    runs = takes - queued
    by_turn = {
        2: (write(queued, state="running"), write(takes, state="completed")),  # silent
        3: _waiting(queued, takes),
        4: (*run(queued, 2 * runs)[:10], Write(takes, destroys=True)),
        5: breakdown(queued, runs, reached=60.0, message="Unexpected error, ID: 4711"),
        6: breakdown(queued, runs, reached=30.0, message="canceled"),
        7: (*run(queued, runs, steps=8), write(takes + 0.5, results={"updated_count": 12})),
    }
    return by_turn.get(id_ % 15, run(queued, runs))


def _waiting(begins: float, ends: float) -> tuple[Write, ...]:
    tool = write(begins, state="waiting_for_external_tool")
    return (tool, *climb(begins, ends, steps=3), write(ends, state="completed", completion=100.0))


def held(job: Script, seconds: float) -> str:
    """Return what became of a job after so many seconds, in the words of a watch, from the row alone."""
    row = row_at(job, seconds)
    if row is None:
        return "gone"
    if row.state == "waiting_for_external_tool":
        return "waiting"
    return "canceled" if (row.state, row.columns["message"]) == ("failed", "canceled") else row.state


def end_of(job: Script) -> float:
    """Return after how many seconds a job has ended."""
    return next(one.at for one in job.writes if one.destroys or one.columns.get("state") in {"completed", "failed"})


@dataclass(frozen=True)
class Weather:
    """A fault in every period of so many seconds: it begins anywhere in it and strikes for `lasting` seconds."""

    period: float
    lasting: float
    seed: int = 1


def faults_of(weather: Weather, begin: float, end: float) -> tuple[Fault, ...]:
    """Return the faults from one second to another, of all kinds in turn, each turn in another order."""
    kinds = _in_turn(random.Random(f"{weather.seed} {begin}"))
    rng = random.Random(f"{begin} {weather.seed}")
    faults = []
    for number in range(int((end - begin) // weather.period)):
        since = begin + number * weather.period + rng.uniform(0.0, weather.period - weather.lasting)
        fault = Fault(kind=next(kinds), count=None, since=since, until=since + weather.lasting)
        if fault.kind is FaultKind.THROTTLED and rng.random() < 0.5:
            fault = replace(fault, status=429, retry_after=rng.choice(("0", "7", "20")))
        faults.append(fault)
    return tuple(faults)


def _in_turn(rng: random.Random) -> Iterator[FaultKind]:
    while True:
        yield from rng.sample(KINDS, len(KINDS))


def started(jobs: tuple[Script, ...], faults: tuple[Fault, ...], began: float) -> World:
    """Return the world of a server process that has just started; its jobs and faults count from `began`, in epoch."""
    scenario = Scenario(name="rough", about="a bad day", jobs=jobs, faults=faults, installation=_HOSTED)
    world = World(scenario, token=TOKEN)
    seen = [{"id": job.id, "first_seen": began, "cancels": []} for job in jobs]
    struck = [{"fault": place, "first": began, "requests": 0} for place in range(len(faults))]
    past = {"version": 1, "scenario": scenario.name, "jobs": seen, "faults": struck, "buckets": []}
    world.restore(json.dumps(past))
    return world
