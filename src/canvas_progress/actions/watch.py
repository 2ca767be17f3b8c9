"""`watch`: ask until every job has ended, and show it meanwhile."""

from __future__ import annotations

import math
import shlex
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, Self

from canvas_progress.actions.hooks import Hook, HooksAtWork, Notification
from canvas_progress.core import exit_status
from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import TimeLimitError
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling import Watch
from canvas_progress.core.signals import Terminated
from canvas_progress.core.wording import counted, percent
from canvas_progress.terminal import job_errors
from canvas_progress.terminal.events import JsonEvents, summary_line
from canvas_progress.terminal.lines import Lines
from canvas_progress.terminal.looks import SYMBOLS, lost_word, outcome_word
from canvas_progress.terminal.plain import plain_line
from canvas_progress.terminal.terminal import Format

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.clock import Clock
    from canvas_progress.core.events import Event
    from canvas_progress.core.exit_codes import ExitCode
    from canvas_progress.core.policy import Policy
    from canvas_progress.core.prior import Priors
    from canvas_progress.core.refs import Target
    from canvas_progress.core.watched import Watched


_STOPS: Final = {
    KeyboardInterrupt: Ending.INTERRUPTED,
    Terminated: Ending.TERMINATED,
    TimeLimitError: Ending.TIMED_OUT,
}
_MOST_LISTED: Final = 20  # jobs in one sentence


class View(Protocol):
    """Something that shows a watch: bars, lines or JSON."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def tell(self, event: Event, at: datetime) -> None:
        """Take note of an event."""

    def resumed(self) -> None:
        """Take note that the process was stopped and goes on."""

    def tick(self, watch: Watch, now: float, at: datetime) -> float:
        """Draw what has to be drawn, and return the seconds after which to be called again."""


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """How to watch and show.

    `heartbeat` is in seconds. `hook` are the words of a program to run for each job that ends, `again` those of the
    command line that would resume the watch; none if nothing would. `priors` tell how long jobs of a tag usually take.
    """

    policy: Policy
    format: Format
    exit_zero: bool = False
    heartbeat: float | None = None
    hook: tuple[str, ...] = ()
    notify: bool = False
    again: tuple[str, ...] = ("canvas-progress", "watch")
    priors: Priors = field(default_factory=dict)


def watch(targets: tuple[Target, ...], adapters: Adapters, plan: WatchPlan) -> ExitCode:
    """Watch the jobs to their end, show how they fare, and return what their outcomes call for."""
    driver, clock = adapters.driver, adapters.clock
    timeout = plan.policy.timeout
    started = None if timeout is None or math.isinf(driver.until) else driver.until - timeout
    state = Watch(targets, plan.policy, clock.monotonic(), plan.priors, started=started)
    draws = adapters.terminal.can_redraw and not (plan.format is Format.JSON and adapters.terminal.reads_tables)
    with driver.interrupts.held():
        with ExitStack() as stack:
            hook = Hook(plan.hook, adapters.programs, adapters.terminal)
            views = [stack.enter_context(view) for view in _views(adapters, plan, hook, draws=draws)]
            _drive(state, adapters, hook, views)
        return _result(state, adapters, plan, drawn=draws)


def _drive(state: Watch, adapters: Adapters, hook: Hook, views: list[View]) -> None:
    """Watch to the end, or until a signal; then wait for the hooks."""
    driver, clock = adapters.driver, adapters.clock
    tick, tell = partial(_tick, state, views, clock), partial(_tell, views, clock)
    try:
        driver.run(state, adapters.reading, tell=tell, tick=tick, resumed=partial(_resumed, views))
        _finish(state, views, clock)
        driver.run(HooksAtWork(hook, driver.until), adapters.reading, tell=tell, tick=tick)
        hook.end("the time limit was over")
    except (KeyboardInterrupt, Terminated, TimeLimitError) as stop:
        state.end(_STOPS[type(stop)], whatever_was=not isinstance(stop, TimeLimitError))
        hook.end(_STOPS[type(stop)].value)
        _finish(state, views, clock)


def _result(state: Watch, adapters: Adapters, plan: WatchPlan, *, drawn: bool) -> ExitCode:
    """Print what came of the watch where it is not to be seen yet, and return the exit code for it."""
    clock = adapters.clock
    code = exit_status.of_watch(state, exit_zero=plan.exit_zero)
    with suppress(BrokenPipeError):  # whoever does not read this may still rely on the exit code
        _print_results(state, adapters, plan, drawn=drawn)
        if plan.format is Format.JSON:
            took = clock.monotonic() - state.started
            adapters.terminal.data(summary_line(clock.now(), code, state.jobs, requests=state.requests, seconds=took))
    _conclude(state, adapters, plan)
    return code


def _finish(state: Watch, views: list[View], clock: Clock) -> None:
    """Tell the last events, and let each view show the end."""
    _tell(views, clock, state.close(clock.monotonic()))
    _tick(state, views, clock)


def _tick(state: Watch, views: list[View], clock: Clock) -> float:
    """Let each view draw, and return the seconds after which the first of them wants to again."""
    return min((view.tick(state, clock.monotonic(), clock.now()) for view in views), default=math.inf)


def _resumed(views: list[View]) -> None:
    for view in views:
        view.resumed()


def _tell(views: list[View], clock: Clock, events: tuple[Event, ...]) -> None:
    for event in events:
        for view in views:
            view.tell(event, clock.now())


def _views(adapters: Adapters, plan: WatchPlan, hook: Hook, *, draws: bool) -> list[View]:
    views: list[View] = []
    if draws:
        from canvas_progress.terminal.bars import Bars

        views.append(Bars(adapters.terminal))
    elif plan.format is not Format.JSON or not adapters.terminal.reads_tables:
        views.append(Lines(adapters.terminal, plan.heartbeat))
    if plan.format is Format.JSON:
        views.append(JsonEvents(adapters.terminal))
    if plan.hook:
        views.append(hook)
    if plan.notify:
        views.append(Notification(adapters.terminal))
    return views


def _print_results(state: Watch, adapters: Adapters, plan: WatchPlan, *, drawn: bool) -> None:
    """Print what each job ended as, where the last frame of the bars does not say it already."""
    terminal = adapters.terminal
    if plan.format is Format.JSON or (plan.format is Format.TABLE and drawn and terminal.reads_tables):
        return
    if plan.format is Format.PLAIN:
        for watched in state.jobs:
            terminal.data(plain_line(watched.target.label, watched.shown, watched.job))
        return
    from canvas_progress.terminal.table import results

    width = terminal.size_of(terminal.stdout)[0]
    terminal.print_table(results(state.jobs, width=width, unicode=terminal.knows(SYMBOLS)))


def _conclude(state: Watch, adapters: Adapters, plan: WatchPlan) -> None:
    """Say on standard error why the exit code is not zero, and how to go on."""
    terminal, jobs = adapters.terminal, state.jobs
    job_errors.report(((w.target.label, w.error) for w in jobs if w.error is not None), len(jobs), terminal)
    if state.ending is not Ending.FIRST_COMPLETED:
        _tell_failed(jobs, adapters)
    unfinished = [watched for watched in jobs if not watched.is_over or watched.stalled]
    if not unfinished or state.ending in {Ending.FIRST_COMPLETED, Ending.FIRST_FAILED}:
        return
    reasons = {
        Ending.TIMED_OUT: f"the time limit of {plan.policy.timeout or 0:.0f} s is over",
        Ending.INTERRUPTED: "interrupted, nothing was canceled",
        Ending.TERMINATED: "terminated, nothing was canceled",
        Ending.CREDENTIAL: "stopped",
    }
    reason = reasons.get(state.ending or Ending.ALL_FINISHED, "no change for too long")
    terminal.note(f"{reason}: {_listed([_told(watched) for watched in unfinished], ', ')}")
    refs = [watched.target.ref for watched in unfinished]
    if not plan.again:  # its Canvas ends with the command
        return
    terminal.note(f"hint: resume with `{shlex.join([*plan.again, *refs])}`")


def _tell_failed(jobs: tuple[Watched, ...], adapters: Adapters) -> None:
    bad = [w for w in jobs if w.is_over and not w.stalled and w.shown is not Outcome.COMPLETED]
    if any(watched.error is None for watched in bad):  # errors alone have said it
        told = _listed([_told_end(watched) for watched in bad], "; ")
        count = f"{len(bad)} of {counted(len(jobs), 'job')} did not complete: " if len(jobs) > 1 else ""
        adapters.terminal.note(f"{count}{told}")


def _listed(items: list[str], separator: str) -> str:
    """Join the items, and count those that nobody would read."""
    more = len(items) - _MOST_LISTED
    return separator.join([*items[:_MOST_LISTED], *([f"and {more} more"] if more > 0 else [])])


def _told_end(watched: Watched) -> str:
    if watched.error is not None:
        return f"{watched.target.label} {lost_word(watched.error)}"
    message = watched.job.message if watched.job else None
    words = f"{watched.target.label} {watched.shown}"
    return f"{words}: {message}" if message and message != watched.shown else words


def _told(watched: Watched) -> str:
    if watched.job is None:
        return f"{watched.target.label} without an answer"
    words = [watched.target.label, outcome_word(watched.shown, watched.job), percent(watched.job.completion)]
    return " ".join(word for word in words if word)
