"""What tables of cases are made of: short inputs in one line, and what a call is refused with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from canvas_progress.core.errors import CanvasProgressError

P = ParamSpec("P")


def each(line: str) -> list[str]:
    """Return the cases that are written in one line, with spaces between them."""
    return line.split()


def refused(
    kind: type[CanvasProgressError], call: Callable[P, object], *args: P.args, **options: P.kwargs
) -> tuple[str, str | None]:
    """Return the message and the hint of the error that a call raises."""
    with pytest.raises(kind) as caught:
        call(*args, **options)
    return caught.value.message, caught.value.hint


def table(names: str, rows: Mapping[str, object]) -> pytest.MarkDecorator:
    """Run a test with each row of a table, whose key is what the case is called."""
    cases = [pytest.param(*(row if isinstance(row, tuple) else (row,)), id=name) for name, row in rows.items()]
    return pytest.mark.parametrize(names.split(), cases)
