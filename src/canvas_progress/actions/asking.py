"""Requests in the background, so that a watch can draw, count its time and stop while one hangs."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import CanvasProgressError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.clock import Clock
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.refs import Target

_LONGEST_WAIT: Final = 60.0  # seconds; Windows delivers Ctrl-C only between waits


class Asking:
    """A few threads that read jobs. They are never waited for: one that hangs must not keep the command alive."""

    def __init__(self, read: Callable[[Target], Answer], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._asked: SimpleQueue[Target] = SimpleQueue()
        self._replies: SimpleQueue[tuple[Target, Answer | BaseException]] = SimpleQueue()
        self._under_way = 0
        self._threads = 0

    def ask(self, target: Target) -> None:
        """Send the request for this job as soon as a thread is free; there is one for each request under way."""
        self._under_way += 1
        self._asked.put(target)
        if self._threads < self._under_way:
            self._threads += 1
            Thread(target=self._work, name=f"asking-{self._threads}", daemon=True).start()

    def wait(self, seconds: float) -> tuple[Target, Answer | CanvasProgressError] | None:
        """Return the next reply, or None if there was none within so many seconds."""
        if self._under_way == 0:
            self._clock.sleep(min(seconds, _LONGEST_WAIT))
            return None
        try:
            target, reply = self._replies.get(timeout=min(seconds, _LONGEST_WAIT))
        except Empty:
            return None
        self._under_way -= 1
        if isinstance(reply, BaseException) and not isinstance(reply, CanvasProgressError):
            raise reply  # a bug of ours: not something to retry
        return target, reply

    def _work(self) -> None:
        while True:
            target = self._asked.get()
            try:
                self._replies.put((target, self._read(target)))
            except BaseException as error:  # noqa: BLE001  # raised again in the main thread
                self._replies.put((target, error))
