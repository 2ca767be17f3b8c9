"""What an action needs of the outside: one parameter instead of three."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from canvas_progress.clock import Clock
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.refs import Target
    from canvas_progress.processes import Programs
    from canvas_progress.terminal.terminal import Terminal


class Jobs(Protocol):
    """The jobs of one or more Canvases. Every method raises CanvasProgressError."""

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now."""

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, without any guard."""


@dataclass(frozen=True, slots=True)
class Adapters:
    """The network, the terminal, the time and other programs."""

    jobs: Jobs
    terminal: Terminal
    clock: Clock
    programs: Programs
