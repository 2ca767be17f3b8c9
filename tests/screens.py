"""A live view on a real pseudo-terminal, and what a terminal emulator shows of it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

import pyte

from canvas_progress.core.polling import Watch
from canvas_progress.terminal.live import LiveView
from stage import a_terminal

_TOO_LONG = 30.0


class _Emulator(pyte.HistoryScreen):
    """A screen that reports its titles: one of them marks the end of each frame."""

    def __init__(self, columns: int, lines: int) -> None:
        self.titles: SimpleQueue[str] = SimpleQueue()
        super().__init__(columns, lines, history=1000)

    def set_title(self, param: str) -> None:
        super().set_title(param)
        self.titles.put(param)


class ViewOnScreen:
    """A live view, drawn on a pseudo-terminal."""

    def __init__(self, columns: int, lines: int = 24) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._emulator = _Emulator(columns, lines)
        self._stream = os.fdopen(theirs, "w", encoding="utf-8")
        self._reader = Thread(target=self._feed, daemon=True)
        self._reader.start()
        self.terminal = a_terminal()
        self.terminal.stderr = self._stream
        self.live = LiveView(self.terminal)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._reader.join(timeout=_TOO_LONG)
        os.close(self._ours)

    def draw(self, watch: Watch, now: float) -> list[str]:
        """Draw a frame over what there is, and return what then stands on the screen."""
        self.live.changed()
        self.live.tick(watch, now)
        return self.shown()

    def shown(self) -> list[str]:
        """Return the lines of the screen, as soon as all that was written is there."""
        self.terminal.draw("\x1b]2;end of frame\x07")
        self._emulator.titles.get(timeout=_TOO_LONG)
        return [line.rstrip() for line in self._emulator.display]

    @property
    def scrolled_away(self) -> list[str]:
        """The lines that are in the scrollback."""
        columns = range(self._emulator.columns)
        return ["".join(line[column].data for column in columns).rstrip() for line in self._emulator.history.top]

    def _feed(self) -> None:
        """Show all that is drawn, until the other side is closed."""
        stream = pyte.ByteStream(self._emulator)
        with suppress(OSError):  # Linux says so with an error
            while chunk := os.read(self._ours, 65536):
                stream.feed(chunk)
