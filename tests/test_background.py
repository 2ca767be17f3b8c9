"""Calls in threads: how many threads there are, and that none that hangs is counted on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TypeVar

import pytest

from canvas_progress.background import Background, once
from canvas_progress.clock import SystemClock

T = TypeVar("T")
LONG = 10.0  # seconds, longer than anything here takes


@contextmanager
def a_background() -> Iterator[Background[str]]:
    background: Background[str] = Background(SystemClock())
    yield background
    background.close()


def hang(background: Background[str]) -> threading.Event:
    """Start a call that is over its limit at once and goes on all the same, until the event is set."""
    go = threading.Event()
    background.start("hangs", lambda: go.wait(3 * LONG), limit=0.0)
    done = background.wait(LONG)
    assert done is not None
    assert isinstance(done.error, TimeoutError)
    return go


def who_runs(background: Background[str]) -> object:
    background.start("next", threading.current_thread, limit=LONG)
    while (done := background.wait(LONG)) is None:
        pass
    return done.result


def test_a_call_after_one_that_hangs_has_a_thread_of_its_own() -> None:
    with a_background() as background:
        go = hang(background)
        assert isinstance(who_runs(background), threading.Thread)
        go.set()


def test_a_thread_that_comes_back_after_all_is_used_again() -> None:
    with a_background() as background:
        hang(background).set()
        assert background.wait(LONG) is None  # what it brings is nothing that anybody waits for
        before = set(threading.enumerate())
        assert who_runs(background) in before
        assert set(threading.enumerate()) <= before


def test_more_time_is_given_to_what_is_under_way() -> None:
    with a_background() as background:
        go = threading.Event()
        background.start("late", lambda: go.wait(LONG), limit=0.0)
        background.allow(LONG)
        go.set()
        while (done := background.wait(LONG)) is None:
            pass
        assert (done.result, done.error) == (True, None)


def test_what_is_made_once_is_made_again_only_where_that_failed() -> None:
    made: list[object] = []

    @once
    def make() -> object:
        made.append(object())
        if len(made) == 1:
            raise ZeroDivisionError
        return made[-1]

    with pytest.raises(ZeroDivisionError):
        make()
    assert make() is make() is made[1]
    assert len(made) == 2


class ManyWaits(SystemClock):
    """A clock whose waits are short; during the fifth, something happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self.waits, self.happens = 0, happens

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        self.waits += 1
        if self.waits == 5:
            self.happens()
        return super().wait(queue, min(seconds, 0.01), expected=expected)


def test_a_result_is_waited_for_in_as_many_waits_of_the_clock_as_it_takes() -> None:
    go = threading.Event()
    background: Background[None] = Background(ManyWaits(go.set))
    background.start(None, lambda: go.wait(LONG), limit=LONG)
    done = background.result(LONG)
    assert done is not None
    assert done.result is True
    assert background.result(0.0) is None
    background.close()
