"""What a command needs of the outside: the engine and what that is made of, the terminal, and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.actions.engine import Engine
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.actions.driver import Driver
    from canvas_progress.actions.engine import Jobs
    from canvas_progress.actions.recording import Recording
    from canvas_progress.clock import Clock
    from canvas_progress.processes import Programs
    from canvas_progress.terminal.terminal import Terminal


@record
class Adapters:
    """The network, the terminal, other programs, the history, and the driver of all requests with its clock."""

    jobs: Jobs
    terminal: Terminal
    driver: Driver
    programs: Programs
    history: Recording

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.driver.clock

    @property
    def engine(self) -> Engine:
        """What is done with the jobs; attempts that fail are noted on the terminal."""
        return Engine(self.jobs, self.driver, self.history, self.terminal.note)
