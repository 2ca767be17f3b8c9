"""What a watch may decide to do next, and why it may be over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canvas_progress.core.refs import Target


class Ending(Enum):
    """Why a watch is over."""

    ALL_FINISHED = "all finished"
    FIRST_COMPLETED = "one completed"
    FIRST_FAILED = "one failed"
    TIMED_OUT = "timed out"
    CREDENTIAL = "credential refused"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Ask:
    """Send the request for this job now."""

    target: Target


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is due for this many seconds, except for answers that are on their way."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stop:
    """The watch is over."""

    ending: Ending
