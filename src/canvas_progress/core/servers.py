"""The servers of one command: when each may be sent one more request, and when it is given up. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from canvas_progress.core.backoff import RetryPolicy, backoff, may_pass
from canvas_progress.core.errors import CanvasProgressError, JobError, NetworkError, NoJobYetError, UnavailableError
from canvas_progress.core.server_load import ServerLoad
from canvas_progress.core.wording import in_words

if TYPE_CHECKING:
    from canvas_progress.core.base_url import BaseUrl


class Servers:
    """What is known of each server. Every request that is sent and everything that comes back is counted here."""

    def __init__(self, retry: RetryPolicy) -> None:
        self.retry = retry
        self.requests = 0
        self.loads: dict[BaseUrl, ServerLoad] = {}
        self._errors: dict[BaseUrl, CanvasProgressError] = {}  # the latest of each

    def add(self, base: BaseUrl) -> None:
        """Begin with a server, unless it is known."""
        if base not in self.loads:
            self.loads[base] = ServerLoad()

    def room_at(self, base: BaseUrl, now: float) -> float:
        """Return when one more request may be sent there; infinity while an answer has to come first."""
        return self.loads[base].room_at(now)

    def sent(self, base: BaseUrl, now: float) -> None:
        """Take in that a request was sent."""
        self.requests += 1
        self.loads[base] = self.loads[base].requested(now)

    def answered(self, base: BaseUrl, sent_at: float, now: float, *, quota: float | None) -> None:
        """Take in a good answer; `quota` is X-Rate-Limit-Remaining, where it says so."""
        self.loads[base] = self.loads[base].answered(sent_at, quota, now)

    def failed(self, base: BaseUrl, sent_at: float, error: CanvasProgressError, now: float, jitter: float) -> bool:
        """Take in a failure, and return whether the whole server is to be given up. `jitter` is random in 0..1."""
        before = self.loads[base]
        self._errors[base] = error
        if isinstance(error, UnavailableError):
            hold = now + backoff(before.failures_with(sent_at), jitter, error)
            load = before.failed(sent_at, error, now, hold, self.retry.give_up_after)
        else:
            is_well = isinstance(error, JobError | NoJobYetError)
            load = before.refused(sent_at, now) if is_well else before.returned(sent_at)
        self.loads[base] = load
        if not before.has_answered and self.retry.is_no_server(error):
            return True
        enough = load.failures > before.failures and self.retry.is_enough(load.failures, error)
        return may_pass(error) and (enough or self.given_up_at(base) <= now)

    def given_up_at(self, base: BaseUrl) -> float:
        """Return when a server is given up unless a good answer comes before; infinity where none is expected."""
        since = self.loads[base].silent_since
        return math.inf if since is None else since + self.retry.give_up_after

    def give_up(self, base: BaseUrl) -> CanvasProgressError:
        """Wait for no answer of this server any more, and return the latest error."""
        self.loads[base] = replace(self.loads[base], silent_since=None)
        silence = f"{base.netloc} did not answer within {in_words(self.retry.give_up_after)}"
        return self._errors.get(base) or NetworkError(silence)

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds: whoever was silent then is not to blame."""
        self.loads = {base: load.resumed(lost) for base, load in self.loads.items()}
