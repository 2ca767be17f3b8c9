"""What goes through the pipes of other programs: all that they write is read, which holds none up, and some is kept."""

from __future__ import annotations

import os
import selectors
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import subprocess
    from typing import IO

_MOST: Final = 65536  # bytes that are kept of the beginning, and of the end
_MOST_LINES: Final = 100  # of the end
_LONGEST_LINE: Final = 2000  # characters
_CHUNK: Final = 65536  # bytes of one read
_INPUT_CHUNK: Final = 512  # bytes that a pipe takes at once if it takes any
_LOOK: Final = 0.2  # seconds between two looks whether the program has ended
_REST: Final = 0.5  # seconds from its end on for what is still in the pipes


class Excerpt:
    """The beginning and the end of what a program writes, however long that is."""

    def __init__(self) -> None:
        self._first, self._last = bytearray(), bytearray()
        self._length = 0
        self._ends = 0  # of lines, also of those that are not kept

    def add(self, written: bytes) -> None:
        """Take in what was written next."""
        self._first += written[: _MOST - len(self._first)]
        self._last += written
        del self._last[:-_MOST]
        self._length += len(written)
        self._ends += written.count(b"\n")

    @property
    def beginning(self) -> str:
        """All of it, or its first lines; each is whole."""
        is_all = self._length <= _MOST
        return _text(self._first if is_all else self._first[: self._first.rfind(b"\n") + 1])

    @property
    def last_lines(self) -> tuple[str, ...]:
        """Its last lines; of a very long one the beginning."""
        return tuple(
            line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in self._kept_lines()[1]
        )

    @property
    def lines_before(self) -> int:
        """How many lines there were before these."""
        number, last = self._kept_lines()
        return self._ends - self._last.count(b"\n") + number - len(last)

    def _kept_lines(self) -> tuple[int, list[str]]:
        """Return of how many lines the end is kept, and those to show: not one that lacks its beginning."""
        lines = _text(self._last).splitlines()
        whole = lines[1:] if self._length > _MOST and len(lines) > 1 else lines
        return len(lines), whole[-_MOST_LINES:]


def exchange(process: subprocess.Popen[bytes], text: bytes, seconds: float) -> tuple[Excerpt, Excerpt, bool]:
    """Give a program its input, and return what it wrote to either stream, and whether it ended within so many seconds.

    What it has started itself may keep the pipes open for hours: once it has ended, that is waited for only a moment.
    """
    if sys.platform == "win32":
        return _exchange_by_threads(process, text, seconds)
    output, errors, until = Excerpt(), Excerpt(), time.monotonic() + seconds
    with selectors.DefaultSelector() as pipes:
        for pipe, excerpt in ((process.stdout, output), (process.stderr, errors)):
            if pipe is not None:
                pipes.register(pipe, selectors.EVENT_READ, _Reader(pipe, excerpt))
        if process.stdin is not None:
            pipes.register(process.stdin, selectors.EVENT_WRITE, _Writer(process.stdin, text))
        _serve(pipes, process, until)
    return output, errors, _ends_by(process, until)


def _serve(pipes: selectors.BaseSelector, process: subprocess.Popen[bytes], until: float) -> None:
    """Read and write as far as that goes, until all of it is done or it is too late."""
    while pipes.get_map() and (left := until - time.monotonic()) > 0:
        if process.poll() is not None:
            until = min(until, time.monotonic() + _REST)
        for key, _ in pipes.select(min(left, _LOOK)):
            end: _Reader | _Writer = key.data
            if not end.go_on():
                pipes.unregister(end.pipe)
                end.pipe.close()


class _Reader:
    """Our end of a pipe that a program writes to."""

    def __init__(self, pipe: IO[bytes], excerpt: Excerpt) -> None:
        self.pipe = pipe
        self._excerpt = excerpt

    def go_on(self) -> bool:
        """Read what is there, and return whether there may be more."""
        written = os.read(self.pipe.fileno(), _CHUNK)
        self._excerpt.add(written)
        return bool(written)


class _Writer:
    """Our end of a pipe that a program may read its input from."""

    def __init__(self, pipe: IO[bytes], text: bytes) -> None:
        self.pipe = pipe
        self._left = memoryview(text)

    def go_on(self) -> bool:
        """Write what the pipe takes without a wait, and return whether there is more."""
        try:
            self._left = self._left[os.write(self.pipe.fileno(), self._left[:_INPUT_CHUNK]) :]
        except BrokenPipeError:  # it does not want any more
            return False
        return bool(self._left)


def _ends_by(process: subprocess.Popen[bytes], until: float) -> bool:
    from subprocess import TimeoutExpired

    try:
        process.wait(max(until - time.monotonic(), 0.0))
    except TimeoutExpired:
        return False
    return True


def _exchange_by_threads(
    process: subprocess.Popen[bytes], text: bytes, seconds: float
) -> tuple[Excerpt, Excerpt, bool]:
    """Do the same on Windows, where selectors are for sockets alone: all is held in memory, and waited for."""
    from subprocess import TimeoutExpired

    output, errors = Excerpt(), Excerpt()
    try:
        written = process.communicate(text, timeout=seconds)
    except TimeoutExpired:
        return output, errors, False
    for excerpt, all_of_it in zip((output, errors), written, strict=True):
        excerpt.add(all_of_it or b"")
    return output, errors, True


def _text(written: bytes | bytearray) -> str:
    return written.decode("utf-8", "replace")
