"""Writing to a stream such that no line is ever torn by another one."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def write(stream: TextIO, line: bytes, unwritten: MutableMapping[TextIO, bytes]) -> None:
    """Write what a signal has kept from being written, then the line; past the text layer, and at once.

    `unwritten` is kept by the caller. Raises OSError.
    """
    try:
        _write(stream, line, unwritten)
    except OSError as error:
        if sys.platform == "win32" and error.errno == errno.EINVAL:  # how a pipe without a reader fails there
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
        raise


def _write(stream: TextIO, line: bytes, unwritten: MutableMapping[TextIO, bytes]) -> None:
    stream.flush()
    raw = getattr(stream.buffer, "raw", stream.buffer)
    left = unwritten.pop(stream, b"") + line
    while left:
        unwritten[stream] = left
        written = raw.write(left)
        if written is None:  # the pipe is not a blocking one, and full
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        left = left[written:]
    unwritten.pop(stream, None)
