"""The live view of a watch: bars on standard error that move in place. The last frame stays."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from rich.console import ConsoleDimensions, Group
from rich.live import Live
from rich.text import Text

from canvas_progress.terminal.frame import Screen, frame
from canvas_progress.terminal.looks import SYMBOLS

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from canvas_progress.core.events import Event
    from canvas_progress.core.polling import Watch
    from canvas_progress.terminal.terminal import Terminal

_SHORTEST: Final = 1 / 8  # seconds between frames
_LONGEST: Final = 1.0  # the running times tick
_TICK: Final = 0.001  # a pause that every clock can measure


class Bars:
    """Redraws when something happened, and each second; never more than eight times a second."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._console = terminal.live_console()
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._unicode = terminal.knows(SYMBOLS)
        self._stack = ExitStack()
        self._drawn: float | None = None
        self._changed = True

    def __enter__(self) -> Self:
        self._stack.enter_context(self._live)
        self._stack.enter_context(self._terminal.lines_above(lambda line: self._console.print(Text(line))))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def tell(self, event: Event, at: datetime) -> None:
        """Note that something happened; the next frame shows it."""
        del event, at
        self._changed = True

    def tick(self, watch: Watch, now: float, at: datetime) -> float:
        """Draw if it is time to, and return the seconds after which to call again."""
        del at
        since = _LONGEST if self._drawn is None else now - self._drawn
        if since >= (_SHORTEST if self._changed else _LONGEST) or watch.ending is not None:
            self._draw(watch, now)
            return _LONGEST
        return max((_SHORTEST if self._changed else _LONGEST) - since, _TICK)

    def _draw(self, watch: Watch, now: float) -> None:
        self._console.size = ConsoleDimensions(*self._terminal.size_of(self._terminal.stderr))  # it may have changed
        lines = frame(watch, now, Screen(*self._console.size, unicode=self._unicode))
        self._live.update(Group(*lines), refresh=True)
        self._drawn, self._changed = now, False
