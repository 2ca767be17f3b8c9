"""Jobs that are remembered on this machine as they are read: whatever the command, and without its help."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from canvas_progress.core.remembered import remembered

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Jobs
    from canvas_progress.clock import Clock
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.refs import Target
    from canvas_progress.storage.recent import Recent


class Remembering:
    """Passes everything on, and notes each job when its outcome is a new one."""

    def __init__(self, jobs: Jobs, recent: Recent, clock: Clock) -> None:
        self._jobs = jobs
        self._recent = recent
        self._clock = clock
        self._noted: dict[Target, Outcome] = {}
        self._noting = Lock()

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now. Raises CanvasProgressError."""
        answer = self._jobs.read(target)
        if self._noted.get(target) is not answer.job.outcome:
            self._note(target, answer, canceled=False)
        return answer

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, without any guard. Raises CanvasProgressError."""
        answer = self._jobs.cancel(target, message)
        self._note(target, answer, canceled=True)
        return answer

    def _note(self, target: Target, answer: Answer, *, canceled: bool) -> None:
        now = self._clock.now().timestamp()
        job = remembered(target, answer.job, now, canceled=canceled)
        with self._noting:  # one writer of ours at a time; other processes have locks of their own
            self._noted[target] = answer.job.outcome
            self._recent.note((job,))
