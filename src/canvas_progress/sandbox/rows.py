"""The database row behind a Progress. A job is nothing but a series of timed writes to it, and so is a cancel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canvas_progress.sandbox.messages import Json


class Unchanged(Enum):
    """Marks a column that a write leaves alone, since null is a value of its own."""

    UNCHANGED = auto()


UNCHANGED: Final = Unchanged.UNCHANGED

PENDING: Final = frozenset({"queued", "running", "waiting_for_external_tool"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write; `at` counts seconds since the job was first asked for and may be negative."""

    at: float
    state: str | Unchanged = UNCHANGED
    completion: float | Unchanged | None = UNCHANGED
    message: str | Unchanged | None = UNCHANGED
    results: Json | Unchanged = UNCHANGED
    touches: bool = True  # Rails' update_all leaves updated_at as it was
    destroys: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The columns at one moment; `updated` counts seconds since the job was first asked for."""

    state: str
    completion: float | None
    message: str | None
    results: Json
    updated: float

    @property
    def pending(self) -> bool:
        """Tell whether Canvas hides `results`; a state Canvas does not know is not pending to it."""
        return self.state in PENDING


def written(writes: Iterable[Write], *, created: float, until: float) -> Row | None:
    """Return the row after all writes up to a moment, or None once one of them has destroyed it."""
    state, completion, message = "queued", None, None
    results: Json = None
    updated = created
    for write in writes:
        if write.at > until:
            break
        if write.destroys:
            return None
        state = state if write.state is UNCHANGED else write.state
        completion = completion if write.completion is UNCHANGED else write.completion
        message = message if write.message is UNCHANGED else write.message
        results = results if write.results is UNCHANGED else write.results
        updated = write.at if write.touches else updated
    return Row(state, completion, message, results, updated)
