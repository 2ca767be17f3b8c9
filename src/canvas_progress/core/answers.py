"""What the client hands to everybody else after a good answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from canvas_progress.core.job import Job


@record
class About:
    """What the headers of an answer say.

    `date` is the server's clock. `user_id` is who the token belongs to. `cost` and `quota` are in units of the token's
    bucket: what this request cost, and what is left. `ms` is how long it took.
    """

    date: datetime | None = None
    user_id: int | None = None
    cost: float | None = None
    quota: float | None = None
    ms: float = 0.0


@record
class Answer:
    """A job and what came with it. `had_ended` is one that a cancellation found no more, read in its place."""

    job: Job
    about: About = About()
    had_ended: bool = False


@record
class Exchange:
    """One request and what came of it, for `--verbose`. `status` is None where no answer came."""

    method: str
    path: str
    status: int | None
    ms: float
    cost: float | None = None
    quota: float | None = None

    def in_words(self) -> str:
        """Return what `--verbose` says of it."""
        answer = "no answer" if self.status is None else str(self.status)
        parts = [f"{self.method} {self.path} {answer}", f"{self.ms:.0f} ms"]
        if self.cost is not None:
            parts.append(f"cost {self.cost:g} units")
        if self.quota is not None:
            parts.append(f"quota left {self.quota:g} units")
        return ", ".join(parts)
