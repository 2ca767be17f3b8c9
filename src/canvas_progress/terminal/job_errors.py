"""The errors of several jobs: each with the jobs that it is about, and what is the same for several only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.wording import about

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.terminal.terminal import Terminal


def report(found: Iterable[tuple[str, CanvasProgressError]], jobs: int, terminal: Terminal) -> None:
    """Say what went wrong with some of so many jobs, each by its label."""
    pairs = tuple(found)
    for error in {error.message: error for _, error in pairs}.values():
        labels = [label for label, other in pairs if other.message == error.message]
        terminal.error(error, about(labels, jobs - len(labels), error.message))
