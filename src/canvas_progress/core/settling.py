"""Whether a cancellation holds. Some jobs write over it, start anew or crash on it; most never look at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from canvas_progress.core.cancellation import is_marked
from canvas_progress.core.outcome import Outcome

if TYPE_CHECKING:
    from canvas_progress.core.job import Job

HOLDS_AFTER: Final = 30.0  # seconds without any change
_SHORTEST, _LONGEST = 1.0, 5.0  # seconds between reads
_SHARE_OF_AGE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Settling:
    """A job that was marked as canceled, and what was seen of it since. Times in seconds of a monotonic clock.

    `verdict` is set once nothing more is to be expected.
    """

    message: str
    job: Job
    marked_at: float
    changed_at: float
    verdict: str | None = None

    def after(self, job: Job, now: float) -> Settling:
        """Return what is known after one more read."""
        changed = job.verbatim != self.job.verbatim
        new = replace(self, job=job, changed_at=now if changed else self.changed_at)
        return replace(new, verdict=_verdict(new, now))

    def next_read(self, now: float) -> float:
        """Return the seconds until it should be read again: soon at first, seldom later."""
        wait = min(max(_SHARE_OF_AGE * (now - self.marked_at), _SHORTEST), _LONGEST)
        return min(wait, max(self.changed_at + HOLDS_AFTER - now, _SHORTEST))


def _verdict(now_known: Settling, now: float) -> str | None:
    job = now_known.job
    if is_marked(job, now_known.message):
        still = now - now_known.changed_at
        return f"the cancellation has held for {still:.0f} s" if still >= HOLDS_AFTER else None
    if not job.outcome.is_final:
        return None  # it was started anew, and what it comes to counts
    if job.outcome is Outcome.COMPLETED:
        return "the job wrote over the cancellation and completed"
    return f"the job wrote over the cancellation: {job.state}" + (f", {job.message}" if job.message else "")
