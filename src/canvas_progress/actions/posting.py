"""The one request that changes something. It is never repeated blindly: after a doubtful failure a read decides."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from canvas_progress.actions.asking import asked_once
from canvas_progress.actions.patience import read_patiently
from canvas_progress.core.backoff import backoff
from canvas_progress.core.cancellation import is_marked, what_follows
from canvas_progress.core.errors import AnswerError, CanvasProgressError, NetworkError, ThrottledError, UnavailableError
from canvas_progress.core.wording import soon

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.job import Job
    from canvas_progress.core.refs import Target

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Posted:
    """How the job stands after the request, whether it is marked, and in words what that means."""

    job: Job
    took: bool
    reason: str


def post(target: Target, message: str, adapters: Adapters, *, before: Job) -> Posted:
    """Mark the job as canceled. Raises CanvasProgressError if Canvas refuses, or cannot be reached at all."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            job = asked_once(lambda job: adapters.jobs.cancel(job, message), target, adapters.clock).job
            if is_marked(job, message):
                return Posted(job, took=True, reason=what_follows(before, job))
            return Posted(job, took=False, reason=f"Canvas answered that it is {job.outcome}")
        except (UnavailableError, AnswerError) as error:
            if attempt == _ATTEMPTS:
                raise
            if _took_effect_perhaps(error):
                adapters.terminal.note(f"{error.message}; looking whether it took effect")
                job = read_patiently(target, adapters).job
                if is_marked(job, message) and not is_marked(before, message):
                    return Posted(job, took=True, reason=what_follows(before, job))
                if job.outcome.is_final and job.verbatim != before.verbatim:
                    return Posted(job, took=False, reason=f"it has meanwhile ended as {job.outcome}")
            _pause(error, attempt, adapters)
    raise AssertionError  # pragma: no cover  # the last attempt returns or raises


def _took_effect_perhaps(error: CanvasProgressError) -> bool:
    """Tell whether Canvas may have done it all the same: yes, unless the request cannot have reached it."""
    if isinstance(error, NetworkError):
        return error.sent
    return not isinstance(error, ThrottledError)


def _pause(error: CanvasProgressError, attempt: int, adapters: Adapters) -> None:
    pause = backoff(attempt, random.random(), error)  # noqa: S311  # jitter is no secret
    adapters.terminal.note(f"{error.message}, trying again in {soon(pause)}")
    adapters.clock.sleep(pause)
