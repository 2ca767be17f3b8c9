"""SIGTERM as an exception, the way KeyboardInterrupt is SIGINT."""

from __future__ import annotations


class Terminated(BaseException):
    """The process was asked to end. Like KeyboardInterrupt not an Exception, so that nothing swallows it."""
