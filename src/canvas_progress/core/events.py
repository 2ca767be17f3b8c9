"""What can happen during a watch, as plain records; the views decide how each one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.refs import Target


@record
class Seen:
    """The first answer about a job. `ended_ago` is in seconds, of one that had ended a while before."""

    target: Target
    job: Job
    ended_ago: float | None = None


@record
class Changed:
    """An answer that differs from the one before."""

    target: Target
    job: Job


@record
class Stalled:
    """Nothing changed for `seconds`; the job is no longer watched."""

    target: Target
    job: Job
    seconds: float


@record
class Trouble:
    """A request that failed. `retry_in` is in seconds; None when it will not be repeated."""

    target: Target
    error: CanvasProgressError
    retry_in: float | None
    attempt: int


@record
class Finished:
    """The last event of a job. `job` is the last answer, None if there was none."""

    target: Target
    outcome: Outcome
    job: Job | None


Event = Seen | Changed | Stalled | Trouble | Finished
