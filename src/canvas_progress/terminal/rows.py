"""The row of one job in the live view: what it says, in columns that the layout has fixed.

A message takes the place of what the job itself no longer needs, so that nothing moves in other rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from canvas_progress.core.job_times import elapsed, time_left, usual_time
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import (
    brief_span,
    brief_time,
    countdown,
    glimpse,
    in_words,
    one_line,
    percent,
    soon,
    visible,
)
from canvas_progress.terminal.layout import GAP, cut, cut_label
from canvas_progress.terminal.row_layout import PERCENT, WORD
from canvas_progress.terminal.symbols import NOT_READ_YET, SYMBOL_OF, bar, lost_word, trouble_word

if TYPE_CHECKING:
    from canvas_progress.core.job import Job
    from canvas_progress.core.watched import Watched
    from canvas_progress.terminal.row_layout import RowLayout

_STILL: Final = 30.0  # seconds without a change after which a row says so
_ALL: Final = 100.0  # percent
_SHORTEST_TYPE: Final = 4  # of what a context is, beside its id


def row(watched: Watched, now: float, layout: RowLayout, *, unicode: bool) -> Text:
    """Return the line of a job."""
    job = watched.job
    symbol = SYMBOL_OF[watched.shown] if job or watched.is_over else NOT_READ_YET
    mark = "…" if unicode else ""
    line = Text(f"{symbol.unicode if unicode else symbol.ascii} ", style=symbol.style)
    line.append(_padded(cut_label(watched.target.label, layout.id, mark), layout.id), style="default")
    line.append(_padded(word(watched), WORD, GAP if layout.bar else 1))
    line.append(_bar(watched, layout.bar, unicode=unicode))
    line.append(_padded(f"{percent(job.completion) if job else '':>{PERCENT}}", PERCENT), style="default")
    if job is None and layout.unknown:  # all that is known of it is why
        line.append(cut(_note(watched, now), layout.unknown, mark), style=_note_style(watched))
    elif job is not None:
        _append_known(line, job, elapsed(watched, now), layout, mark)
        _append_tail(line, watched, now, layout, mark)
    line.rstrip()
    return line


def word(watched: Watched) -> str:
    """Return one word for how a job is."""
    if watched.job is None and not watched.is_over:
        return "finding" if watched.target.link else "polling"
    if watched.stalled:
        return "stalled"
    if watched.error is not None:
        return lost_word(watched.error)
    if watched.shown is Outcome.RUNNING and watched.job and (watched.job.completion or 0.0) >= _ALL:
        return "finishing"
    return watched.shown.value


def is_still(watched: Watched, now: float, seconds: float = _STILL) -> bool:
    """Return whether nothing has changed for so long about a job that goes on."""
    return watched.job is not None and not watched.is_over and now - watched.changed_at > seconds


def _bar(watched: Watched, width: int, *, unicode: bool) -> str:
    """Draw the bar; a job that is over without a completion has none."""
    completion = watched.job.completion if watched.job else None
    if not width or (completion is None and watched.is_over):
        return " " * width
    return bar(watched.shown, completion, width, unicode=unicode)


def _append_known(line: Text, job: Job, seconds: float | None, layout: RowLayout, mark: str) -> None:
    """Append what a job took or how old it is, and its tag, where these have a column."""
    if layout.elapsed:
        text = "" if seconds is None else brief_time(seconds)
        line.append(_padded(f"{text:>{layout.elapsed}}", layout.elapsed), style="default")
    if layout.tag:
        line.append(_padded(cut(visible(job.tag or ""), layout.tag, mark), layout.tag), style="default")


def _append_tail(line: Text, watched: Watched, now: float, layout: RowLayout, mark: str) -> None:
    """Append the time left, the context and what there is to say, each where it belongs."""
    left, note = _left(watched, now, layout.left), _note(watched, now)
    note_at = _note_at(cell_len(note), layout, is_free=not left)
    pieces = [(0, left, "dim")]
    if layout.rest and (not note or note_at > layout.rest_at):
        context = _context(watched.job, layout.context or layout.rest, mark)
        pieces.append((layout.rest_at, context, "default"))
    if note and note_at < layout.tail:
        pieces.append((note_at, cut(note, layout.tail - note_at, mark), _note_style(watched)))
    begin = line.cell_len
    for at, text, style in pieces:
        line.append(" " * (begin + at - line.cell_len))
        line.append(text, style=style)


def _note_at(width: int, layout: RowLayout, *, is_free: bool) -> int:
    """Return where a note of this width begins: as far to the right as it fits whole, else where it has most room.

    `is_free` is whether the place of the time left is.
    """
    places = [layout.note_at] * bool(layout.context) + [layout.rest_at] * bool(layout.rest) + [0] * is_free
    whole = (at for at in places if width <= layout.tail - at)
    return next(whole, places[-1] if places else layout.tail)


def _left(watched: Watched, now: float, room: int) -> str:
    """Return the time left, or what such jobs take; a part of it would be wrong."""
    text = ""
    if (left := time_left(watched, now)) is not None:
        text = countdown(left)
    elif (usual := usual_time(watched, now)) is not None:
        text = f"usually {brief_span(usual)}"
    return text if len(text) <= room else ""


def _note_style(watched: Watched) -> str:
    return "default" if watched.is_over else "dim"


def _note(watched: Watched, now: float) -> str:
    """Return what there is to say about a job beside its state."""
    if watched.error is not None:
        return one_line(watched.error.message)
    if watched.trouble is not None:
        return f"{trouble_word(watched.trouble)}, retrying in {soon(watched.due - now)}"
    job = watched.job
    if job is None:
        return "its job is not known yet" if watched.target.link else ""
    if job.outcome is Outcome.QUEUED and job.tag == "course_pace_publish" and not job.message:
        return "Canvas lets these wait 5 min"
    parts = [
        f"state: {visible(job.state)}" if watched.shown is Outcome.UNKNOWN else "",
        f"no change for {in_words(now - watched.changed_at)}" if watched.stalled or is_still(watched, now) else "",
        glimpse(job.message or ""),
    ]
    return ", ".join(part for part in parts if part)


def _context(job: Job | None, room: int, mark: str) -> str:
    """Return the context with all of its id, or nothing."""
    text = visible(job.context or "") if job else ""
    if job is None or cell_len(text) <= room:
        return text
    id_ = "" if job.context_id is None else f" {job.context_id}"
    space = room - len(id_)
    return f"{cut(visible(job.context_type or ''), space, mark)}{id_}" if space >= _SHORTEST_TYPE else ""


def _padded(text: str, width: int, gap: int = GAP) -> str:
    """Return a cell with the gap after it; an id is longer rather than cut."""
    return text + " " * (max(width - cell_len(text), 0) + gap)
