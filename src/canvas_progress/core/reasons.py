"""Why a job did not do what was wanted of it: what Canvas says in its message, else in its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import glimpse

if TYPE_CHECKING:
    from canvas_progress.core.job import Job
    from canvas_progress.core.watched import Watched

_MOST: Final = 200  # characters of results in a sentence
_NOTHING: Final = frozenset({"[]", "{}", "null", '""'})


def reason_in(job: Job) -> str | None:
    """Return what there is to say of a job beside its outcome, on one line; bulk updates fail without a message."""
    if job.message:
        return glimpse(job.message) if job.message != job.outcome else None
    return in_short(job.results) if job.outcome is Outcome.FAILED else None


def in_short(results: str | None) -> str | None:
    """Return as much of results as a sentence has room for, None where there is nothing in them."""
    return None if results is None or results in _NOTHING else glimpse(results, _MOST)


def has_more_to_show(job: Job) -> bool:
    """Whether what `reason_in` returns is not all: of many warnings, or of long results."""
    if job.warnings:
        return True
    return job.outcome is Outcome.FAILED and not job.message and len(job.results or "") > _MOST


def reason_of(watched: Watched) -> str | None:
    """Return why a job of a watch did not complete, or completed with warnings; None for any other."""
    job = watched.job
    if watched.error is not None:
        return watched.error.message
    if job is None or not (watched.shown in {Outcome.FAILED, Outcome.CANCELED} or job.warnings):
        return None
    return job.message or reason_in(job)
