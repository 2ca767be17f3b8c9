"""The symbol, the word and the colour of each outcome. Never colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.record import record
from canvas_progress.core.wording import counted, visible

if TYPE_CHECKING:
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.job import Job

SYMBOLS: Final = "✓●◌✗⊘◇◐━╸╶┄…·"


@record
class Symbol:
    """How an outcome is marked: a character, one of plain ASCII, and a Rich style."""

    unicode: str
    ascii: str
    style: str


SYMBOL_OF: Final = {
    Outcome.QUEUED: Symbol("◌", ".", "yellow"),
    Outcome.RUNNING: Symbol("●", "*", "cyan"),
    Outcome.WAITING: Symbol("◐", "o", "magenta"),
    Outcome.COMPLETED: Symbol("✓", "+", "green"),
    Outcome.FAILED: Symbol("✗", "x", "bold red"),
    Outcome.CANCELED: Symbol("⊘", "-", "yellow"),
    Outcome.GONE: Symbol("◇", "!", "bold red"),
    Outcome.UNKNOWN: Symbol("?", "?", "magenta"),
    Outcome.UNREAD: Symbol("·", ".", "dim"),
}
_LOST: Final = {"missing": "missing", "permission": "forbidden", "credential": "refused"}
_TROUBLE: Final = {
    "throttled": "throttled",
    "server": "server error",
    **dict.fromkeys(("answer", "not-canvas", "not-a-progress", "oversized"), "odd answer"),
}
NOT_READ_YET: Final = Symbol("·", " ", "dim")


def outcome_word(outcome: Outcome, job: Job | None) -> str:
    """Return the outcome as it is shown: a state that this version does not know is shown as it came."""
    if outcome is Outcome.UNKNOWN and job is not None:
        return f"unknown ({visible(job.state)})"
    return outcome.value


def ending(job: Job) -> str:
    """Return what became of a job, and with how many warnings."""
    return f"{job.outcome} with {counted(job.warnings, 'warning')}" if job.warnings else str(job.outcome)


def lost_word(error: CanvasProgressError) -> str:
    """Return one word for why a job cannot be read any more."""
    return _LOST.get(error.code, "no answer")


def trouble_word(error: CanvasProgressError) -> str:
    """Return what went wrong with a request that is retried, in a word or two."""
    return _TROUBLE.get(error.code, "no answer")


def bar(outcome: Outcome, completion: float | None, width: int, *, unicode: bool = True) -> str:
    """Draw a completion in percent as a bar of this many cells.

    Without one, a job that has not begun has a broken line, one that is under way an empty track, and one that has
    ended nothing.
    """
    if completion is None:
        return _track(outcome, width, unicode=unicode)
    halves = round(2 * width * min(max(completion, 0.0), 100.0) / 100)
    if completion < 100:  # noqa: PLR2004  # only a full hundred fills the bar
        halves = min(halves, 2 * width - 1)
    full, half = divmod(halves, 2)
    if not unicode:
        return "#" * full + "." * (width - full)
    return "━" * full + "╸" * half + "┄" * (width - full - half)


def _track(outcome: Outcome, width: int, *, unicode: bool) -> str:
    """Draw the bar of a job that says nothing of its completion."""
    if outcome.is_final:
        return " " * width
    if outcome is Outcome.RUNNING:
        return ("┄" if unicode else ".") * width
    return ("╶" * width) if unicode else (". " * width)[:width]
