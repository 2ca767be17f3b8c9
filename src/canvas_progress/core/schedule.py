"""Which request is sent next and when, whether a failed one is repeated, and when a server is given up.

What the requests are about is up to the state machine that owns the schedule. Pure: times, jitter and answers come in
as arguments.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from canvas_progress.core.backoff import Failures, RetryPolicy
from canvas_progress.core.decisions import Send, Wait
from canvas_progress.core.record import record
from canvas_progress.core.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.errors import CanvasProgressError

S = TypeVar("S", bound=Hashable)


class Loss(Enum):
    """What is not worth another request."""

    SUBJECT = "this one"
    SERVER = "everything of its server"


@record
class Retry:
    """The request is worth repeating at this time: `put` it again."""

    at: float


class Schedule(Generic[S]):
    """The subjects of requests and when each is due, on one or more servers; `where` names the server of a subject."""

    def __init__(self, retry: RetryPolicy, where: Callable[[S], BaseUrl]) -> None:
        self.servers = Servers(retry)
        self._retry = retry
        self._where = where
        self._due: dict[BaseUrl, list[tuple[float, int, S]]] = {}
        self._pushed = 0
        self._sent_at: dict[S, float] = {}  # the latest request for each
        self._failures: dict[S, Failures] = {}

    def put(self, subject: S, due: float) -> None:
        """Have a request sent for this at that time, or as soon as its server has room."""
        base = self._where(subject)
        self.servers.add(base)
        self._pushed += 1
        heapq.heappush(self._due.setdefault(base, []), (due, self._pushed, subject))

    def was_sent(self, subject: S) -> bool:
        """Whether a request for this was ever sent."""
        return subject in self._sent_at

    def failures(self, subject: S) -> int:
        """Return how many requests for this have failed in a row."""
        return self._failures[subject].count if subject in self._failures else 0

    def decide(self, now: float) -> Send[S] | Wait:
        """Return the request that has been due longest, or for how long there is none. A `Send` counts as sent."""
        wait = math.inf
        for base, due in self._due.items():
            at = max(due[0][0], self.servers.room_at(base, now)) if due else math.inf
            if at <= now:
                subject = heapq.heappop(due)[2]
                self.servers.sent(base, now)
                self._sent_at[subject] = now
                return Send(subject)
            wait = min(wait, at - now, self.servers.given_up_at(base) - now)
        return Wait(max(wait, 0.0))

    def record(
        self, subject: S, error: CanvasProgressError | None, now: float, jitter: float, *, quota: float | None = None
    ) -> Retry | Loss | None:
        """Take in what came of a request: None for a good answer, else whether it is worth repeating.

        `jitter` is random in 0..1, `quota` is X-Rate-Limit-Remaining where an answer has it.
        """
        base, sent_at = self._where(subject), self._sent_at[subject]
        if error is None:
            self._failures.pop(subject, None)
            self.servers.answered(base, sent_at, now, quota=quota)
            return None
        lost = self.servers.failed(base, sent_at, error, now, jitter)
        at = self._failures.setdefault(subject, Failures(self._retry)).retry_at(error, sent_at, now, jitter)
        if lost:
            self.give_up(base)
            return Loss.SERVER
        return Loss.SUBJECT if at is None else Retry(max(at, self.servers.loads[base].hold_until))

    def lost_servers(self, now: float) -> tuple[tuple[BaseUrl, CanvasProgressError], ...]:
        """Give up the servers that have given no good answer for too long, and return these with the latest error."""
        lost = [base for base in self._due if self.servers.given_up_at(base) <= now]
        return tuple((base, self.give_up(base)) for base in lost)

    def give_up(self, base: BaseUrl) -> CanvasProgressError:
        """Have no more requests sent to this server, and return its latest error."""
        self._due[base].clear()
        return self.servers.give_up(base)

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds: whoever was silent then is not to blame."""
        self.servers.resumed(lost)
        self._sent_at = {subject: at + lost for subject, at in self._sent_at.items()}
        for failures in self._failures.values():
            failures.resumed(lost)
