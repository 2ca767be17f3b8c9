"""The simulated installations, by name."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from canvas_progress.sandbox.installation import Installation, LtiCourse, Scenario
from canvas_progress.sandbox.jobs import demo as demo_jobs
from canvas_progress.sandbox.jobs import edge_cases, faulty, guarded, ordinary, wording
from canvas_progress.sandbox.jobs.kinds import content_migration
from canvas_progress.sandbox.writes import run

__all__ = ["Installation", "LtiCourse", "Scenario", "default", "demo", "many"]

_GOLDEN: Final = 0.6180339887498949
_LTI_COURSES: Final = (
    LtiCourse(id=5),
    LtiCourse(id=6, concluded=True),
    LtiCourse(id=7, has_tool=False),
    LtiCourse(id=8, key_enabled=False),
)


def default() -> Scenario:
    """Return the world behind the built-in profile `sandbox`; docs/developing/sandbox.md lists its jobs."""
    return Scenario(
        name="default",
        about="every way in which a Canvas job is known to behave, one id each",
        jobs=(*ordinary.JOBS, *edge_cases.JOBS, *wording.JOBS, *guarded.JOBS, *faulty.JOBS),
        faults=faulty.FAULTS,
        installation=Installation(lti_courses=_LTI_COURSES),
    )


def demo() -> Scenario:
    """Return eight jobs that all end within 18 seconds, whatever their server does meanwhile."""
    return Scenario(
        name="demo", about="eight jobs that end within 18 seconds", jobs=demo_jobs.JOBS, faults=demo_jobs.FAULTS
    )


def many(
    count: int, *, median: float = 20.0, spread: float = 1.0, installation: Installation | None = None
) -> Scenario:
    """Return ordinary jobs from 1000 on; their durations in seconds are spread log-normally, the same in every run."""
    jobs = []
    for index in range(count):
        quantile = ((index + 1) * _GOLDEN) % 1.0  # evenly spread and never the same twice
        runs = median * math.exp(spread * NormalDist().inv_cdf(quantile))
        id_, about, writes = 1000 + index, f"an ordinary job of {runs:.0f} s", run(min(2.0, runs / 10), runs)
        jobs.append(content_migration(id_, about, writes, context=("ContentMigration", id_)))
    installation = installation or Installation()
    return Scenario(name=f"many-{count}", about=f"{count} ordinary jobs", jobs=tuple(jobs), installation=installation)
