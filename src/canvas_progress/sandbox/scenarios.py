"""The simulated installations, by name.

`demo()` has eight jobs that all end within 18 seconds, and `many()` is for load tests. `default()` is the world behind
the built-in profile `sandbox`. Its jobs start afresh when they are first asked for; the `about` of each tells more:

  1-10  ordinary   1 quick, 2 slow, 3 stops when cancelled, 4 nobody's, 5 fails, 6 canceled, 7 silent, 8 stepping,
                   9 completed yesterday, 10 takes ten minutes
 20-27  cancelled  20 ignores it, 21 overwrites it, 22 resets it, 23 crashes after it, 24 stops, 25 was long completed,
                   26 completes over it although it had never reported, 27 resets it and fails by itself
 30-39  states     30 canceled long ago, 31 waits for a tool for ever, 32 waits for a while, 33 results come late,
                   34 never reports while it runs, 35 goes backwards, 36 stays at 100 % while running,
                   37 hibernates for a while, 38 hibernates for ever, 39 starts over after it has completed
 40-49  contents   40 results are a list, 41 a string, 42 an object with ids, 43 failed with results, 44 vanishes,
                   45 message of many lines, 46 Rich markup, 47 escape sequences, 48 extra keys and huge numbers,
                   49 failed although most was done
 50-58  rights     50 another owner, 51 may not be read, 52 readable by anyone, 53 may not be read but cancelled,
                   54 `url` on another host, 55 timestamps with an offset, 56 five minutes in the queue,
                   57 a user's job, 58 a group category's job of nobody
 60-79  faults     60 500, 61 502, 62 503, 63 504, 64 empty, 65 throttled 403, 66 throttled 429, 67 malformed JSON,
                   68 JSON cut short, 69 HTML page, 70 login redirect, 71 https redirect, 72 dropped, 73 reset,
                   74 stalled, 75 truncated, 76 token expires, 77 token revoked, 78 cancel dropped, 79 cancel times out
 80-82  LTI        80 a linked assignment, 81 another tool's, 82 fails; in the courses 5, 6 (concluded), 7 (no tool)
                   and 8 (key off)
 20000000000023 is a job of another shard (`2~23`), 9010000000000001 one whose id no JavaScript number can hold
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from canvas_progress.sandbox import demo_jobs, faulty_jobs, guarded_jobs, ordinary_jobs, peculiar_jobs, worded_jobs
from canvas_progress.sandbox.installation import Installation, LtiCourse, Scenario
from canvas_progress.sandbox.scripts import Script
from canvas_progress.sandbox.timelines import run

__all__ = ["Installation", "LtiCourse", "Scenario", "default", "demo", "many"]

_GOLDEN: Final = 0.6180339887498949
_LTI_COURSES: Final = (
    LtiCourse(id=5),
    LtiCourse(id=6, concluded=True),
    LtiCourse(id=7, has_tool=False),
    LtiCourse(id=8, key_enabled=False),
)


def default() -> Scenario:
    """Return the world behind the built-in profile `sandbox`."""
    return Scenario(
        name="default",
        about="every way in which a Canvas job is known to behave, one id each",
        jobs=(*ordinary_jobs.JOBS, *peculiar_jobs.JOBS, *worded_jobs.JOBS, *guarded_jobs.JOBS, *faulty_jobs.JOBS),
        faults=faulty_jobs.FAULTS,
        installation=Installation(lti_courses=_LTI_COURSES),
    )


def demo() -> Scenario:
    """Return eight jobs that all end within 18 seconds, whatever their server does meanwhile."""
    return Scenario(
        name="demo",
        about="eight jobs that end within 18 seconds",
        jobs=demo_jobs.JOBS,
        faults=demo_jobs.FAULTS,
        expected=demo_jobs.EXPECTED,
    )


def many(
    count: int,
    *,
    first_id: int = 1000,
    median: float = 20.0,
    spread: float = 1.0,
    installation: Installation | None = None,
) -> Scenario:
    """Return ordinary jobs whose durations in seconds are spread log-normally, the same in every run."""
    jobs = tuple(_ordinary(first_id + index, index, median=median, spread=spread) for index in range(count))
    return Scenario(
        name=f"many-{count}",
        about=f"{count} ordinary jobs",
        jobs=jobs,
        installation=installation or Installation(),
        expected={job.id: "completed" for job in jobs},
    )


def _ordinary(job: int, index: int, *, median: float, spread: float) -> Script:
    quantile = ((index + 1) * _GOLDEN) % 1.0  # evenly spread and never the same twice
    runs = median * math.exp(spread * NormalDist().inv_cdf(quantile))
    return Script(
        id=job,
        about=f"an ordinary job of {runs:.0f} s",
        tag="content_migration",
        context_type="ContentMigration",
        context_id=job,
        writes=run(min(2.0, runs / 10), runs),
    )
