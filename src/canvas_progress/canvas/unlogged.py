"""Keeps our requests out of the log of a program that calls us: httpcore logs headers, and servers may echo a token.

What the program itself does with httpx is logged as ever.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGGERS: Final = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
_LOGGERS: Final = [logging.getLogger(name) for name in LOGGERS]
_IS_OURS: Final = ContextVar("is_ours", default=False)  # each thread has its own


@contextmanager
def unlogged() -> Iterator[None]:
    """Let the libraries log nothing of what this thread does in here."""
    for logger in _LOGGERS:
        if _is_not_ours not in logger.filters:  # to add it takes a lock, in each request
            logger.addFilter(_is_not_ours)
    before = _IS_OURS.set(True)
    try:
        yield
    finally:
        _IS_OURS.reset(before)


def _is_not_ours(_: logging.LogRecord) -> bool:
    return not _IS_OURS.get()
