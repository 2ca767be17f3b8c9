"""One frame of the live view: from what a watch knows to lines of text. Pure, so that every width can be tested."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.record import record
from canvas_progress.terminal.header import header
from canvas_progress.terminal.layout import broken_label
from canvas_progress.terminal.row_layout import SYMBOL, row_layout
from canvas_progress.terminal.rows import is_still, row, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from canvas_progress.core.polling import Watch
    from canvas_progress.core.watched import Watched

_LONG_STILL: Final = 120.0  # seconds without a change after which a job wants to be seen


@record
class Screen:
    """What there is to draw on: columns, lines, and whether the symbols can be shown.

    `height` is None where lines may scroll away: the last frame is whole, since it is what stays.
    """

    width: int
    height: int | None
    unicode: bool = True


def frame(watch: Watch, now: float, on: Screen) -> list[Text]:
    """Return the lines to show now: a header, the jobs, and a count of those that have no line."""
    labels = [watched.target.label for watched in watch.jobs]
    layout = row_layout(on.width, max(map(cell_len, labels), default=0), usually=bool(watch.priors))
    tall = 1 if layout.id else 1 + max(len(broken_label(label, on.width - SYMBOL)) for label in labels)
    room = len(labels) * tall if on.height is None else max(on.height - 2, 1)
    shown, hidden = _picked(watch.jobs, room, tall, now)
    around = [header(watch, now, on.width, totals=bool(hidden), unicode=on.unicode)]
    if hidden:
        counts = ", ".join(f"{number} {name}" for name, number in Counter(map(word, hidden)).most_common())
        around.append(Text(f"{'…' if on.unicode else '...'} and {len(hidden)} more: {counts}", style="dim"))
    for line in around:
        line.truncate(on.width, overflow="ellipsis" if on.unicode else "crop")
    # These fit, unless a single id is wider than the screen.
    rows = (line for watched in shown for line in row(watched, now, layout, unicode=on.unicode))
    lines = [around[0], *rows, *around[1:]]
    for line in lines:
        line.no_wrap = True
    return lines


def _picked(jobs: tuple[Watched, ...], room: int, tall: int, now: float) -> tuple[Sequence[Watched], Sequence[Watched]]:
    """Split the jobs into those that get their lines, in the order given, and the rest.

    `room` is how many lines there are, of which the count of the rest takes one, and `tall` how many a job takes.
    """
    if len(jobs) * tall <= room:
        return jobs, ()
    ranked = sorted(range(len(jobs)), key=lambda i: (_interest(jobs[i], now), i))
    picked = set(ranked[: (room - 1) // tall])
    return [job for i, job in enumerate(jobs) if i in picked], [job for i, job in enumerate(jobs) if i not in picked]


def _interest(watched: Watched, now: float) -> tuple[int, float]:
    """Rank a job for a place on a small screen: failed, in trouble or still, nearest to its end, then the rest."""
    if watched.is_over and watched.shown is not Outcome.COMPLETED:
        return 0, 0.0
    if watched.is_over:
        return 4, 0.0
    if watched.trouble or is_still(watched, now, _LONG_STILL):
        return 1, 0.0
    if watched.shown is Outcome.RUNNING:
        return 2, -((watched.job.completion if watched.job else None) or 0.0)
    return 3, 0.0
