from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios

import pytest
from rich.cells import cell_len

from canvas_progress.core.polling import Watch
from canvas_progress.sandbox.scenarios import demo
from canvas_progress.terminal.live import LiveView
from frames import watched_until
from stage import Stream, a_terminal


def test_the_view_is_drawn_each_second_and_a_change_after_an_eighth_of_one() -> None:
    terminal = a_terminal(tty=True)
    assert isinstance(terminal.stderr, Stream)
    live, (watch, now) = LiveView(terminal), watched_until(2.0, demo())
    assert live.tick(watch, now) == 1.0
    drawn = terminal.stderr.text
    assert live.tick(watch, now + 0.25) == pytest.approx(0.75)
    assert terminal.stderr.text == drawn
    live.changed()
    assert live.tick(watch, now + 0.25) == 1.0
    assert terminal.stderr.text != drawn
    live.changed()
    assert live.tick(watch, now + 0.3) == pytest.approx(0.075)


def test_a_window_that_became_narrower_is_drawn_over_from_the_first_of_the_broken_lines() -> None:
    terminal, (watch, now) = a_terminal(environment={"NO_COLOR": "1"}), watched_until(2.0, demo())
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        terminal.stderr = stream
        live = LiveView(terminal)
        drawn = [_drawn_at(columns, live, ours, watch, now + second) for second, columns in enumerate((100, 30))]
    os.close(ours)
    widths = [cell_len(line) for line in re.sub(r"\x1b\[[0-9]*[A-Z]", "", drawn[0]).strip("\r\n").splitlines()]
    assert max(widths) > 60
    up = re.match(r"\r\x1b\[([0-9]+)A", drawn[1])
    assert up is not None
    assert int(up[1]) == sum(max(-(-width // 30), 1) for width in widths) > len(widths)


def _drawn_at(columns: int, live: LiveView, ours: int, watch: Watch, now: float) -> str:
    """Return what is written to draw a frame in a window of this width."""
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    live.changed()
    live.tick(watch, now)
    return os.read(ours, 65536).decode()
