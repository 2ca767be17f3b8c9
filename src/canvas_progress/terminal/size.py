"""How large the screen is that a stream goes to, or what takes its place where it goes to none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

_NARROWEST: Final = 20
_USUAL: Final = (80, 24)  # of a terminal that does not report its size
_ENDLESS: Final = 10_000  # columns of a table that nobody's terminal cuts


def size_of(stream: TextIO, environment: Mapping[str, str]) -> tuple[int, int]:
    """Return columns and lines of a stream: of its screen, of COLUMNS, or more than any table needs."""
    if stream.isatty():
        try:
            screen = os.get_terminal_size(stream.fileno())
        except OSError:
            screen = os.terminal_size((0, 0))
        return max(screen.columns or _USUAL[0], _NARROWEST), screen.lines or _USUAL[1]
    columns = environment.get("COLUMNS", "")
    return max(int(columns), _NARROWEST) if columns.isascii() and columns.isdecimal() else _ENDLESS, _USUAL[1]
