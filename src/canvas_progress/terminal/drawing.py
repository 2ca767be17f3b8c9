"""Columns as a Rich table; where ids leave no room beside them, each stands above its row, on a line of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from canvas_progress.terminal.layout import GAP, Column, broken_label, cut, fits, layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

NOTHING: Final = "–"  # noqa: RUF001  # a dash, not a hyphen
_INDENT: Final = "  "  # of a row below its id, and of the rest of an id that is longer than the screen


def drawn(columns: Sequence[Column], width: int, *, unicode: bool) -> Table:
    """Draw the columns that there is room for, each as wide as the layout says: Rich has nothing left to decide."""
    table = _empty(columns, widths := layout(_headed(columns), width))
    for row in _rows(columns, widths, unicode=unicode):
        table.add_row(*row)
    return table


def drawn_by_job(columns: Sequence[Column], width: int, *, unicode: bool, dim: Sequence[bool] = ()) -> RenderableType:
    """Draw columns of which the first names the jobs, with the names above the rows where they do not fit beside."""
    if not are_beside(columns, width):
        return _stacked(columns, width, unicode=unicode, dim=dim)
    table = drawn(columns, width, unicode=unicode)
    for row, style in zip(table.rows, _styles(columns, dim), strict=True):
        row.style = style
    return table


def are_beside(columns: Sequence[Column], width: int) -> bool:
    """Whether what names the jobs fits on one line with all that must be said of them."""
    return fits(_headed(columns), width)


def is_room_for(name: str, columns: Sequence[Column], width: int) -> bool:
    """Whether a column is among those drawn."""
    beside = are_beside(columns, width)
    return name in layout(_headed(columns if beside else _indented(columns[1:])), width)


def room_below(columns: Sequence[Column], width: int) -> tuple[Sequence[Column], int]:
    """Return the columns that share a line, and its width: without the first one where that is above."""
    return (columns, width) if are_beside(columns, width) else (columns[1:], width - len(_INDENT))


def _stacked(columns: Sequence[Column], width: int, *, unicode: bool, dim: Sequence[bool]) -> Group:
    """Draw each row below the name of its job: tables of a row each, with the same widths."""
    names, below = columns[0], _indented(columns[1:])
    widths = layout(_headed(below), width)
    parts: list[RenderableType] = [_empty(below, widths, above=names.name)]
    rows = _rows(below, widths, unicode=unicode)
    for name, row, style in zip(names.cells, rows, _styles(columns, dim), strict=True):
        lines = broken_label(str(name), width - len(_INDENT))
        parts.append(Text(f"\n{_INDENT}".join(lines), style=style, no_wrap=True, overflow="ignore"))
        table = _empty(below, widths)
        table.show_header = False
        table.add_row(*row, style=style)
        parts.append(table)
    return Group(*parts)


def _indented(columns: Sequence[Column]) -> list[Column]:
    """Return the columns with a space before the first one."""
    first, *others = columns
    more = len(_INDENT)
    cells = [Text.assemble(_INDENT, cell) for cell in first.cells]
    widths = {name: value + more for name in ("wanted", "min_width", "max_width") if (value := getattr(first, name))}
    return [replace(first, name=f"{_INDENT}{first.name}", cells=cells, **widths), *others]


def _empty(columns: Sequence[Column], widths: dict[str, int], *, above: str = "") -> Table:
    """Return a table that has no rows yet; `above` is said over the heading of the first column."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    shown = [column for column in columns if column.name in widths]
    for number, column in enumerate(shown):
        heading = f"{'' if number else above}\n{column.name}" if above else column.name
        table.add_column(heading, width=widths[column.name], overflow="fold")
    table.width = sum(widths.values()) + GAP * (len(shown) - 1)  # however wide the screen: an id is never cut
    return table


def _rows(columns: Sequence[Column], widths: dict[str, int], *, unicode: bool) -> list[tuple[Text, ...]]:
    """Return the cells of each row, those of a column cut to its width unless they wrap."""
    shown = [column for column in columns if column.name in widths]
    return list(zip(*(_fitted(column, widths[column.name], unicode=unicode) for column in shown), strict=True))


def _styles(columns: Sequence[Column], dim: Sequence[bool]) -> list[str]:
    return ["dim" if is_dim else "" for is_dim in dim] or [""] * len(columns[0].cells)


def _headed(columns: Sequence[Column]) -> list[Column]:
    """Return the columns in which something is said, each with its heading as the first cell."""
    said = (column for column in columns if not column.drop_order or _says_something(column))
    return [replace(column, cells=(column.name, *column.cells)) for column in said]


def _says_something(column: Column) -> bool:
    return any(str(cell) not in {"", NOTHING} for cell in column.cells)


def _fitted(column: Column, width: int, *, unicode: bool) -> list[Text]:
    cells = [cell if isinstance(cell, Text) else Text(cell) for cell in column.cells]
    if column.wraps:
        return cells
    return [Text(cut(cell.plain, width, "…" if unicode else ""), style=cell.style) for cell in cells]
