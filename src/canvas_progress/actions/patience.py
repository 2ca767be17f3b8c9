"""Asking again for a single answer, a few times and aloud."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from canvas_progress.actions.asking import asked_once
from canvas_progress.core.backoff import backoff
from canvas_progress.core.errors import CanvasProgressError, CertificateError, NetworkError, UnavailableError
from canvas_progress.core.wording import soon

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.refs import Target

_ATTEMPTS: Final = 3
_LONGEST_PAUSE: Final = 30.0  # seconds; who is asked to stay away for longer is told so instead


def read_patiently(target: Target, adapters: Adapters) -> Answer:
    """Return the Progress, asking up to three times where another try may help. Raises CanvasProgressError."""
    for attempt in range(1, _ATTEMPTS + 1):
        reply = asked_once(adapters.jobs.read, target, adapters.clock)
        if not isinstance(reply, CanvasProgressError):
            return reply
        pause = backoff(attempt, random.random(), reply)  # noqa: S311  # jitter is no secret
        if attempt == _ATTEMPTS or pause > _LONGEST_PAUSE or not _may_pass(reply):
            raise reply
        adapters.terminal.note(f"{reply.message}, asking again in {soon(pause)}")
        adapters.clock.sleep(pause)
    raise AssertionError  # pragma: no cover  # the last attempt returns or raises


def _may_pass(error: CanvasProgressError) -> bool:
    """Tell a passing fault from a wrong address: nobody waits gladly for a typing error."""
    if isinstance(error, NetworkError):
        return error.sent
    return isinstance(error, UnavailableError) and not isinstance(error, CertificateError)
