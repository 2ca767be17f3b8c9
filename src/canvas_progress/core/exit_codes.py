"""The exit codes that scripts rely on, and which one wins when several jobs call for different ones."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """What the command returns to the shell; `docs/exit-codes.md` has a situation for each."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    JOB_FAILED = 3
    NO_CREDENTIAL = 4
    NO_JOB = 5
    GAVE_UP = 6
    REFUSED = 7
    PENDING = 8
    JOB_CANCELED = 9
    TIMED_OUT = 124
    INTERRUPTED = 130
    READER_GONE = 141
    TERMINATED = 143


_WORST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.READER_GONE,
    ExitCode.USAGE,
    ExitCode.NO_CREDENTIAL,
    ExitCode.UNEXPECTED,
    ExitCode.GAVE_UP,
    ExitCode.NO_JOB,
    ExitCode.REFUSED,
    ExitCode.TIMED_OUT,
    ExitCode.JOB_FAILED,
    ExitCode.JOB_CANCELED,
    ExitCode.PENDING,
    ExitCode.OK,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that says most about what went wrong, OK for none."""
    return min(codes, key=_WORST_FIRST.index, default=ExitCode.OK)
