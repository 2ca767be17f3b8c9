"""`watch`: poll until every job has ended, and show it meanwhile."""

from __future__ import annotations

import math
from contextlib import ExitStack, suppress
from dataclasses import field
from typing import TYPE_CHECKING, Final

from canvas_progress.actions.hooks import Hook, Notification
from canvas_progress.core import exit_status
from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import TimeLimitError
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.reasons import has_more_to_show, reason_in
from canvas_progress.core.record import record
from canvas_progress.core.signals import Terminated
from canvas_progress.core.wording import brief_span, command_line, counted, percent
from canvas_progress.terminal.log import Log, report_errors
from canvas_progress.terminal.output import Output
from canvas_progress.terminal.symbols import ending, lost_word, outcome_word

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.events import Event
    from canvas_progress.core.exit_codes import ExitCode
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.polling_policy import Policy
    from canvas_progress.core.refs import Target
    from canvas_progress.core.usual_durations import Priors
    from canvas_progress.core.watched import Watched
    from canvas_progress.terminal.terminal import Format, Terminal

_STOPS: Final = {
    KeyboardInterrupt: Ending.INTERRUPTED,
    Terminated: Ending.TERMINATED,
    TimeLimitError: Ending.TIMED_OUT,
}
_MOST_LISTED: Final = 20  # jobs in one sentence


@record
class WatchPlan:
    """How to watch and show.

    `heartbeat` is in seconds. `hook` are the words of a
    program to run for each job that ends, `again` those of the command line that would resume the watch, and
    `details` of one that shows its jobs; none if nothing would. `priors` are how long jobs of a tag usually take.
    """

    policy: Policy
    format: Format
    exit_zero: bool = False
    heartbeat: float | None = None
    hook: tuple[str, ...] = ()
    notify: bool = False
    again: tuple[str, ...] = ("canvas-progress", "watch")
    details: tuple[str, ...] = ("canvas-progress", "show")
    priors: Priors = field(default_factory=dict)


def watch(targets: tuple[Target, ...], adapters: Adapters, plan: WatchPlan) -> ExitCode:
    """Watch the jobs to their end, show how they fare, and return what their outcomes call for."""
    driver, clock = adapters.driver, adapters.clock
    state = adapters.engine.watch_of(targets, plan.policy, plan.priors)
    with driver.interrupts.held():
        with ExitStack() as stack:
            views = _Views(state, adapters, plan, stack)
            views.run()
        code = exit_status.of_watch(state, exit_zero=plan.exit_zero)
        with suppress(BrokenPipeError):  # whoever does not read this may still rely on the exit code
            seconds = clock.monotonic() - state.started
            views.output.ended(state, clock.now(), code, seconds, drawn=views.drawn)
        _conclude(state, adapters.terminal, plan, drawn=views.drawn)
        return code


class _Views:
    """All that shows a watch or follows it: what its events are passed to, and what draws as time goes by.

    Each ticker returns the seconds after which it wants to be called again. What a view has changed on the terminal is
    undone as the stack is closed.
    """

    def __init__(self, state: Watch, adapters: Adapters, plan: WatchPlan, stack: ExitStack) -> None:
        self._state = state
        self._adapters = adapters
        self._clock = adapters.clock
        self.output = Output(adapters.terminal, plan.format)
        self._hook = Hook(plan.hook, adapters.programs, adapters.terminal, adapters.driver.until)
        self._listeners: list[Callable[[Event, datetime], None]] = []
        self._tickers: list[Callable[[], float]] = []
        self._resumed: Callable[[], None] = lambda: None
        on_screen = self.output.shows_events
        self.drawn = adapters.terminal.can_redraw and not on_screen
        if self.drawn:
            self._draw(adapters.terminal, stack)
        elif not on_screen:
            self._write_log(adapters.terminal, plan.heartbeat)
        self._listeners.append(self.output.event)
        if plan.hook:
            self._listeners.append(self._hook.event)
            self._tickers.append(self._hook.tick)
        if plan.notify:
            stack.callback(adapters.terminal.taskbar, None)
            notification = Notification(adapters.terminal)
            self._tickers.append(lambda: notification.tick(state, self._clock.monotonic()))

    def run(self) -> None:
        """Watch to the end, or until a signal; then wait for the hooks."""
        adapters = self._adapters
        try:
            adapters.engine.follow(self._state, self._report, tick=self._tick, resumed=self._resumed)
            self._tick()
            adapters.driver.run(self._hook, adapters.engine.reading, report=self._report, tick=self._tick)
            self._hook.end("the time limit was over")
        except (KeyboardInterrupt, Terminated, TimeLimitError) as stop:
            self._state.end(_STOPS[type(stop)], whatever_was=not isinstance(stop, TimeLimitError))
            self._hook.end(_STOPS[type(stop)].value)
            self._report(self._state.close(self._clock.monotonic()))
            self._tick()

    def _draw(self, terminal: Terminal, stack: ExitStack) -> None:
        from canvas_progress.terminal.live import LiveView

        live = LiveView(terminal)
        terminal.redirect_notes(live.note)
        stack.callback(terminal.redirect_notes, None)
        live.begin()
        stack.callback(live.end)
        self._listeners.append(lambda *_: live.changed())
        self._tickers.append(lambda: live.tick(self._state, self._clock.monotonic()))
        self._resumed = live.redraw

    def _write_log(self, terminal: Terminal, heartbeat: float | None) -> None:
        log = Log(terminal, heartbeat)
        self._listeners.append(log.event)
        self._tickers.append(lambda: log.tick(self._state, self._clock.monotonic(), self._clock.now()))

    def _report(self, events: tuple[Event, ...]) -> None:
        for event in events:
            for listener in self._listeners:
                listener(event, self._clock.now())

    def _tick(self) -> float:
        return min((ticker() for ticker in self._tickers), default=math.inf)


def _conclude(state: Watch, terminal: Terminal, plan: WatchPlan, *, drawn: bool) -> None:
    """Say on standard error why the exit code is not zero, and how to go on."""
    jobs = state.jobs
    if drawn and (before := [f"{w.target.label} ended {brief_span(w.ended_ago)} ago" for w in jobs if w.ended_ago]):
        terminal.note(_listed(before, "; "))  # where nothing is drawn, the lines have said it
    report_errors(((w.target.label, w.error) for w in jobs if w.error is not None), len(jobs), terminal)
    if state.ending is not Ending.FIRST_COMPLETED:
        _report_failed(jobs, terminal)
    if warned := [f"{w.target.label} {ending(w.job)}" for w in jobs if w.job and w.job.warnings]:
        terminal.note(_listed(warned, "; "))
    _hint_at_details(jobs, terminal, plan.details)
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
    terminal.note(f"{reason}: {_listed([_progress(watched) for watched in unfinished], ', ')}")
    if plan.again:  # else its Canvas ends with the command
        targets = [watched.target for watched in unfinished]
        ages = {f"{target.since:.0f}" for target in targets if target.since is not None}  # of links that are open
        since = [word for age in ages for word in ("--since", age)]
        terminal.note(f"hint: resume with {command_line(*plan.again, *since, *(target.ref for target in targets))}")


def _hint_at_details(jobs: tuple[Watched, ...], terminal: Terminal, command: tuple[str, ...]) -> None:
    """Say how to see the rest of what a sentence has no room for."""
    refs = [watched.target.ref for watched in jobs if watched.is_over and watched.job and has_more_to_show(watched.job)]
    if refs and command:  # else its Canvas ends with the command
        terminal.note(f"hint: {command_line(*command, *refs[:_MOST_LISTED])} shows more")


def _report_failed(jobs: tuple[Watched, ...], terminal: Terminal) -> None:
    bad = [w for w in jobs if w.is_over and not w.stalled and w.shown is not Outcome.COMPLETED]
    if any(watched.error is None for watched in bad):  # errors alone have said it
        count = f"{len(bad)} of {counted(len(jobs), 'job')} {_fate(bad, jobs)}: " if len(jobs) > 1 else ""
        terminal.note(f"{count}{_listed([_end(watched) for watched in bad], '; ')}")


def _fate(bad: list[Watched], jobs: tuple[Watched, ...]) -> str:
    """Say what became of the bad ones, and nothing of those that may still complete."""
    if all(watched.is_over and not watched.stalled for watched in jobs):
        return "did not complete"
    were = "was" if len(bad) == 1 else "were"
    if any(watched.error for watched in bad):
        return f"failed, {were} canceled or could not be read"
    return f"failed or {were} canceled"


def _listed(items: list[str], separator: str) -> str:
    """Join the items, and count those that nobody would read."""
    more = len(items) - _MOST_LISTED
    return separator.join([*items[:_MOST_LISTED], *([f"and {more} more"] if more > 0 else [])])


def _end(watched: Watched) -> str:
    if watched.error is not None:
        return f"{watched.target.label} {lost_word(watched.error)}"
    reason = reason_in(watched.job) if watched.job else None
    words = f"{watched.target.label} {watched.shown}"
    return f"{words}: {reason}" if reason else words


def _progress(watched: Watched) -> str:
    if watched.job is None:
        return f"{watched.target.label} without an answer"
    words = [watched.target.label, outcome_word(watched.shown, watched.job), percent(watched.job.completion)]
    return " ".join(word for word in words if word)
