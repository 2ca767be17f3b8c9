"""What one request may take as a whole, seen to at each read from its socket: neither httpx nor httpcore limits that.

Headers that drip keep the limit of a single read alive for ever, and interim answers without an end keep a core busy.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol

from canvas_progress.core.errors import NetworkError, OversizedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LARGEST_HEAD: Final = 2**18  # bytes with all interim answers; httpx takes no longer line than 100 KiB


class Read(Protocol):
    """Reads from a socket, as the streams of httpcore do."""

    def __call__(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, nothing at the end."""


class Allowance:
    """What one request may take: so many seconds from now on, and so much before its body. `where` is the host."""

    def __init__(self, monotonic: Callable[[], float], seconds: float, where: str) -> None:
        self._monotonic = monotonic
        self._seconds = seconds
        self._ends = monotonic() + seconds
        self._where = where
        self._head: int | None = None  # how many bytes of it have come, while they do

    def note(self, event: str) -> None:
        """Take in what happens to the request, by httpcore's name for it."""
        if event.endswith("receive_response_headers.started"):
            self._head = 0
        elif event.endswith("receive_response_headers.complete"):
            self._head = None  # the body has a limit of its own

    def read(self, read: Read, max_bytes: int, timeout: float | None) -> bytes:
        """Read once. Raises NetworkError when the time is over, and OversizedAnswerError when it is too much."""
        left = self._ends - self._monotonic()
        if left <= 0:
            raise NetworkError(f"{self._where} was still answering after {self._seconds:.0f} s")
        data = read(max_bytes, left if timeout is None else min(timeout, left))
        if self._head is not None:
            self._head += len(data)
            if self._head > _LARGEST_HEAD:
                raise OversizedAnswerError(f"{self._where} answers without end")
        return data


_current: ContextVar[Allowance | None] = ContextVar("allowance", default=None)  # of the request of this thread


def note(event: str) -> None:
    """Take in what happens to the request of this thread."""
    if (allowance := _current.get()) is not None:
        allowance.note(event)


@contextmanager
def allowing(allowance: Allowance) -> Iterator[None]:
    """Let what is requested in here take no more than that."""
    token = _current.set(allowance)
    try:
        yield
    finally:
        _current.reset(token)


def limited(read: Read) -> Read:
    """Return the read of a stream, by which each request takes no more than it may."""

    def read_within(max_bytes: int, timeout: float | None = None) -> bytes:
        allowance = _current.get()
        return read(max_bytes, timeout) if allowance is None else allowance.read(read, max_bytes, timeout)

    return read_within
