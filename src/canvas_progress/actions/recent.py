"""`recent`: the jobs that this machine has seen, since Canvas has no list of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.errors import CanvasProgressError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.refs import JobRef, Target
from canvas_progress.core.wording import visible
from canvas_progress.terminal import job_errors
from canvas_progress.terminal.events import json_line
from canvas_progress.terminal.looks import SYMBOLS
from canvas_progress.terminal.terminal import Format

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.clock import Clock
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.remembered import Remembered
    from canvas_progress.storage.history import History
    from canvas_progress.terminal.terminal import Terminal

    Connect = Callable[[tuple[JobRef, ...]], AbstractContextManager[tuple[tuple[Target, ...], Adapters]]]


@dataclass(frozen=True, slots=True)
class RecentPlan:
    """What to list, and how. `home` is the Canvas that a command without a profile would ask."""

    format: Format
    pending: bool = False
    home: BaseUrl | None = None


def listing(recent: History, terminal: Terminal, clock: Clock, plan: RecentPlan) -> ExitCode:
    """Print the remembered jobs, those seen last first."""
    jobs = recent.listing(pending=plan.pending)
    now = clock.now().timestamp()
    if plan.format is Format.TABLE:
        if not jobs:
            terminal.note("no jobs are remembered" if not plan.pending else "no remembered job is pending")
            return ExitCode.OK
        from canvas_progress.terminal.table import recent_table

        width = terminal.size_of(terminal.stdout)[0]
        terminal.print_table(recent_table(jobs, now, width=width, unicode=terminal.knows(SYMBOLS)))
        return ExitCode.OK
    for job in jobs:
        terminal.data(_json(job) if plan.format is Format.JSON else _plain(job, now, plan.home))
    return ExitCode.OK


def refresh(recent: History, terminal: Terminal, connect: Connect) -> ExitCode:
    """Ask Canvas about every job that was pending, with the profile it was seen with; it is remembered on the way."""
    codes = [ExitCode.OK]
    ways: dict[tuple[str, str], list[Remembered]] = {}
    for job in recent.listing(pending=True):
        ways.setdefault((job.base, job.profile), []).append(job)
    for jobs in ways.values():
        try:
            with connect(tuple(ref_of(job) for job in jobs)) as (targets, adapters):
                codes.append(_refresh_some(jobs, targets, adapters, recent))
        except CanvasProgressError as error:  # of this Canvas; the others are asked all the same
            terminal.error(error)
            codes.append(error.exit_code)
    return worst(codes)


def _refresh_some(jobs: list[Remembered], targets: tuple[Target, ...], adapters: Adapters, recent: History) -> ExitCode:
    """Read the jobs of one Canvas, and note those that are gone."""
    errors = adapters.read_each(targets).errors
    others = {target.label: error for target, error in errors.items() if not isinstance(error, NoSuchJobError)}
    job_errors.report(others.items(), len(targets), adapters.terminal)
    gone = {target for target, error in errors.items() if isinstance(error, NoSuchJobError)}
    missing = tuple(job for job, target in zip(jobs, targets, strict=True) if target in gone)
    recent.note(tuple(replace(job, outcome=Outcome.GONE) for job in missing))
    return worst(other.exit_code for other in others.values())


def ref_of(job: Remembered) -> JobRef:
    """Name a remembered job, with its Canvas and the profile that it was seen with. Raises UsageError."""
    return JobRef(job.id, job.course, parse_base_url(job.base, allow_http=True), job.profile)


def forget(recent: History, terminal: Terminal) -> ExitCode:
    """Forget all jobs."""
    recent.forget()
    terminal.note("all jobs are forgotten")
    return ExitCode.OK


def _plain(job: Remembered, now: float, home: BaseUrl | None) -> str:
    """Return what names the job, outcome, profile, tag, context, URL of the Canvas, and seconds since it was seen.

    The id names it where another command would take that for the same job, else its URL.
    """
    course = "" if job.course is None else f"/courses/{job.course}"
    name = str(job.id) if job.course is None and job.base == str(home) else _url(job)
    fields = (name, job.outcome, job.profile, job.tag or "", job.context or "", f"{job.base}{course}")
    return "\t".join(visible(field) for field in (*fields, f"{max(0.0, now - job.seen):.0f}"))


def _url(job: Remembered) -> str:
    ref = ref_of(job)
    return Target("", job.id, ref.base, job.course).url if ref.base is not None else str(job.id)


def _json(job: Remembered) -> str:
    times = {name: _stamp(getattr(job, name)) for name in ("created", "updated", "seen")}
    return json_line(
        {
            "schema": 1,
            "ref": str(job.id),
            "url": _url(job),
            "outcome": job.outcome,
            "pending": job.is_pending,
            "base": job.base,
            "course": None if job.course is None else str(job.course),
            "profile": job.profile,
            "tag": job.tag,
            "context": job.context,
            **times,
            "canceled_by_us": job.canceled_by_us,
        }
    )


def _stamp(moment: float | None) -> str | None:
    return None if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
