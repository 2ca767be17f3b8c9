"""Where the columns of a row of the live view begin: laid out once for a width, so that no change of a job moves them.

It knows nothing of what the rows say, but the width of the ids, which is known before the first answer.
"""

from __future__ import annotations

from typing import Final

from canvas_progress.core.record import record
from canvas_progress.terminal.layout import GAP

SYMBOL: Final = 2  # with the space after it
WORD: Final = 9  # of `completed`, `forbidden`, `finishing`
PERCENT: Final = 5  # of `>999%`; otherwise its first column is one more space
RIGID: Final = SYMBOL + GAP + WORD + 1 + PERCENT  # what stands beside an id at any width
_ELAPSED: Final = 7  # of `9:59:59`
_LEFT, _USUALLY = 10, 14  # of `59:59 left`, and of `usually 59 min`
_BAR: Final = 8  # a shorter one says too little
_CONTEXT, _NOTE = 20, 26  # `ContentMigration 812`, and Canvas's `Unexpected error, ID: 8812`
_BOTH: Final = _CONTEXT + GAP + _NOTE
# The order in which columns get what room there is. A column comes at the first width here or not at all, and then
# grows as far as there is room, or, where only the whole is of use, at once. No column overtakes the bar. Widths are
# without the gap.
_CLAIMS: Final = (
    ("left", _LEFT),
    ("bar", _BAR),
    ("elapsed", _ELAPSED),
    ("bar", 12),
    ("tag", 10),
    ("bar", 16),
    ("left", _USUALLY),
    ("tag", 15),
    ("rest", 10),
    ("bar", 20),
    ("tag", 17),
    ("rest", 16),
    ("bar", 28),
    ("tag", 19),
    ("rest", _NOTE),
    ("bar", 32),
    ("tag", 30),
    ("rest", _BOTH),
)
_AT_ONCE: Final = {_USUALLY, _BOTH}


@record
class RowLayout:
    """The widths of a row and of its columns, in their order; 0 for one that there is no room for.

    An id is above the row then. `rest` is for the context or what there is to say; where it has room for both,
    `context` is its first part. Places are counted from the column after the percentage.
    """

    width: int
    id: int
    elapsed: int = 0
    tag: int = 0
    bar: int = 0
    left: int = 0
    rest: int = 0

    @property
    def tag_at(self) -> int:
        """Where the tag begins."""
        return _after(0, self.elapsed)

    @property
    def bar_at(self) -> int:
        """Where the bar begins."""
        return _after(self.tag_at, self.tag)

    @property
    def left_at(self) -> int:
        """Where the time left begins."""
        return _after(self.bar_at, self.bar)

    @property
    def rest_at(self) -> int:
        """Where the rest begins."""
        return _after(self.left_at, self.left)

    @property
    def context(self) -> int:
        """The width of the context where it has a column of its own."""
        return max(_CONTEXT, self.rest // 3) if self.rest >= _BOTH else 0

    @property
    def note_at(self) -> int:
        """Where a note begins that leaves all else in its place."""
        return _after(self.rest_at, self.context)

    @property
    def end(self) -> int:
        """Where the row ends."""
        return self.rest_at + self.rest if self.rest else max(self.rest_at - GAP, 0)


def row_layout(width: int, id_width: int, *, usually: bool) -> RowLayout:
    """Return the layout for a screen of so many columns; `usually` is whether a row may say what is usual.

    Ids that are longer than there is room for beside all that must be said are above it.
    """
    if id_width > width - RIGID:
        id_width = 0
    spare = width - RIGID - id_width + GAP * (not id_width)
    given: dict[str, int] = {}
    for name, wanted in _CLAIMS:
        if wanted != _USUALLY or usually:
            spare -= _grow(given, name, wanted, spare)
    _share_out(given, max(spare, 0))
    return RowLayout(width, id_width, **given)


def _grow(given: dict[str, int], name: str, wanted: int, spare: int) -> int:
    """Give a column what it wants of what is left, and return how much that has taken."""
    if name in given:
        more = max(min(wanted - given[name], spare), 0)
        if wanted in _AT_ONCE and given[name] + more < wanted:
            return 0
        given[name] += more
        return more
    if spare < wanted + GAP:
        return 0
    given[name] = wanted
    return wanted + GAP


def _after(at: int, width: int) -> int:
    """Return where the column after one begins; one without a width is not there."""
    return at + width + GAP if width else at


def _share_out(given: dict[str, int], spare: int) -> None:
    """Give away what nobody has claimed: to the bar and the rest, or to what there is instead."""
    if "rest" in given:
        given["rest"] += spare // 2
        spare -= spare // 2
    last = "bar" if "bar" in given else "left"
    if last in given:
        given[last] += spare
