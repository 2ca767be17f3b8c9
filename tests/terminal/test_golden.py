"""The live view as it stands on a screen, byte for byte as kept in `tests/golden`.

`UPDATE_GOLDEN=1 pytest tests/terminal/test_golden.py` writes them anew: look at the difference before you commit it.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread

import pyte
import pytest

from canvas_progress.core.polling import Watch
from canvas_progress.sandbox.scenarios import demo, many
from canvas_progress.terminal.live import LiveView
from frames import watched_until
from stage import a_terminal

GOLDEN = Path(__file__).parent.parent / "golden"


def on_a_screen(frames: list[tuple[Watch, float]], columns: int, lines: int = 24) -> list[str]:
    """Draw the frames on a real pseudo-terminal, one over the other, and return what then stands on the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    terminal = a_terminal()
    screen = pyte.Screen(columns, lines)
    reader = Thread(target=_feed, args=(ours, pyte.ByteStream(screen)))
    reader.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        terminal.stderr = stream
        live = LiveView(terminal)
        for watch, now in frames:
            live.changed()
            live.tick(watch, now)
    reader.join(timeout=10)
    os.close(ours)
    return [line.rstrip() for line in screen.display]


def _feed(ours: int, stream: pyte.ByteStream) -> None:
    """Show all that is drawn, until the other side is closed."""
    with suppress(OSError):  # Linux says so with an error
        while chunk := os.read(ours, 65536):
            stream.feed(chunk)


@cache
def frames_of(jobs: int) -> list[tuple[Watch, float]]:
    """Return a watch as it was early and late, for screens of every width; to draw it changes nothing of it."""
    scenario = demo() if jobs == 8 else many(jobs, median=20.0)
    return [watched_until(seconds, scenario) for seconds in (2.0, 9.0)]


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("jobs", [3, 8, 300])
def test_the_screen_is_as_it_was_approved(jobs: int, columns: int) -> None:
    shown = "\n".join(on_a_screen(frames_of(jobs), columns)).rstrip("\n") + "\n"
    path = GOLDEN / f"watch-{jobs}-jobs-{columns}-columns.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_a_frame_that_is_drawn_again_leaves_nothing_of_the_one_before() -> None:
    scenario = demo()
    late = watched_until(9.0, scenario)
    assert on_a_screen([watched_until(2.0, scenario), late], 100) == on_a_screen([late], 100)


@pytest.mark.parametrize("lines", [3, 5, 10])
def test_the_view_is_never_taller_than_the_screen(lines: int) -> None:
    watch, now = watched_until(5.0, many(50))
    screen = on_a_screen([(watch, now - 1), (watch, now)], 80, lines)
    assert "50 jobs" in screen[0]
    assert " more: " in "".join(screen)
