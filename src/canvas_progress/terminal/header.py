"""The header of the live view: where the jobs are, how many have ended, and for how long they have been watched."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from canvas_progress.core.job_times import all_left
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import countdown, counted, one_line, soon, stopwatch
from canvas_progress.terminal.rows import word
from canvas_progress.terminal.symbols import bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from canvas_progress.core.polling import Watch

_QUOTA_MATTERS: Final = 400.0  # units left below which the header mentions the quota
_BAR_LEAST, _BAR_MOST = 8, 24
_LEFT: Final = 10  # columns of `59:59 left`


def header(watch: Watch, now: float, width: int, *, totals: bool, unicode: bool) -> Text:
    """Return the first line; with `totals` it has one bar for all jobs, since not all of them have a line."""
    for _, load in watch.loads:
        if load.trouble is not None and watch.ending is None:
            wait = soon(load.hold_until - now)
            text = f"{one_line(load.trouble.message)}, retrying in {wait}, attempt {load.failures + 1}"
            return Text(text, style="yellow")
    line = Text((_totals if totals else _summary)(watch, now, width, unicode=unicode), style="bold")
    quotas = [load.quota for _, load in watch.loads if load.quota is not None and load.quota < _QUOTA_MATTERS]
    if quotas and watch.ending is None:
        quota = f"quota {min(quotas):.0f} left"
        line.pad_right(max(width - line.cell_len - len(quota), 2))
        line.append(quota, style="yellow")
    return line


def _summary(watch: Watch, now: float, width: int, *, unicode: bool) -> str:
    """Return where the jobs are, how many have ended and how, and since when they are watched."""
    done, others = _ended(watch)
    counts = ", ".join([f"{done} done"] * bool(done) + others)
    jobs = counted(len(watch.jobs), "job")
    clock = _clock(watch, now)
    forms = ((_hosts(watch), jobs, counts, clock), (jobs, counts, clock), (counts, clock), (counts or jobs,))
    return _first_that_fits(forms, width, unicode=unicode)


def _totals(watch: Watch, now: float, width: int, *, unicode: bool) -> str:
    """Return one bar for all jobs, and what stands beside it; the bar comes first, so that nothing moves it."""
    number = len(watch.jobs)
    done, others = _ended(watch)
    ended = sum(watched.is_over for watched in watch.jobs)
    cells = min(max(width // 5, _BAR_LEAST), _BAR_MOST)
    drawn = bar(Outcome.RUNNING, 100 * ended / number, cells, unicode=unicode)
    left = all_left(watch.jobs, watch.started, now)
    total = f"{done:>{len(str(number))}} of {number} done {drawn} {countdown(left) if left else '':<{_LEFT}}"
    counts, clock = ", ".join(others), _clock(watch, now)
    forms = ((total, counts, clock, _hosts(watch)), (total, counts, clock), (total, counts), (total.rstrip(),))
    return _first_that_fits(forms, width, unicode=unicode)


def _ended(watch: Watch) -> tuple[int, list[str]]:
    """Return how many jobs have completed, and the counts of those that ended otherwise."""
    by_outcome = Counter(word(watched) for watched in watch.jobs if watched.is_over)
    done = by_outcome.pop(Outcome.COMPLETED.value, 0)
    return done, [f"{number} {name}" for name, number in by_outcome.items()]


def _hosts(watch: Watch) -> str:
    return ", ".join(base.netloc for base, _ in watch.loads)


def _clock(watch: Watch, now: float) -> str:
    """Return the time of the watch, in words that distinguish it from the times of the jobs."""
    return f"watched for {stopwatch(now - watch.started)}"


def _first_that_fits(forms: Sequence[Sequence[str]], width: int, *, unicode: bool) -> str:
    """Return the first of several forms of a line that is no wider than the screen, else the last one."""
    between = " · " if unicode else " - "
    lines = [between.join(part for part in parts if part).rstrip() for parts in forms]
    return next((line for line in lines if cell_len(line) <= width), lines[-1])
