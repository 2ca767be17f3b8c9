"""One frame of the live view: from what a watch knows to lines of text. Pure, so that every width can be tested."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import counted, glimpse, in_words, percent, soon, stopwatch, visible
from canvas_progress.terminal.columns import Column, ids, layout
from canvas_progress.terminal.symbols import NOT_READ_YET, SYMBOL_OF, bar, lost_word, outcome_word, trouble_word

if TYPE_CHECKING:
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.watched import Watched

_BAR_MOST, _BAR_LEAST = 24, 8
_WORD, _WORD_MOST = "completed", 24  # the longest but for a state that this version does not know
_TAG_MOST, _CONTEXT_MOST = 30, 40  # a context is short, and its id is never cut
_NOTE_LEAST = 26  # room for Canvas's `Unexpected error, ID: 8812`
_QUOTA_MATTERS: Final = 400.0  # units left below which the header mentions the quota
_STILL: Final = 30.0  # seconds without a change after which a row says so
_ELAPSED: Final = 7  # columns of `1:02:05`
_LEFT, _USUALLY = "59:59 left", "usually 119 min"
_STYLES: Final = {"word": "", "bar": "", "left": "dim"}  # nothing: that of the outcome


@dataclass(frozen=True, slots=True)
class Screen:
    """What there is to draw on: columns, lines, and whether the symbols can be shown."""

    width: int
    height: int
    unicode: bool = True


def frame(watch: Watch, now: float, on: Screen) -> list[Text]:
    """Return the lines to show now: a header, the jobs, and a count of those that have no line."""
    shown, hidden = _picked(watch.jobs, max(on.height - 2, 1), now)
    lines = [_header(watch, now, on)]
    if hidden:
        counts = ", ".join(f"{number} {word}" for word, number in Counter(map(_word, hidden)).most_common())
        lines.append(Text(f"{'…' if on.unicode else '...'} and {len(hidden)} more: {counts}", style="dim"))
    for line in lines:
        line.truncate(on.width, overflow="ellipsis" if on.unicode else "crop")
    lines[1:1] = _rows(shown, now, on)  # these fit, unless a single id is wider than the screen
    for line in lines:
        line.no_wrap = True
    return lines


def _picked(jobs: tuple[Watched, ...], room: int, now: float) -> tuple[list[Watched], list[Watched]]:
    """Split the jobs into those that get a line, in the order given, and the rest. The count of the rest takes one."""
    if len(jobs) <= room:
        return list(jobs), []
    ranked = sorted(range(len(jobs)), key=lambda i: (_interest(jobs[i], now), i))
    picked = set(ranked[: room - 1])
    return [job for i, job in enumerate(jobs) if i in picked], [job for i, job in enumerate(jobs) if i not in picked]


def _interest(watched: Watched, now: float) -> tuple[int, float]:
    """Rank a job for a place on a small screen: failed, in trouble or still, nearest to its end, then the rest."""
    if watched.is_over and watched.shown is not Outcome.COMPLETED:
        return 0, 0.0
    if watched.is_over:
        return 4, 0.0
    if watched.trouble or (watched.job and now - watched.changed_at > 4 * _STILL):
        return 1, 0.0
    if watched.shown is Outcome.RUNNING:
        return 2, -((watched.job.completion if watched.job else None) or 0.0)
    return 3, 0.0


def _header(watch: Watch, now: float, on: Screen) -> Text:
    hosts = ", ".join(base.netloc for base, _ in watch.loads)
    for _, load in watch.loads:
        if load.trouble is not None and watch.ending is None:
            wait = soon(load.hold_until - now)
            text = f"{load.trouble.message}, retrying in {wait}, attempt {load.failures + 1}"
            return Text(text, style="yellow")
    by_outcome = Counter(_word(job) for job in watch.jobs if job.is_over)
    done = by_outcome.pop(Outcome.COMPLETED.value, 0)
    counts = [f"{done} done"] if done else []
    counts += [f"{number} {word}" for word, number in by_outcome.items()]
    parts = [hosts, counted(len(watch.jobs), "job"), ", ".join(counts), stopwatch(now - watch.started)]
    between = " · " if on.unicode else " - "
    text = between.join(part for part in parts if part)
    if cell_len(text) > on.width:  # the clock and the counts say more than the host
        text = between.join(part for part in parts[2:] if part)
    line = Text(text, style="bold")
    quotas = [load.quota for _, load in watch.loads if load.quota is not None and load.quota < _QUOTA_MATTERS]
    if quotas and watch.ending is None:
        quota = f"quota {min(quotas):.0f} left"
        line.pad_right(max(on.width - cell_len(line.plain) - len(quota), 2))
        line.append(quota, style="yellow")
    return line


def _rows(jobs: list[Watched], now: float, on: Screen) -> list[Text]:
    """Return a line for each job."""
    columns = _columns(jobs, now)
    widths = layout(columns, on.width - 2)  # the symbols take two
    shown = [column for column in columns if column.name in widths]
    rows = []
    for number, watched in enumerate(jobs):
        symbol = SYMBOL_OF[watched.shown] if watched.job or watched.is_over else NOT_READ_YET
        line = Text(f"{symbol.unicode if on.unicode else symbol.ascii} ", style=symbol.style)
        for column in shown:
            cell = _cell(column, watched, number, widths[column.name], on)
            style = "dim" if column.name == "note" and not watched.is_over else _STYLES.get(column.name, "default")
            line.append(cell + " " * column.gap, style=style)
        line.rstrip()
        rows.append(line)
    return rows


def _columns(jobs: list[Watched], now: float) -> tuple[Column, ...]:
    """Return all columns. Their last cells, which are no job's, keep them from jumping when a word gets longer."""
    known = [watched.job for watched in jobs]
    tags = [visible(job.tag or "") if job else "" for job in known]
    contexts = [visible(job.context or "") if job else "" for job in known]
    left = _USUALLY if any(watched.prior for watched in jobs) else _LEFT
    return (
        ids([watched.target.label for watched in jobs]),
        Column("word", [*map(_word, jobs), _WORD], min_width=len(_WORD), max_width=_WORD_MOST),
        Column("bar", [" " * _BAR_MOST], drop_order=6, wanted=_BAR_LEAST, gap=1),
        Column("percent", [f"{percent(job.completion) if job else '':>4}" for job in known]),
        Column("elapsed", [f"{stopwatch(_elapsed(watched, now)):>{_ELAPSED}}" for watched in jobs], drop_order=5),
        Column("left", [*(_left(watched, now) for watched in jobs), left], drop_order=2),
        Column("tag", tags, drop_order=4, max_width=_TAG_MOST),
        Column("context", contexts, drop_order=1, max_width=_CONTEXT_MOST),
        Column("note", [_note(watched, now) for watched in jobs], drop_order=3, wanted=_NOTE_LEAST),
    )


def _cell(column: Column, watched: Watched, number: int, width: int, on: Screen) -> str:
    """Return one cell in exactly this many columns of the screen."""
    if column.name == "bar":
        return bar(watched.job.completion if watched.job else None, width, unicode=on.unicode)
    text = column.shorten(str(column.cells[number]), width, "…" if on.unicode else "")
    return set_cell_size(text, width)


def _word(watched: Watched) -> str:
    if watched.job is None and not watched.is_over:
        return "polling"
    if watched.stalled:
        return "stalled"
    if watched.error is not None:
        return lost_word(watched.error)
    return outcome_word(watched.shown, watched.job)


def _elapsed(watched: Watched, now: float) -> float:
    """Return how long the job took if it has ended, else how old it is."""
    job = watched.job
    if job is None:
        return 0.0
    if watched.is_over and watched.target.course is None and job.created_at and job.updated_at:
        took = (job.updated_at - job.created_at).total_seconds()
        if took > 0:  # Canvas cancels in bulk without touching `updated_at`
            return took
    return (watched.ended_at if watched.ended_at is not None else now) - watched.born


def _left(watched: Watched, now: float) -> str:
    """Return the time left, or what such jobs take, only while it is honest: not overdue, no trouble."""
    if watched.is_over or watched.trouble or watched.shown not in {Outcome.QUEUED, Outcome.RUNNING}:
        return ""
    age = now - watched.born
    left = watched.pace.left(age) if watched.shown is Outcome.RUNNING else None
    if left is not None:
        return f"{stopwatch(left)} left" if left >= 1 else ""
    return f"usually {in_words(watched.prior.median)}" if watched.prior and age < watched.prior.median else ""


def _note(watched: Watched, now: float) -> str:
    if watched.error is not None:
        return visible(watched.error.message)
    if watched.trouble is not None:
        return f"{trouble_word(watched.trouble)}, retrying in {soon(watched.due - now)}"
    job = watched.job
    if job is None:
        return ""
    if job.outcome is Outcome.QUEUED and job.tag == "course_pace_publish" and not job.message:
        return "Canvas lets these wait 5 min"
    if watched.stalled or (not watched.is_over and now - watched.changed_at > _STILL):
        still = f"no change for {in_words(now - watched.changed_at)}"
        return f"{still}, {glimpse(job.message)}" if job.message else still
    return glimpse(job.message or "")
