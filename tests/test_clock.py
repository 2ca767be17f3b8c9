"""The machine's clock: what it counts as a stop of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

import pytest

from canvas_progress.clock import SystemClock


class Stopping(SimpleQueue[int]):
    """A queue in which nothing ever comes, and during whose wait the clock goes on by so many seconds."""

    def __init__(self, go_on: Callable[[float], None], seconds: float) -> None:
        super().__init__()
        self._go_on, self._seconds = go_on, seconds

    def get(self, *_: object, **__: object) -> int:
        self._go_on(self._seconds)
        raise Empty


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    passed = 0.0

    def later(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr("canvas_progress.clock.time.monotonic", lambda: passed)
    yield later
    monkeypatch.undo()


@pytest.mark.parametrize(("took", "lost"), [(0.5, 0.0), (1.4, 0.0), (61.0, 60.5)])
def test_a_wait_that_takes_much_longer_than_it_should_was_a_stop(
    go_on: Callable[[float], None], took: float, lost: float
) -> None:
    system = SystemClock()
    assert system.wait(Stopping(go_on, took), 0.5, expected=False) is None
    assert system.lost() == lost


def test_stops_add_up_until_they_are_taken_in(go_on: Callable[[float], None]) -> None:
    system = SystemClock()
    for _ in range(2):
        system.wait(Stopping(go_on, 11.0), 1.0, expected=True)
    assert (system.lost(), system.lost()) == (20.0, 0.0)


def test_no_wait_is_so_long_that_a_stop_would_not_be_seen(go_on: Callable[[float], None]) -> None:
    system = SystemClock()
    system.wait(Stopping(go_on, 601.0), 600.0, expected=False)
    assert system.lost() == 600.0
