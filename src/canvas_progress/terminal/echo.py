"""The modes of a terminal. A live view turns its echo off, and a program that dies at its prompt leaves it off."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOCAL_MODES = 3  # their place in what `tcgetattr` returns
_TTY: Final = Path("/dev/tty")


class Echo:
    """The echo of a terminal: an Enter that is shown would tear a live view apart.

    What is typed still goes to whoever reads next, such as the shell.

    A shell that finds this process stopped or killed has the echo of its own prompt.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._was_on = False

    def turn_off(self) -> None:
        """Turn the echo off, where there is one, until `restore`."""
        self._set(self._without_echo)

    def restore(self) -> None:
        """Turn the echo on again if it was."""
        if self._was_on:
            self._set(_with_echo)

    def _without_echo(self, modes: int, echo: int) -> int:
        self._was_on = self._was_on or bool(modes & echo)
        return modes & ~echo

    def _set(self, change: Callable[[int, int], int]) -> None:
        with suppress(ImportError, OSError, ValueError):  # on Windows; where the terminal has gone
            import termios

            descriptor = self._stream.fileno()
            if not _may_set(descriptor):
                return
            with suppress(termios.error):
                modes: list[Any] = termios.tcgetattr(descriptor)
                modes[_LOCAL_MODES] = change(modes[_LOCAL_MODES], termios.ECHO)
                termios.tcsetattr(descriptor, termios.TCSANOW, modes)


class Modes:
    """The modes of the terminal that controls us, where other programs prompt: one that dies at it leaves its own."""

    def __init__(self) -> None:
        self._kept: list[Any] | None = None
        self._restoring = Lock()  # who finds nothing to restore may end this process: not before it is done

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Restore the modes as they are now, where there is such a terminal, after what is done in here."""
        with suppress(ImportError, OSError):  # on Windows; where there is none
            import termios

            with _TTY.open("rb+", buffering=0) as tty, suppress(termios.error):
                self._kept = termios.tcgetattr(tty)
        try:
            yield
        finally:
            self.restore()

    def restore(self) -> None:
        """Set the modes that are kept, if any. Any thread may call this; when it returns they are set."""
        with self._restoring:
            kept, self._kept = self._kept, None
            if kept is not None:
                _set_modes(kept)


def _set_modes(modes: list[Any]) -> None:
    with suppress(OSError):
        import termios

        with _TTY.open("rb+", buffering=0) as tty, suppress(termios.error):
            if termios.tcgetattr(tty) != modes and _may_set(tty.fileno()):
                termios.tcflush(tty, termios.TCIFLUSH)  # half of a password, for example
                termios.tcsetattr(tty, termios.TCSANOW, modes)


def _with_echo(modes: int, echo: int) -> int:
    return modes | echo


def _may_set(descriptor: int) -> bool:
    """Return whether this process may set a terminal: one in the background would be stopped for it."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # it is not the terminal that controls us
        return os.isatty(descriptor)
