"""Breaks sentences into lines at words: a terminal by itself breaks them anywhere."""

from __future__ import annotations

import re
from typing import Final

_UNBROKEN: Final = re.compile(r"(?:[^\s`]|`[^`]*`|`)+")  # a word, and all that can be typed as one command
_INDENT: Final = "  "  # of the lines after the first


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a sentence. What stands in backticks, and a word such as a URL, is rather too long."""
    from rich.cells import cell_len

    if cell_len(text) <= width:
        return [text]
    lines: list[str] = []
    for word in _UNBROKEN.findall(text):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{_INDENT}{word}" if lines else word)
    return lines or [text]
