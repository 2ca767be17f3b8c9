from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from canvas_progress.terminal.echo import Echo
from stage import Stream


@pytest.fixture
def screen() -> Iterator[TextIO]:
    """Return a pseudo-terminal."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield stream
    os.close(ours)


def is_on(screen: TextIO) -> bool:
    return bool(termios.tcgetattr(screen)[3] & termios.ECHO)


def test_the_echo_is_off_until_it_is_restored(screen: TextIO) -> None:
    echo = Echo(screen)
    echo.turn_off()
    echo.turn_off()  # as after a stop
    assert not is_on(screen)
    echo.restore()
    assert is_on(screen)


def test_an_echo_that_was_off_stays_off(screen: TextIO) -> None:
    modes = termios.tcgetattr(screen)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(screen, termios.TCSANOW, modes)
    echo = Echo(screen)
    echo.turn_off()
    echo.restore()
    assert not is_on(screen)


def test_only_the_echo_is_changed(screen: TextIO) -> None:
    before = termios.tcgetattr(screen)
    echo = Echo(screen)
    echo.turn_off()
    during = termios.tcgetattr(screen)
    assert during[3] == before[3] & ~termios.ECHO
    assert during[:3] + during[4:] == before[:3] + before[4:]
    echo.restore()
    assert termios.tcgetattr(screen) == before


def test_what_is_no_terminal_has_no_echo() -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as file:
        for stream in (written := Stream(), file):
            echo = Echo(stream)
            echo.turn_off()
            echo.restore()
    assert written.text == ""
