"""Keeps what somebody types during a live view from being shown in it: an Enter would tear it apart."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCAL_MODES = 3  # their place in what `tcgetattr` returns


class Echo:
    """The echo of a terminal. What is typed still goes to whoever reads next, such as the shell.

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


def _with_echo(modes: int, echo: int) -> int:
    return modes | echo


def _may_set(descriptor: int) -> bool:
    """Return whether this process may set a terminal: one in the background would be stopped for it."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # it is not the terminal that controls us
        return os.isatty(descriptor)
