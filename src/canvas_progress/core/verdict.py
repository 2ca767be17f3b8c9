"""The exit code of a command that looked at several jobs, computed here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.decisions import Ending
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.outcome import exit_code_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.watched import Watched

_BY_ENDING = {
    Ending.INTERRUPTED: ExitCode.INTERRUPTED,
    Ending.TERMINATED: ExitCode.TERMINATED,
    Ending.CREDENTIAL: ExitCode.NO_CREDENTIAL,
    Ending.TIMED_OUT: ExitCode.TIMED_OUT,
}
_ABOUT_OUTCOMES = frozenset({ExitCode.JOB_FAILED, ExitCode.JOB_CANCELED})


def of_watch(watch: Watch, *, exit_zero: bool = False) -> ExitCode:
    """Return what a watch that is over calls for. `exit_zero` forgives jobs that failed or were canceled."""
    codes = [_of_watched(watched) for watched in watch.jobs if watched.is_over]
    if watch.ending is Ending.FIRST_COMPLETED:
        return ExitCode.OK
    if watch.ending in _BY_ENDING:
        codes.append(_BY_ENDING[watch.ending])
    return worst(ExitCode.OK if exit_zero and code in _ABOUT_OUTCOMES else code for code in codes)


def of_outcomes(outcomes: Iterable[Outcome]) -> ExitCode:
    """Return what `show --exit-status` calls for."""
    return worst(exit_code_of(outcome) for outcome in outcomes)


def is_wanting(outcome: Outcome) -> bool:
    """Whether this outcome keeps a command that reports outcomes from exiting with 0."""
    return exit_code_of(outcome) is not ExitCode.OK


def _of_watched(watched: Watched) -> ExitCode:
    if watched.error is not None:
        return watched.error.exit_code
    return ExitCode.TIMED_OUT if watched.stalled else exit_code_of(watched.shown)
