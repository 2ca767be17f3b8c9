from __future__ import annotations

import pytest

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
