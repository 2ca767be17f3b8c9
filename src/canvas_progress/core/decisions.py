"""What a state machine may decide to do next, and why a watch may be over."""

from __future__ import annotations

from enum import Enum
from typing import Generic, TypeVar

from canvas_progress.core.record import record

R = TypeVar("R")


class Ending(Enum):
    """Why a watch is over."""

    ALL_FINISHED = "all finished"
    FIRST_COMPLETED = "one completed"
    FIRST_FAILED = "one failed"
    TIMED_OUT = "timed out"
    CREDENTIAL = "credential refused"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"


@record
class Send(Generic[R]):
    """Send this request now."""

    request: R


@record
class Wait:
    """Nothing is due for this many seconds, except for answers that are on their way."""

    seconds: float


@record
class Stop:
    """Nothing more is to be done."""
