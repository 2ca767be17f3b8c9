"""Which columns there is room for, and how wide: one rule for all tables and for the live view.

A part of an id is another job's id, and a part of a percentage another percentage. So nothing is made narrower unless
its column says so, and what has no room goes as a whole, in an order that the columns say as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, chop_cells, set_cell_size

from canvas_progress.core.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

GAP: Final = 2
LEAST_EXPLANATION, _EXPLANATION, _MOST = 12, 18, 40  # columns of what explains a row: of use, well broken, comfortable
_PIECE: Final = re.compile("[^/:_]*[/:_]+|[^/:_]+")  # of what names a job, with the separator after it
_DIGITS_AT_THE_END: Final = re.compile("[0-9]+$")


def cut(text: str, width: int, mark: str = "…") -> str:
    """Return a text in at most this many columns. What is cut ends in the mark, and never within a number."""
    if cell_len(text) <= width:
        return text
    kept = set_cell_size(text, max(width - cell_len(mark), 0))
    if text[len(kept) : len(kept) + 1].isdecimal():
        kept = _DIGITS_AT_THE_END.sub("", kept)
    return kept + mark


def broken_label(label: str, width: int) -> list[str]:
    """Return what names a job in lines of this width, broken at its separators. The id at its end is in one piece."""
    *pieces, last = _PIECE.findall(label)
    lines = [""]
    for piece in [*(part for each in pieces for part in chop_cells(each, width)), last]:
        if cell_len(lines[-1]) + cell_len(piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line for line in lines if line]


@record
class Column:
    """A column and the room that it claims. All widths are in columns of the screen.

    `drop_order` is its turn to be left out, 1 being the first; 0 is for rigid ones, which stay, and keep what they
    claim until all others have gone. `wanted` is the width it claims, its full one if nothing is said; it takes more
    only of what is left over. `min_width` is the width down to which it gives way, by default what it claims.
    `max_width` is the most it takes. `gap` is the space after it. A column that `wraps` is broken at words, others are
    cut.
    """

    name: str
    cells: Sequence[Text | str]
    drop_order: int = 0
    wanted: int | None = None
    min_width: int | None = None
    max_width: int | None = None
    gap: int = GAP
    wraps: bool = False

    @property
    def full(self) -> int:
        """The width that it would like to have."""
        widest = max((cell_len(str(cell)) for cell in self.cells), default=0)
        return widest if self.max_width is None else min(widest, self.max_width)

    @property
    def claimed(self) -> int:
        """The width that it claims."""
        return self.full if self.wanted is None else min(self.wanted, self.full)

    @property
    def narrowest(self) -> int:
        """The width below which it is of no use."""
        return self.claimed if self.min_width is None else min(self.min_width, self.claimed)


def explanations(name: str, cells: Sequence[str], others: Sequence[Column], width: int) -> Column:
    """Return a column that says why: a rigid one, which leaves the others whole in a line of this width if it can.

    It stays when the last of them has no room beside it, and then takes that.
    """
    *rigid, last = others
    room = width - sum(max(column.claimed, cell_len(column.name)) + GAP for column in rigid)
    beside = room - GAP - last.narrowest >= _EXPLANATION
    wanted = min(_MOST, max(_EXPLANATION, room - GAP - last.claimed)) if beside else _MOST
    return Column(name, cells, wanted=wanted, min_width=LEAST_EXPLANATION, wraps=True)


def layout(columns: Sequence[Column], width: int) -> dict[str, int]:
    """Return the names of the columns that there is room for, with their widths; empty ones are left out.

    No column gives way to one that goes before it; rigid ones go last. Where not even the first one fits, the line is
    wider than the screen.
    """
    filled = {column.name: column for column in columns if column.full}
    given = _rigid(filled, width)
    going = sorted((column for column in filled.values() if column.drop_order), key=lambda column: -column.drop_order)
    if any(not column.drop_order and name not in given for name, column in filled.items()):
        return given
    for column in going:
        room = width - _total({**given, column.name: 0}, filled)
        if room < column.narrowest:
            break
        given[column.name] = min(column.claimed, room)
    rigid = [column for column in filled.values() if not column.drop_order and column.wanted]
    for column in (*rigid, *going):
        if column.name in given:
            spare = max(width - _total(given, filled), 0)
            given[column.name] = min(given[column.name] + spare, column.full)
    return {name: given[name] for name in filled if name in given}


def fits(columns: Sequence[Column], width: int) -> bool:
    """Whether there is room for all rigid columns."""
    rigid = {column.name: column for column in columns if not column.drop_order and column.full}
    return _total({name: column.narrowest for name, column in rigid.items()}, rigid) <= width


def _rigid(filled: dict[str, Column], width: int) -> dict[str, int]:
    """Return the widths of the rigid columns: from the last to the first they give way, and then all but one go."""
    given = {name: column.claimed for name, column in filled.items() if not column.drop_order}
    for name in reversed(list(given)):
        over = _total(given, filled) - width
        if over > 0:
            given[name] = max(given[name] - over, filled[name].narrowest)
    for name in list(given)[:0:-1]:
        if _total(given, filled) > width:
            del given[name]
    return given


def _total(given: dict[str, int], filled: dict[str, Column]) -> int:
    """Return the width of a line: the columns, and the gaps between them."""
    gaps = [column.gap for name, column in filled.items() if name in given]
    return sum(given.values()) + sum(gaps[:-1])
