"""A Progress job as data: who owns it, what it writes when, and what becomes of the rest when it is cancelled.

Cancelling in Canvas only rewrites the row; no job is stopped by it. What follows depends on how the job was written,
which is why the same request has five different aftermaths here.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, assert_never

from canvas_progress.sandbox.writes import Row, Write, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.sandbox.messages import Json

CALLER: Final = 10  # the user whose token the sandbox gives out
_NEW: Final = {"state": "queued", "completion": None, "message": None, "results": None}


class OnCancel(Enum):
    """What a job does after its Progress was failed by a cancel."""

    COOPERATES = auto()  # reloads the row between items and stops
    IGNORES = auto()  # works on; the row stays failed while its completion climbs
    OVERWRITES = auto()  # writes its own ending over the cancel, unless it had not started: then it dies
    RESETS = auto()  # begins by resetting the row, so a cancel made while queued is undone
    CRASHES = auto()  # raises, and the error replaces the message of the cancel


@dataclass(frozen=True, slots=True)
class Cancel:
    """One cancel that Canvas accepted; the unit of `at` is the one of the writes it is laid over."""

    at: float
    message: str | None


@dataclass(frozen=True, slots=True)
class Script:
    """One job of a scenario; `writes` are in the order of their times."""

    id: int
    about: str
    writes: tuple[Write, ...]
    _: KW_ONLY
    tag: str
    context: tuple[str, int] = ("Course", 5)
    owner: int | None = CALLER
    on_cancel: OnCancel = OnCancel.IGNORES
    age: float = 0.0  # how many seconds the row existed before it was first requested
    readable: bool = True
    public: bool = False  # its course may be read without a token
    lti_linked: bool = False  # its assignment belongs to the LTI tool
    utc_offset: int = 0  # hours; other than 0 the timestamps are written with an offset instead of Z
    url_base: str | None = None  # another scheme and host in `url` than the request's
    extra: Mapping[str, Json] = field(default_factory=dict)


def row_at(script: Script, seconds: float, *, cancels: tuple[Cancel, ...] = ()) -> Row | None:
    """Return the row so many seconds after the job was first requested, or None once it is gone."""
    writes = script.writes
    for cancel in cancels:
        before = tuple(one for one in writes if one.at <= cancel.at)
        after = tuple(one for one in writes if one.at > cancel.at)
        started = any(one.columns.get("state") == "running" for one in before)
        rewrite = write(cancel.at, state="failed", message=cancel.message)
        writes = (*before, rewrite, *_aftermath(script.on_cancel, after, started=started))
    return Row(_NEW, -script.age).after(writes, until=seconds)


def _aftermath(on_cancel: OnCancel, rest: tuple[Write, ...], *, started: bool) -> tuple[Write, ...]:
    """Return what still gets written of the rest of a job after a cancel."""
    destruction = tuple(one for one in rest if one.destroys)
    # A failed row has no outgoing events, but nothing guards its columns.
    without_events = tuple(one for one in rest if "state" not in one.columns)
    match on_cancel:
        case OnCancel.COOPERATES:
            return destruction
        case OnCancel.IGNORES:
            return without_events
        case OnCancel.OVERWRITES:
            return rest if started else destruction
        case OnCancel.RESETS:
            return without_events if started else rest
        case OnCancel.CRASHES:
            crash = tuple(write(one.at, message="Unexpected error, ID: 9034") for one in rest[:1])
            return (*crash, *destruction)
    assert_never(on_cancel)
