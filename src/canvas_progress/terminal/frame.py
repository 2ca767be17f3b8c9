"""One frame of the live view: from what a watch knows to lines of text. Pure, so that every width can be tested."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import counted, in_words, percent, soon, stopwatch, visible
from canvas_progress.terminal.looks import ASKING, LOOKS, bar, lost_word, outcome_word

if TYPE_CHECKING:
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.watched import Watched

_BAR_MOST, _BAR_LEAST = 24, 8
_TAG_MOST, _CONTEXT_MOST, _ID_MOST = 30, 22, 20
_NOTE_LEAST = 26  # room for Canvas's `Unexpected error, ID: 8812`
_QUOTA_MATTERS: Final = 400.0  # units left below which the header mentions the quota
_STILL: Final = 30.0  # seconds without a change after which a row says so
_LEFT, _USUALLY = 10, 15  # columns of `59:59 left` and `usually 119 min`
_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class Screen:
    """What there is to draw on: columns, lines, and whether the symbols can be shown."""

    width: int
    height: int
    unicode: bool = True


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns there are, and how wide."""

    id: int
    word: int
    bar: int
    elapsed: int
    left: int
    tag: int
    context: int
    note: int


def frame(watch: Watch, now: float, on: Screen) -> list[Text]:
    """Return the lines to show now: a header, the jobs, and a count of those that have no line."""
    shown, hidden = _picked(watch.jobs, max(on.height - 2, 1), now)
    columns = _columns(shown, now, on.width)
    lines = [_header(watch, now, on), *(_row(job, now, columns, on) for job in shown)]
    if hidden:
        counts = ", ".join(f"{number} {word}" for word, number in Counter(map(_word, hidden)).most_common())
        lines.append(Text(f"{'…' if on.unicode else '...'} and {len(hidden)} more: {counts}", style="dim"))
    for line in lines:
        line.no_wrap = True
        line.truncate(on.width, overflow="ellipsis" if on.unicode else "crop")
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
            told = f"{load.trouble.message}, asking again in {wait}, attempt {load.failures + 1}"
            return Text(told, style="yellow")
    by_outcome = Counter(_word(job) for job in watch.jobs if job.is_over)
    done = by_outcome.pop(Outcome.COMPLETED.value, 0)
    counts = [f"{done} done"] if done else []
    counts += [f"{number} {word}" for word, number in by_outcome.items()]
    parts = [hosts, counted(len(watch.jobs), "job"), ", ".join(counts), stopwatch(now - watch.started)]
    between = " · " if on.unicode else " - "
    told = between.join(part for part in parts if part)
    if cell_len(told) > on.width:  # the clock and the counts say more than the host
        told = between.join(part for part in parts[2:] if part)
    line = Text(told, style="bold")
    quotas = [load.quota for _, load in watch.loads if load.quota is not None and load.quota < _QUOTA_MATTERS]
    if quotas and watch.ending is None:
        told = f"quota {min(quotas):.0f} left"
        line.pad_right(max(on.width - cell_len(line.plain) - len(told), 2))
        line.append(told, style="yellow")
    return line


def _columns(jobs: list[Watched], now: float, width: int) -> _Columns:
    """Share the width out: id, bar and percent first, then column by column in order of what says most."""
    known = [job.job for job in jobs if job.job is not None]
    note = max((cell_len(_note(job, now)) for job in jobs), default=0)
    wanted = {
        "word": max([9, *(cell_len(_word(job)) for job in jobs)]),
        "elapsed": 7,
        "tag": min(max((cell_len(visible(job.tag or "")) for job in known), default=0), _TAG_MOST),
        "note": min(note, _NOTE_LEAST),
        "left": _USUALLY if any(job.prior for job in jobs) else _LEFT,
        "context": min(max((cell_len(visible(job.context or "")) for job in known), default=0), _CONTEXT_MOST),
    }
    id_ = min(max((cell_len(job.target.label) for job in jobs), default=1), _ID_MOST)
    left = width - 2 - id_ - len(_GAP) - _BAR_LEAST - 5
    given = dict.fromkeys(wanted, 0)
    for name, cells in wanted.items():
        if cells and left >= cells + len(_GAP):
            given[name] = cells
            left -= cells + len(_GAP)
    longer = min(left, _BAR_MOST - _BAR_LEAST)
    given["note"] += left - longer if given["note"] else 0
    return _Columns(id=id_, bar=_BAR_LEAST + longer, **given)


def _row(watched: Watched, now: float, columns: _Columns, on: Screen) -> Text:
    look = LOOKS[watched.shown] if watched.job or watched.is_over else ASKING
    line = Text(f"{look.symbol if on.unicode else look.ascii} ", style=look.style)
    line.append(_cell(watched.target.label, columns.id) + _GAP, style="default")
    if columns.word:
        line.append(_cell(_word(watched), columns.word) + _GAP)
    completion = watched.job.completion if watched.job else None
    line.append(bar(completion, columns.bar, unicode=on.unicode))
    line.append(f" {percent(completion):>4}", style="default")
    if columns.elapsed:
        line.append(f"{_GAP}{stopwatch(_elapsed(watched, now)):>{columns.elapsed}}", style="default")
    if columns.left:
        line.append(_GAP + _cell(_left(watched, now), columns.left), style="dim")
    job = watched.job
    for text, width in ((job.tag if job else "", columns.tag), (job.context if job else "", columns.context)):
        if width:
            line.append(_GAP + _cell(visible(text or ""), width), style="default")
    if columns.note:
        line.append(_GAP + _note(watched, now), style="default" if watched.is_over else "dim")
    line.rstrip()
    return line


def _word(watched: Watched) -> str:
    if watched.job is None and not watched.is_over:
        return "asking"
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
    """Tell the time left, or what such jobs take, only while it is honest: not overdue, no trouble."""
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
        return f"no answer, asking again in {soon(watched.due - now)}"
    job = watched.job
    if job is None:
        return ""
    if job.outcome is Outcome.QUEUED and job.tag == "course_pace_publish" and not job.message:
        return "Canvas lets these wait 5 min"
    if watched.stalled or (not watched.is_over and now - watched.changed_at > _STILL):
        still = f"no change for {in_words(now - watched.changed_at)}"
        return f"{still}, {visible(job.message)}" if job.message else still
    return visible(job.message or "")


def _cell(text: str, width: int) -> str:
    """Return the text in exactly this many columns."""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"
