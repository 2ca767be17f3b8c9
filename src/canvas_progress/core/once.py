"""One answer from each of several places: for every command that does not watch. A state machine, as a `Watch` is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, TypeVar

from canvas_progress.core.backoff import ONE_ANSWER
from canvas_progress.core.decisions import Send, Stop, Wait
from canvas_progress.core.errors import CanvasProgressError, CredentialError, TimeLimitError, UnavailableError
from canvas_progress.core.schedule import Loss, Retry, S, Schedule
from canvas_progress.core.wording import in_words, soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.core.backoff import RetryPolicy
    from canvas_progress.core.base_url import BaseUrl

V = TypeVar("V")


class Once(Generic[S, V]):
    """Do what `decide` says, and pass what came of it to `record`, which returns news to report.

    In the end each subject is in `answers`, in `errors`, or nothing was sent for it, its server being lost before. At
    `until` of the caller's clock it is over. `quota` finds X-Rate-Limit-Remaining in an answer.
    """

    def __init__(  # noqa: PLR0913  # all but three by keyword
        self,
        subjects: tuple[S, ...],
        where: Callable[[S], BaseUrl],
        now: float,
        *,
        until: float = math.inf,
        retry: RetryPolicy = ONE_ANSWER,
        quota: Callable[[V], float | None] = lambda _: None,
    ) -> None:
        self.answers: dict[S, V] = {}
        self.errors: dict[S, CanvasProgressError] = {}
        self._open = dict.fromkeys(subjects)
        self._latest: dict[S, CanvasProgressError] = {}  # that was worth a retry
        self._where = where
        self._until = until
        self._quota = quota
        self._retry = retry
        self._schedule: Schedule[S] = Schedule(retry, where)
        for subject in self._open:
            self._schedule.put(subject, now)

    def is_open(self, subject: S) -> bool:
        """Whether this may still be answered."""
        return subject in self._open

    def decide(self, now: float) -> Send[S] | Wait | Stop:
        """Return what to do at this moment. A `Send` counts as sent."""
        if now >= self._until:
            for subject in tuple(self._open):
                self.errors[subject] = TimeLimitError(self._late(subject))
            self._open.clear()
        if not self._open:
            return Stop()
        decision = self._schedule.decide(now)
        return Wait(min(self._until - now, decision.seconds)) if isinstance(decision, Wait) else decision

    def elapsed(self, now: float) -> tuple[str, ...]:
        """Give up the servers that have been silent for too long."""
        for base, error in self._schedule.lost_servers(now):
            self._lose_server(base, error)
        return ()

    def resumed(self, lost: float) -> None:
        """Take in that this process was stopped for so many seconds."""
        self._schedule.resumed(lost)

    def record(self, subject: S, reply: V | CanvasProgressError, now: float, jitter: float) -> tuple[str, ...]:
        """Take in what came of a request. `jitter` is random in 0..1."""
        if not isinstance(reply, CanvasProgressError):
            self._schedule.record(subject, None, now, jitter, quota=self._quota(reply))
            if subject in self._open:
                del self._open[subject]
                self.answers[subject] = reply
            return ()
        retry = self._schedule.record(subject, reply, now, jitter)
        if subject not in self._open:
            return ()
        if isinstance(retry, Retry):
            self._schedule.put(subject, retry.at)
            self._latest[subject] = reply
            return (f"{reply.message}, retrying in {soon(retry.at - now)}",)
        if isinstance(reply, UnavailableError) and (reply.retry_after or 0) > (self._retry.longest_pause or 0):
            reply.message = f"{reply.message}; it says to retry after {in_words(reply.retry_after or 0)}"
        if retry is Loss.SERVER or isinstance(reply, CredentialError):
            self._lose_server(self._where(subject), reply)
        else:
            self._lose((subject,), reply)
        return ()

    def _late(self, subject: S) -> str:
        """Say what there was when the time limit was over: an error is an answer too, or says why there was none."""
        if (latest := self._latest.get(subject)) is not None:
            return f"the time limit was over; the latest error: {latest.message}"
        return f"the time limit was over before {self._where(subject).netloc} had answered"

    def _lose_server(self, base: BaseUrl, error: CanvasProgressError) -> None:
        self._schedule.give_up(base)
        self._lose(tuple(subject for subject in self._open if self._where(subject) == base), error)

    def _lose(self, subjects: tuple[S, ...], error: CanvasProgressError) -> None:
        """End these without an answer; where nothing was sent there is no error."""
        for subject in subjects:
            del self._open[subject]
            if self._schedule.was_sent(subject):
                self.errors[subject] = error
