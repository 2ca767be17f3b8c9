"""`cancel --wait`: read on until the cancellations have held for a while, or jobs wrote over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.actions.patience import read_patiently
from canvas_progress.core.cancellation import is_marked
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.outcome import exit_code_of
from canvas_progress.core.settling import Settling

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.job import Job
    from canvas_progress.core.refs import Target


def settled(target: Target, marked: Job, message: str, adapters: Adapters, *, since: float) -> Settling:
    """Read a job that was marked at `since` until nothing more is to be expected. Raises CanvasProgressError."""
    clock = adapters.clock
    state = Settling(message, marked, since, since)
    while state.verdict is None:
        before = state.job.outcome
        state = state.after(read_patiently(target, adapters).job, clock.monotonic())
        if before.is_final and not state.job.outcome.is_final:
            adapters.terminal.note(f"{target.label} was started anew and is {state.job.outcome}")
        if state.verdict is None:
            clock.sleep(state.next_read(clock.monotonic()))
    return state


def exit_code(state: Settling) -> ExitCode:
    """Return 0 for a cancellation that held, else what the job became."""
    return ExitCode.OK if is_marked(state.job, state.message) else exit_code_of(state.job.outcome)
