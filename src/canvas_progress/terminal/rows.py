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
from canvas_progress.terminal.layout import GAP, broken_label, cut
from canvas_progress.terminal.row_layout import PERCENT, SYMBOL, WORD
from canvas_progress.terminal.symbols import NOT_READ_YET, SYMBOL_OF, bar, lost_word, trouble_word

if TYPE_CHECKING:
    from canvas_progress.core.job import Job
    from canvas_progress.core.watched import Watched
    from canvas_progress.terminal.row_layout import RowLayout

    _Cell = tuple[int, str, str]  # where it begins, what it says, its style

_STILL: Final = 30.0  # seconds without a change after which a row says so
_ALL: Final = 100.0  # percent
_SHORTEST_TYPE: Final = 4  # of what a context is, beside its id


def row(watched: Watched, now: float, layout: RowLayout, *, unicode: bool) -> list[Text]:
    """Return the lines of a job: one, unless its id is above."""
    job = watched.job
    *above, line = _begun(watched, layout, unicode=unicode)
    line.append(_padded(word(watched), WORD, 1))
    line.append(f"{percent(job.completion) if job else '':>{PERCENT}}", style="default")
    begin = line.cell_len + GAP
    for at, text, style in _cells(watched, now, layout, unicode=unicode):
        if text:
            line.append(" " * (begin + at - line.cell_len))
            line.append(text, style=style)
    line.rstrip()
    return [*above, line]


def _begun(watched: Watched, layout: RowLayout, *, unicode: bool) -> list[Text]:
    """Return the symbol and the id, on lines above where they have no room beside all that must be said."""
    symbol = SYMBOL_OF[watched.shown] if watched.job or watched.is_over else NOT_READ_YET
    line = Text(f"{symbol.unicode if unicode else symbol.ascii} ", style=symbol.style)
    if layout.id:
        return [line.append(_padded(watched.target.label, layout.id), style="default")]
    indent = " " * SYMBOL
    first, *others = broken_label(watched.target.label, layout.width - SYMBOL)
    above = [line.append(first, style="default"), *(Text(f"{indent}{part}", style="default") for part in others)]
    return [*above, Text(indent, style=symbol.style)]


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


def _cells(watched: Watched, now: float, layout: RowLayout, *, unicode: bool) -> list[_Cell]:
    """Return what stands after the percentage; a note takes the place of all that would stand behind its beginning."""
    mark = "…" if unicode else ""
    left, note = _left(watched, now, layout.left), _note(watched, now)
    cells = [
        *_known(watched, now, layout, mark),
        (layout.bar_at, _bar(watched, layout.bar, unicode=unicode), ""),
        (layout.left_at, left, "dim"),
        (layout.rest_at, _context(watched.job, layout.context or layout.rest, mark), "default"),
    ]
    at = _note_at(watched, cell_len(note), layout, is_free=not left)
    if not note or at >= layout.end:
        return cells
    return [
        *(cell for cell in cells if cell[0] < at),
        (at, cut(note, layout.end - at, mark), "default" if watched.is_over else "dim"),
    ]


def _known(watched: Watched, now: float, layout: RowLayout, mark: str) -> list[_Cell]:
    """Return what a job took or how old it is, and its tag, where these have a column."""
    if watched.job is None:
        return []
    seconds = elapsed(watched, now)
    time = "" if seconds is None or not layout.elapsed else f"{brief_time(seconds):>{layout.elapsed}}"
    tag = cut(visible(watched.job.tag or ""), layout.tag, mark) if layout.tag else ""
    return [(0, time, "default"), (layout.tag_at, tag, "default")]


def _note_at(watched: Watched, width: int, layout: RowLayout, *, is_free: bool) -> int:
    """Return where a note of this width begins: as far to the right as it fits whole, else where it has most room.

    `is_free` is whether the place of the time left is. That of the bar is too once a job has ended without completing,
    and all of them where nothing else is known of it.
    """
    if watched.job is None:
        return 0
    places = [layout.note_at] * bool(layout.context) + [layout.rest_at] * bool(layout.rest) + [layout.left_at] * is_free
    if watched.is_over and watched.shown is not Outcome.COMPLETED:
        places.append(layout.bar_at)
    whole = (at for at in places if width <= layout.end - at)
    return next(whole, places[-1] if places else layout.end)


def _bar(watched: Watched, width: int, *, unicode: bool) -> str:
    """Draw the bar; a job that is over without a completion has none."""
    completion = watched.job.completion if watched.job else None
    if not width or (completion is None and watched.is_over):
        return ""
    return bar(watched.shown, completion, width, unicode=unicode)


def _left(watched: Watched, now: float, room: int) -> str:
    """Return the time left, or what such jobs take; a part of it would be wrong."""
    text = ""
    if (left := time_left(watched, now)) is not None:
        text = countdown(left)
    elif (usual := usual_time(watched, now)) is not None:
        text = f"usually {brief_span(usual)}"
    return text if len(text) <= room else ""


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
