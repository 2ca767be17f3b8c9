"""The simulated installations: which jobs there are, how this Canvas is set up, and what goes wrong.

`default()` is the world behind the built-in profile `sandbox`; the table of its jobs is in `catalogue.py`.
`demo()` has eight jobs that all end within 18 seconds. `many()` is for load tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.rows import Write
from canvas_progress.sandbox.scripts import CALLER, OnCancel, Script
from canvas_progress.sandbox.timelines import breakdown, climb, run

if TYPE_CHECKING:
    from collections.abc import Mapping

_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True, kw_only=True)
class LtiCourse:
    """A course as the LTI service sees it."""

    id: int
    concluded: bool = False
    key_enabled: bool = True
    has_tool: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """How one Canvas is set up, wherever installations are known to differ."""

    caller: int = CALLER
    shard: int = 1
    throttle: Throttle = field(default_factory=Throttle)
    denial_status: int = 403  # 401 on older ones
    denial_word: str = "unauthorized"  # translated on some, e.g. "unauthorised"
    denial_text: str = "user not authorized to perform that action"
    scopes: frozenset[str] | None = None  # None: the developer key does not enforce any
    lti_courses: tuple[LtiCourse, ...] = (LtiCourse(id=5),)
    lti_key_active: bool = True
    lti_scope: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole simulated world; `expected` tells the final state of jobs that are left alone."""

    name: str
    about: str
    jobs: tuple[Script, ...]
    faults: tuple[Fault, ...] = ()
    installation: Installation = field(default_factory=Installation)
    expected: Mapping[int, str] = field(default_factory=dict)


def default() -> Scenario:
    """Return the world behind the built-in profile `sandbox`."""
    from canvas_progress.sandbox import catalogue

    return Scenario(
        name="default",
        about="every way in which a Canvas job is known to behave, one id each",
        jobs=catalogue.JOBS,
        faults=catalogue.FAULTS,
        installation=Installation(lti_courses=catalogue.LTI_COURSES),
    )


def demo() -> Scenario:
    """Return eight jobs that all end within 18 seconds, whatever their server does meanwhile."""
    return Scenario(
        name="demo",
        about="eight jobs that end within 18 seconds",
        jobs=_DEMO_JOBS,
        faults=_DEMO_FAULTS,
        expected={
            101: "completed",
            102: "completed",
            103: "completed",
            104: "completed",
            105: "failed",
            106: "canceled",
            107: "completed",
            108: "completed",
        },
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


_DEMO_JOBS: Final = (
    Script(
        id=101,
        about="quick: publishes 17 courses",
        tag="course_batch_update",
        context_type="Account",
        context_id=1,
        on_cancel=OnCancel.OVERWRITES,
        writes=run(0.5, 4, message="17 courses processed"),
    ),
    Script(
        id=102,
        about="slow: copies a course",
        tag="content_migration",
        context_type="ContentMigration",
        context_id=31,
        writes=run(2, 14, steps=40),
    ),
    Script(
        id=103,
        about="silent: tells nothing until it has ended",
        tag="submissions_update",
        owner=None,
        writes=run(1, 11, steps=1),
    ),
    Script(
        id=104,
        about="stepping: four modules, four steps",
        tag="context_module_batch_update",
        on_cancel=OnCancel.COOPERATES,
        writes=run(1, 12, steps=4),
    ),
    Script(
        id=105,
        about="failing: breaks down at 60 %",
        tag="gradebook_to_csv",
        on_cancel=OnCancel.COOPERATES,
        writes=breakdown(1, 8, reached=60.0, message="Unexpected error, ID: 8812"),
    ),
    Script(
        id=106,
        about="canceled: a newer publication takes its place in the queue",
        tag="course_pace_publish",
        context_type="CoursePace",
        context_id=12,
        owner=None,
        writes=(Write(at=7, state="canceled", touches=False),),
    ),
    Script(
        id=107,
        about="throttled: Canvas refuses its first requests",
        tag="content_export",
        context_type="ContentExport",
        context_id=44,
        writes=run(1, 13),
    ),
    Script(
        id=108,
        about="flaky: behind a load balancer that answers 502 for some seconds",
        tag="conversation_batch_update",
        context_type="User",
        context_id=CALLER,
        writes=(
            Write(at=1, state="running"),
            *climb(1, 15),
            Write(at=15, state="completed", completion=100.0, message="240 conversations processed"),
        ),
    ),
)

_DEMO_FAULTS: Final = (
    Fault(kind=FaultKind.THROTTLED, job=107, count=3, status=429, retry_after="1"),
    Fault(kind=FaultKind.BAD_GATEWAY, job=108, count=None, since=3.0, until=8.0),
)
