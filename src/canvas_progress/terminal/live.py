"""The live view of a watch: bars on standard error that move in place. The last frame stays.

Rich renders the lines; they are put on the screen here, because Rich's own live display loses count of its lines when
the window changes its width.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from rich.text import Text

from canvas_progress.terminal.echo import Echo
from canvas_progress.terminal.frame import Screen, frame
from canvas_progress.terminal.symbols import SYMBOLS

if TYPE_CHECKING:
    from canvas_progress.core.polling import Watch
    from canvas_progress.terminal.terminal import Terminal

_SHORTEST: Final = 1 / 8  # seconds between frames
_LONGEST: Final = 1.0  # the running times tick
_TICK: Final = 0.001  # a pause that every clock can measure
_ERASE_REST_OF_LINE, _ERASE_BELOW = "\x1b[K", "\x1b[J"


class LiveView:
    """Redraws when something happened, and each second; never more than eight times a second.

    The cursor stays visible below the view: whoever stops or kills the process finds a terminal in good order. The last
    frame is whole, however tall.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._unicode = terminal.can_encode(SYMBOLS)
        self._echo = Echo(terminal.stderr)
        self._widths: list[int] = []  # of the lines on the screen, in columns
        self._size = (0, 0)  # of the screen when they were drawn, in columns and lines
        self._scrolled = 0  # rows of ours that went out of reach as the window became smaller
        self._lines: list[Text] = []
        self._drawn: float | None = None
        self._changed = True
        self._closed = False  # the last frame is there, and may be taller than the screen

    def begin(self) -> None:
        """Take the screen: what is typed is not shown from now on."""
        self._echo.turn_off()

    def end(self) -> None:
        """Leave the screen as it was found."""
        self._echo.restore()

    def changed(self) -> None:
        """Note that something happened; the next frame shows it."""
        self._changed = True

    def tick(self, watch: Watch, now: float) -> float:
        """Draw if it is time to, and return the seconds after which to call again."""
        if self._closed:
            return math.inf
        pause = _SHORTEST if self._changed else _LONGEST
        since = _LONGEST if self._drawn is None else now - self._drawn
        if since < pause and watch.ending is None:
            return max(pause - since, _TICK)
        columns, lines = self._terminal.size_of(self._terminal.stderr)
        self._closed = watch.ending is not None
        height = None if self._closed else lines
        self._put(frame(watch, now, Screen(columns, height, unicode=self._unicode)))
        self._drawn, self._changed = now, False
        if self._closed:
            self.end()
        return _LONGEST

    def redraw(self) -> None:
        """Draw anew below whatever is there now: while the process was stopped, the screen was somebody else's."""
        self._forget()
        self._drawn = None
        self._echo.turn_off()

    def note(self, line: str) -> None:
        """Write lines that scroll away above the view, or below its last frame."""
        if self._closed:
            self._lines = []
            self._forget()
        self._put(self._lines, above=[Text(part) for part in line.split("\n")])

    def _put(self, lines: list[Text], above: list[Text] | None = None) -> None:
        """Replace what is on the screen in one write, line by line, so that nothing flickers."""
        with self._terminal.writing:  # a note may come from another thread
            rendered = self._terminal.rendered([*(above or []), *lines])
            text = "".join(f"{line}{_ERASE_REST_OF_LINE}\n" for line in rendered)
            self._terminal.draw(f"\r{self._up()}{text}{_ERASE_BELOW}")
            self._lines, self._widths = lines, [line.cell_len for line in lines]
            if above:
                self._scrolled = 0  # what scrolled away is above these lines

    def _forget(self) -> None:
        """Leave what is on the screen to itself."""
        self._widths, self._scrolled = [], 0

    def _up(self) -> str:
        """Return the way back to the first line.

        A narrower window has broken the old lines into several, a lower one has pushed the first of them out of reach,
        and one that becomes taller again brings these back.
        """
        columns, lines = self._terminal.size_of(self._terminal.stderr)
        rows = sum(max(-(-width // columns), 1) for width in self._widths)
        if columns != self._size[0]:
            self._scrolled = 0  # what is out of reach has been broken anew, nobody knows how
        back = min(self._scrolled, max(lines - self._size[1], 0))
        self._scrolled += rows - min(rows + back, lines - 1)
        self._size = (columns, lines)
        return f"\x1b[{rows + back}A" if rows + back else ""  # the top of the screen is as far as it goes
