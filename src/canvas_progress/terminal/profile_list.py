"""The stored profiles: a table, or, where a URL or a variable would be broken in it, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from canvas_progress.core.wording import visible
from canvas_progress.terminal.drawing import drawn
from canvas_progress.terminal.layout import GAP, Column, layout
from canvas_progress.terminal.wrap import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

_TEXT: Final = 16  # columns for what is broken at words; fewer make a table of splinters
_NAMES: Final = ("name", "url", "credential", "status")


def profile_list(rows: Sequence[tuple[str, str, str, str]], *, width: int, unicode: bool) -> RenderableType:
    """Return the profiles: name, URL, credential, and which one is in use. Nothing is left out."""
    cells = [tuple(map(visible, row)) for row in rows]
    columns = [
        Column(name, values, min_width=max(_longest_word(values), min(_TEXT, _longest(values))), wraps=True)
        for name, values in zip(_NAMES, zip(*cells, strict=True), strict=True)
    ]
    filled = [column for column in columns if column.full]
    given = layout(filled, width)
    fits = len(given) == len(filled) and sum(given.values()) + GAP * (len(given) - 1) <= width
    return drawn(filled, width, unicode=unicode) if fits else _stacked(cells, width)


def _stacked(rows: Sequence[tuple[str, ...]], width: int) -> Group:
    """Return each profile as its name with all else below it."""
    lines = []
    for name, *rest in rows:
        lines.append(Text(name, style="bold"))
        parts = [part for text in rest if text for part in wrapped(text, width - 2)]
        lines.extend(Text(f"  {part}", no_wrap=True, overflow="ignore") for part in parts)
    return Group(*lines)


def _longest(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _longest_word(texts: Sequence[str]) -> int:
    return _longest([word for text in texts for word in text.split()])
