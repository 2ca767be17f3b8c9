"""What a watch knows of one job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Pace

if TYPE_CHECKING:
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.job import Job
    from canvas_progress.core.refs import Target


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of one job. Times are those of the caller's monotonic clock, in seconds.

    `born` is when the job was created, translated to that clock. `outcome` is set once nothing more is to be asked;
    `error` says why if that is not because the job has ended.
    """

    target: Target
    job: Job | None = None
    seen_at: float = 0.0
    born: float = 0.0
    changed_at: float = 0.0
    pace: Pace = Pace()
    failures: int = 0
    failing_since: float | None = None
    trouble: CanvasProgressError | None = None
    due: float = 0.0
    outcome: Outcome | None = None
    ended_at: float | None = None
    error: CanvasProgressError | None = None
    stalled: bool = False
    awaits_results: bool = False

    @property
    def shown(self) -> Outcome:
        """The outcome to show: the final one, else the latest."""
        if self.outcome is not None:
            return self.outcome
        return self.job.outcome if self.job else Outcome.UNKNOWN

    @property
    def is_over(self) -> bool:
        """Whether the job is no longer asked for."""
        return self.outcome is not None
