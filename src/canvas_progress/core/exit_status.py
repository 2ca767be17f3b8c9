"""Which exit code what became of the jobs calls for, worked out here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import TimeLimitError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.signals import Terminated

if TYPE_CHECKING:
    from canvas_progress.core.job import Job
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.watched import Watched

_BY_ENDING = {
    Ending.INTERRUPTED: ExitCode.INTERRUPTED,
    Ending.TERMINATED: ExitCode.TERMINATED,
    Ending.CREDENTIAL: ExitCode.NO_CREDENTIAL,
    Ending.TIMED_OUT: ExitCode.TIMED_OUT,
}
_BY_STOP: dict[type[BaseException], ExitCode] = {
    KeyboardInterrupt: ExitCode.INTERRUPTED,
    Terminated: ExitCode.TERMINATED,
    TimeLimitError: ExitCode.TIMED_OUT,
}
STOPS = tuple(_BY_STOP)
_BY_OUTCOME = {
    Outcome.COMPLETED: ExitCode.OK,
    Outcome.FAILED: ExitCode.JOB_FAILED,
    Outcome.CANCELED: ExitCode.JOB_CANCELED,
    Outcome.GONE: ExitCode.NO_JOB,
}
_ABOUT_OUTCOMES = frozenset({ExitCode.JOB_FAILED, ExitCode.JOB_CANCELED})


def of_watch(watch: Watch, *, exit_zero: bool = False) -> ExitCode:
    """Return what a watch that is over calls for.

    `exit_zero` forgives jobs that failed or were canceled; with a strict policy one that has warnings has failed.
    """
    strict = watch.policy.strict
    codes = [of_watched(watched, strict=strict) for watched in watch.jobs if watched.is_over]
    if watch.ending is Ending.FIRST_COMPLETED:
        return ExitCode.OK
    if watch.ending in _BY_ENDING:
        codes.append(_BY_ENDING[watch.ending])
    return worst(ExitCode.OK if exit_zero and code in _ABOUT_OUTCOMES else code for code in codes)


def of_each(watch: Watch) -> tuple[ExitCode, ...]:
    """Return what each job calls for, in a watch that is over: one that was still polled, what the watch ended by."""
    strict = watch.policy.strict
    by_ending = _BY_ENDING.get(watch.ending) if watch.ending else None
    return tuple(
        by_ending if by_ending is not None and not watched.is_over else of_watched(watched, strict=strict)
        for watched in watch.jobs
    )


def of_stop(stop: BaseException) -> ExitCode:
    """Return what a command calls for that was cut short: by one of `STOPS`, or by a bug."""
    return _BY_STOP.get(type(stop), ExitCode.UNEXPECTED)


def of_outcome(outcome: Outcome) -> ExitCode:
    """Return what a job of this outcome calls for."""
    return _BY_OUTCOME.get(outcome, ExitCode.PENDING)


def of_job(job: Job, *, strict: bool = False) -> ExitCode:
    """Return what a job as it is calls for."""
    return ExitCode.JOB_FAILED if strict and job.warnings else of_outcome(job.outcome)


def of_watched(watched: Watched, *, strict: bool = False) -> ExitCode:
    """Return what one job of a watch calls for."""
    if watched.error is not None:
        return watched.error.exit_code
    if watched.stalled:
        return ExitCode.TIMED_OUT
    if watched.job is not None and watched.shown is Outcome.COMPLETED:
        return of_job(watched.job, strict=strict)
    return of_outcome(watched.shown)
