"""When a request that failed is sent again, and when no more: the same rules for every command."""

from __future__ import annotations

import math
from typing import Final

from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CertificateError,
    NetworkError,
    NotCanvasError,
    OversizedAnswerError,
    ThrottledError,
    UnavailableError,
)
from canvas_progress.core.record import record

GIVE_UP_AFTER: Final = 300.0  # seconds
_FIRST: Final = 1.0
_FIRST_THROTTLED: Final = 5.0  # the bucket leaks 10 units/s and a request reserves 50
_MOST: Final = 30.0
_LONGEST_RETRY_AFTER: Final = 3600.0


@record
class RetryPolicy:
    """How long to go on with a job or a server that gives no good answer. Times in seconds; None is without limit.

    Each is given up after `give_up_after`, after so many `attempts` in a row, or where the next pause would be longer
    than `longest_pause`. With `new_to_us`, a server that was never heard of and refuses connections, or has a page
    saying that it is down, is given up at once: its address may be mistyped.
    """

    give_up_after: float = GIVE_UP_AFTER
    attempts: int | None = None
    longest_pause: float | None = None
    new_to_us: bool = False

    def is_enough(self, failures: int, error: CanvasProgressError) -> bool:
        """Whether no further attempt is worth its time after so many failures in a row."""
        if self.attempts is not None and (failures >= self.attempts or isinstance(error, OversizedAnswerError)):
            return True
        return self.longest_pause is not None and backoff(failures, 1.0, error) > self.longest_pause

    def is_no_server(self, error: CanvasProgressError) -> bool:
        """Whether this failure of a server that was never heard of shows that it is none of ours."""
        if isinstance(error, NotCanvasError):
            return self.new_to_us or not error.stands_in  # a wrong address does not repair itself
        if isinstance(error, CertificateError):
            return True
        return self.new_to_us and isinstance(error, NetworkError) and not error.sent


# For commands that want each job as it is now: nobody waits gladly for a mistyped address, nor for long.
ONE_ANSWER: Final = RetryPolicy(give_up_after=60.0, attempts=3, longest_pause=30.0, new_to_us=True)
# For what has a time limit of its own.
PATIENT: Final = RetryPolicy(give_up_after=math.inf)


def may_pass(error: CanvasProgressError) -> bool:
    """Whether the same request may fare better later."""
    return isinstance(error, UnavailableError | AnswerError)


@record(frozen=False)
class Failures:
    """The failures in a row of one request, and whether it is worth repeating. Times are of the caller's clock."""

    policy: RetryPolicy
    since: float | None = None  # when the first of them was sent
    count: int = 0

    def retry_at(self, error: CanvasProgressError, sent_at: float, now: float, jitter: float) -> float | None:
        """Take in one more failure, and return when to send the request again; None if it is not worth it."""
        self.count += 1
        self.since = sent_at if self.since is None else self.since
        gives_up_at = self.since + self.policy.give_up_after
        if not may_pass(error) or now >= gives_up_at or self.policy.is_enough(self.count, error):
            return None
        return min(now + backoff(self.count, jitter, error), gives_up_at)

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self.since = None if self.since is None else self.since + lost


def backoff(failures: int, jitter: float, error: Exception) -> float:
    """Return the seconds to wait after this many failures in a row.

    Doubles from 1 s (5 s when throttled) to 30 s and takes half to all of that, by `jitter` in 0..1, so that many
    clients do not come back at once. Retry-After takes precedence; but some servers say 0, and there is always a
    pause.
    """
    if isinstance(error, UnavailableError) and error.retry_after is not None:
        return min(max(error.retry_after, _FIRST), _LONGEST_RETRY_AFTER)
    first = _FIRST_THROTTLED if isinstance(error, ThrottledError) else _FIRST
    doubled = first * 2.0 ** min(max(failures - 1, 0), 10)
    return min(doubled, _MOST) * (0.5 + 0.5 * jitter)
