"""Requests in the background, so that a watch can draw, count its time and stop while one hangs."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import CanvasProgressError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.clock import Clock
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.refs import Target

LIMIT: Final = 150.0  # seconds for a whole request; each phase of it has shorter limits, but drips keep these alive
_LONGEST_WAIT: Final = 60.0  # seconds; Windows delivers Ctrl-C only between waits


class Asking:
    """A few threads that read jobs. They are never waited for: one that hangs must not keep the command alive.

    A request that takes longer than the `limit`, in seconds, counts as unanswered, whatever still comes of it.
    """

    def __init__(self, read: Callable[[Target], Answer], clock: Clock, *, limit: float = LIMIT) -> None:
        self._read = read
        self._clock = clock
        self._limit = min(limit, LIMIT)
        self._asked: SimpleQueue[tuple[int, Target] | None] = SimpleQueue()
        self._replies: SimpleQueue[tuple[int, Answer | BaseException]] = SimpleQueue()
        self._under_way: dict[int, tuple[Target, float]] = {}  # by number: what was asked, and until when to wait
        self._numbers = 0
        self._threads = 0  # that can be counted on
        self._started = 0

    def ask(self, target: Target) -> None:
        """Send the request for this job as soon as a thread is free; there is one for each request under way."""
        self._numbers += 1
        self._under_way[self._numbers] = (target, self._clock.monotonic() + self._limit)
        self._asked.put((self._numbers, target))
        if self._threads < len(self._under_way):
            self._threads += 1
            self._started += 1
            Thread(target=self._work, name=f"asking-{self._numbers}", daemon=True).start()

    def wait(self, seconds: float) -> tuple[Target, Answer | CanvasProgressError] | None:
        """Return the next reply, or None if there was none within so many seconds."""
        if not self._under_way:
            self._clock.sleep(min(seconds, _LONGEST_WAIT))
            return None
        number, (target, until) = min(self._under_way.items(), key=lambda item: item[1][1])
        left = until - self._clock.monotonic()
        if left <= 0:
            del self._under_way[number]
            self._threads -= 1  # that one may hang for ever: it no longer counts
            return target, NetworkError(f"{target.base.netloc} gave no whole answer within {self._limit:.0f} s")
        try:
            number, reply = self._replies.get(timeout=min(seconds, left, _LONGEST_WAIT))
        except Empty:
            return None
        if number not in self._under_way:
            self._threads += 1  # it came back after all
            return None
        target, _ = self._under_way.pop(number)
        if isinstance(reply, BaseException) and not isinstance(reply, CanvasProgressError):
            raise reply  # a bug of ours: not something to retry
        return target, reply

    def close(self) -> None:
        """Let the threads end, each after the request it is at."""
        for _ in range(self._started):
            self._asked.put(None)

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            number, target = asked
            try:
                self._replies.put((number, self._read(target)))
            except BaseException as error:  # noqa: BLE001  # raised again in the main thread
                self._replies.put((number, error))


def asked_once(
    request: Callable[[Target], Answer], target: Target, clock: Clock, *, limit: float = LIMIT
) -> Answer | CanvasProgressError:
    """Make one request in the background, and wait for it no longer than `limit` seconds, nor than any may take."""
    asking = Asking(request, clock, limit=limit)
    asking.ask(target)
    try:
        while (reply := asking.wait(_LONGEST_WAIT)) is None:
            pass
    finally:
        asking.close()
    return reply[1]
