"""Breaks sentences into lines at words: a terminal by itself breaks them anywhere."""

from __future__ import annotations

import re
from typing import Final

_UNBROKEN: Final = r"(?:[^\s`]|`[^`]*`|`)+"  # a word, and all that can be typed as one command
_INDENT: Final = "  "  # of the lines after the first, beside that of the first


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a sentence. What stands in backticks, and a word such as a URL, is rather too long."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return [text]
    lines: list[str] = []
    indent, end = text[: len(text) - len(text.lstrip())], 0
    for word in re.finditer(_UNBROKEN, text):
        space, end = text[end : word.start()], word.end()
        if not lines:
            lines.append(f"{indent}{word[0]}")
        elif cell_len(lines[-1]) + cell_len(space) + cell_len(word[0]) <= width:
            lines[-1] += f"{space}{word[0]}"
        else:
            lines.append(f"{indent}{_INDENT}{word[0]}")
    return lines or [text]
