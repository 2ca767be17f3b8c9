"""Calls in threads of their own, for which nobody has to wait longer than they want. The only threads that we make.

A thread that hangs in a call is left behind: it cannot keep the process from ending.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from functools import cache, wraps
from queue import SimpleQueue
from threading import Lock, Thread, local
from typing import TYPE_CHECKING, Final, Generic, ParamSpec, TypeVar

from canvas_progress.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canvas_progress.clock import Clock

K = TypeVar("K")
V = TypeVar("V")
P = ParamSpec("P")


class _Signals(local):
    """Of each thread of ours, the signals that whoever started it has blocked. Where there are no masks: none."""

    blocked_outside: set[signal.Signals | int] | None = None


_SIGNALS: Final = _Signals()


@record
class Done(Generic[K]):
    """A call that has ended: what it returned or raised. A TimeoutError is ours where it took longer than its limit."""

    key: K
    result: object = None
    error: BaseException | None = None


@contextmanager
def without_signals() -> Iterator[None]:
    """Let threads that are started in here take no signals: the main thread alone is woken by them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = _blocked()  # looked up apart: the next call may raise KeyboardInterrupt
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def with_signals() -> Iterator[None]:
    """Block in here what is blocked outside of our threads, and no more: programs that are started inherit that.

    A signal that arrives meanwhile may wake this thread instead of the main one, which then sees it at its next look.
    """
    outside = _SIGNALS.blocked_outside
    if outside is None:
        yield
        return
    before = _blocked()
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, outside)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _blocked() -> set[signal.Signals | int]:
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())


def _blocked_outside() -> set[signal.Signals | int] | None:
    """Return what is blocked outside of our threads, as seen from any thread; None where there are no masks."""
    if _SIGNALS.blocked_outside is not None or not hasattr(signal, "pthread_sigmask"):
        return _SIGNALS.blocked_outside
    return _blocked()


def once(make: Callable[[], V]) -> Callable[[], V]:
    """Return what makes something when it is first wanted, and that one to every thread. What it raises is not kept."""
    lock, made = Lock(), cache(make)

    @wraps(make)
    def only() -> V:
        with lock:  # `cache` alone lets threads that come at once make one each
            return made()

    return only


def one_at_a_time(call: Callable[P, V]) -> Callable[P, V]:
    """Let one thread at a time make this call."""
    lock = Lock()

    @wraps(call)
    def alone(*args: P.args, **kwargs: P.kwargs) -> V:
        with lock:
            return call(*args, **kwargs)

    return alone


class Background(Generic[K]):
    """A few threads, each with one call at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._todo: SimpleQueue[tuple[int, Callable[[], object]] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, object, BaseException | None] | None] = SimpleQueue()
        self._under_way: dict[int, tuple[K, float]] = {}  # by number: whose call it is, and when it is given up
        self._numbers = 0
        self._threads = 0  # that can be counted on
        self._started = 0

    @property
    def is_busy(self) -> bool:
        """Whether a call is under way that is still waited for."""
        return bool(self._under_way)

    def start(self, key: K, call: Callable[[], object], *, limit: float) -> None:
        """Make a call as soon as a thread is free, which is at once; after `limit` seconds it counts as failed."""
        self._numbers += 1
        self._under_way[self._numbers] = (key, self._clock.monotonic() + limit)
        self._todo.put((self._numbers, call))
        if self._threads < len(self._under_way):
            self._threads += 1
            self._started += 1
            outside = _blocked_outside()
            with without_signals():
                Thread(target=self._work, args=(outside,), name=f"background-{self._numbers}", daemon=True).start()

    def wait(self, seconds: float) -> Done[K] | None:
        """Return the next call that has ended; None if none did within so many seconds or less, or `wake` was called.

        The clock may wait for a shorter time, after which one looks at what else there is: see `result`.
        """
        now = self._clock.monotonic()
        ends = min((until for _, until in self._under_way.values()), default=now + seconds)
        came = self._clock.wait(self._done, max(0.0, min(seconds, ends - now)), expected=self.is_busy)
        if came is None:
            return self._overdue()
        number, result, error = came
        if number not in self._under_way:
            self._threads += 1  # it came back after all
            return None
        key, _ = self._under_way.pop(number)
        return Done(key, result, error)

    def result(self, seconds: float) -> Done[K] | None:
        """Return the next call that has ended; None only after so many seconds, whatever the clock waits at a time."""
        until = self._clock.monotonic() + seconds
        while (done := self.wait(until - self._clock.monotonic())) is None and self._clock.monotonic() < until:
            pass
        return done

    def wake(self) -> None:
        """Have `wait` return now. May be called from a signal handler."""
        self._done.put(None)

    def allow(self, seconds: float) -> None:
        """Give every call under way so much more time: the process was stopped for so long."""
        self._under_way = {number: (key, until + seconds) for number, (key, until) in self._under_way.items()}

    def close(self) -> None:
        """Let the threads end, each after the call it is at."""
        for _ in range(self._started):
            self._todo.put(None)

    def _overdue(self) -> Done[K] | None:
        now = self._clock.monotonic()
        for number, (key, until) in self._under_way.items():
            if until <= now:
                del self._under_way[number]
                self._threads -= 1  # that one may hang for ever: it no longer counts
                return Done(key, error=TimeoutError())
        return None

    def _work(self, blocked_outside: set[signal.Signals | int] | None) -> None:
        _SIGNALS.blocked_outside = blocked_outside
        while (todo := self._todo.get()) is not None:
            number, call = todo
            try:
                self._done.put((number, call(), None))
            except BaseException as error:  # noqa: BLE001  # handed to whoever waits
                self._done.put((number, None, error))
