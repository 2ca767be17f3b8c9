"""A job as Canvas sent it: read tolerantly, kept verbatim."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from canvas_progress.core.outcome import Outcome, outcome_of
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from datetime import datetime


@record
class Job:
    """One answer about one job.

    `completion` is in percent and may be null, a fraction, or fall again. `created_at` and `updated_at` are aware
    times. `results` is JSON text. `verbatim` is the whole answer on one line, for `--json` and for nothing else.
    `own_outcome` is what the state means where it is not one of a Progress. `warnings` is how many a completed job
    came with, and `link` is the URL of the file that it made.
    """

    id: int
    state: str
    completion: float | None = None
    tag: str | None = None
    context_type: str | None = None
    context_id: int | None = None
    user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    message: str | None = None
    results: str | None = None
    verbatim: str = field(default="", repr=False)
    own_outcome: Outcome | None = None
    warnings: int = 0
    link: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What became of the job, as far as this answer says."""
        return self.own_outcome or outcome_of(self.state, self.message)

    @property
    def context(self) -> str | None:
        """The context in words, such as `Course 812`."""
        parts = [str(part) for part in (self.context_type, self.context_id) if part is not None]
        return " ".join(parts) or None
