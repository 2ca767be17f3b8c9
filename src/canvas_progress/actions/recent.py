"""`recent`: the jobs that this machine has seen, since Canvas has no list of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canvas_progress.core.errors import CanvasProgressError, NoSuchJobError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.history import ALL, Filter
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.record import record
from canvas_progress.core.wording import counted
from canvas_progress.terminal.log import report_errors
from canvas_progress.terminal.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.clock import Clock
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.refs import JobRef, Target
    from canvas_progress.storage.history import History
    from canvas_progress.terminal.terminal import Format, Terminal

    Connect = Callable[[tuple[JobRef, ...]], AbstractContextManager[tuple[tuple[Target, ...], Adapters]]]


@record
class RecentPlan:
    """What to list, how many at most, and how. `home` is the Canvas that a command without a profile would use."""

    format: Format
    wanted: Filter = ALL
    most: int = 20
    home: BaseUrl | None = None


def listing(history: History, terminal: Terminal, clock: Clock, plan: RecentPlan) -> ExitCode:
    """Print the jobs of the history that are wanted, those seen last first."""
    entries = [entry for entry in history.listing() if plan.wanted.fits(entry)]
    output = Output(terminal, plan.format)
    if output.is_for_people and not entries:
        terminal.note(_nothing(plan.wanted))
        terminal.note("hint: those of the profile `sandbox` are never remembered")
    output.history(tuple(entries[: plan.most]), clock.now().timestamp(), plan.home)
    if output.is_for_people and len(entries) > plan.most:
        terminal.note(f"{plan.most} of {counted(len(entries), 'job')}; `--limit {len(entries)}` lists all of them")
    return ExitCode.OK


def _nothing(wanted: Filter) -> str:
    """Say why nothing is listed."""
    if wanted == ALL:
        return "no jobs are remembered"
    return "no remembered job is pending" if wanted == Filter(pending=True) else "no remembered job is like that"


def refresh(history: History, terminal: Terminal, connect: Connect, profile: str | None = None) -> ExitCode:
    """Read every job that was pending, with the profile it was seen with; the history is updated on the way.

    With `profile` only those that were seen with this one.
    """
    codes: list[ExitCode] = []
    ways: dict[tuple[str, str], list[HistoryEntry]] = {}
    wanted = Filter(profile=profile)
    for entry in filter(wanted.fits, history.listing(pending=True)):
        ways.setdefault((entry.base, entry.profile), []).append(entry)
    for entries in ways.values():
        try:
            with connect(tuple(entry.ref for entry in entries)) as (targets, adapters):
                codes.append(_refresh_some(dict(zip(targets, entries, strict=True)), adapters, history))
        except CanvasProgressError as error:  # of this Canvas; the others are read all the same
            terminal.error(error)
            codes.append(error.exit_code)
    return worst(codes)


def _refresh_some(entries: dict[Target, HistoryEntry], adapters: Adapters, history: History) -> ExitCode:
    """Read the jobs of one Canvas, and note those that are gone."""
    errors = adapters.engine.read_each(tuple(entries)).errors
    others = {target.label: error for target, error in errors.items() if not isinstance(error, NoSuchJobError)}
    report_errors(others.items(), len(entries), adapters.terminal)
    gone = (entry for target, entry in entries.items() if isinstance(errors.get(target), NoSuchJobError))
    history.note(tuple(replace(entry, outcome=Outcome.GONE) for entry in gone))
    return worst(error.exit_code for error in others.values())


def forget(history: History, terminal: Terminal) -> ExitCode:
    """Forget all jobs."""
    history.forget()
    terminal.note("all jobs are forgotten")
    return ExitCode.OK
