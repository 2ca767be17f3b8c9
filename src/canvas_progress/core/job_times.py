"""How long jobs have taken, and how long they have left: only where that is honest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from canvas_progress.core.watched import Watched

_LEAST: Final = 1.0  # seconds; of less nothing is said
_ENOUGH: Final = 5  # jobs that ended during the watch; fewer show no rate
_SILENCE: Final = 5.0  # times the usual gap between two ends, after which the rate is no longer believed


def elapsed(watched: Watched, now: float) -> float | None:
    """Return how long the job took if it has ended, else how old it is; None before the first answer."""
    job = watched.job
    if job is None:
        return None
    if watched.is_over and watched.target.course is None and job.created_at and job.updated_at:
        took = (job.updated_at - job.created_at).total_seconds()
        if took > 0:  # Canvas cancels in bulk without touching `updated_at`
            return took
    return (watched.ended_at if watched.ended_at is not None else now) - watched.born


def time_left(watched: Watched, now: float) -> float | None:
    """Return the seconds left by the job's own pace; None where that is unknown, in trouble or overdue."""
    if watched.is_over or watched.trouble or watched.shown is not Outcome.RUNNING:
        return None
    left = watched.pace.left(now - watched.born)
    return left if left is not None and left >= _LEAST else None


def usual_time(watched: Watched, now: float) -> float | None:
    """Return what such jobs take, in seconds, of a job that says less about itself and is not overdue."""
    if watched.is_over or watched.trouble or watched.prior is None:
        return None
    age = now - watched.born
    moves = watched.shown is Outcome.RUNNING and watched.pace.left(age) is not None
    is_usual = watched.shown in {Outcome.QUEUED, Outcome.RUNNING} and age < watched.prior.median
    return watched.prior.median if is_usual and not moves else None


def all_left(jobs: Sequence[Watched], started: float, now: float) -> float | None:
    """Return the seconds until all jobs have ended: as the slowest one says, or the rate at which others ended."""
    known = [time_left(watched, now) for watched in jobs if not watched.is_over]
    lefts = [left for left in known if left is not None]
    if len(lefts) == len(known):
        return max(lefts, default=None)
    ends = sorted(end for watched in jobs if (end := _end(watched)) is not None and end > started)
    by_rate = _left_by_rate(ends, len(known), now)
    return None if by_rate is None else max([by_rate, *lefts])


def _end(watched: Watched) -> float | None:
    """Return when a job ended, which may be long before that was seen; None while it goes on."""
    if watched.ended_at is None:
        return None
    took = elapsed(watched, watched.ended_at)
    return watched.ended_at if took is None else min(watched.ended_at, watched.born + took)


def _left_by_rate(ends: Sequence[float], number: int, now: float) -> float | None:
    """Return how long so many jobs take at the rate of the latest half of these ends."""
    latest = ends[-max(_ENOUGH, len(ends) // 2) :]
    if len(latest) < _ENOUGH:
        return None
    gap = (latest[-1] - latest[0]) / (len(latest) - 1)
    if now - latest[-1] > max(_SILENCE * gap, _LEAST):
        return None
    left = number * (now - latest[0]) / (len(latest) - 1)
    return left if left >= _LEAST else None
