"""SIGTERM as an exception, the way KeyboardInterrupt is SIGINT."""

from __future__ import annotations


class Terminated(BaseException):
    """SIGTERM or SIGHUP has arrived. Like KeyboardInterrupt not an Exception, so that nothing swallows it."""
