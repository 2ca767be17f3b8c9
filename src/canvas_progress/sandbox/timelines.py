"""Builders of the usual series of writes, so that a script reads as one line of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.sandbox.rows import Write

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json


def climb(start: float, end: float, *, low: float = 0.0, high: float = 100.0, steps: int = 20) -> tuple[Write, ...]:
    """Write the completion in equal steps strictly between two moments."""
    return tuple(
        Write(at=start + (end - start) * step / steps, completion=low + (high - low) * step / steps)
        for step in range(1, steps)
    )


def run(
    queued: float, runs: float, *, steps: int = 20, message: str | None = None, results: Json = None
) -> tuple[Write, ...]:
    """Queue, run while the completion climbs, and complete."""
    end = queued + runs
    ending = Write(at=end, state="completed", completion=100.0, message=message, results=results)
    return (Write(at=queued, state="running"), *climb(queued, end, steps=steps), ending)


def breakdown(
    queued: float, runs: float, *, reached: float, message: str | None, results: Json = None
) -> tuple[Write, ...]:
    """Queue, run for a while and fail; the completion stays where it was."""
    end = queued + runs
    ending = Write(at=end, state="failed", message=message, results=results)
    return (Write(at=queued, state="running"), *climb(queued, end, high=reached), ending)


def long_ago(ago: float, *, message: str | None = None, results: Json = None) -> tuple[Write, ...]:
    """Complete before the job was first asked for."""
    return (Write(at=-ago, state="completed", completion=100.0, message=message, results=results),)
