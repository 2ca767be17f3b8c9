"""What one call from Python is run with: its Canvas, its time limit, and errors that a program may show or log."""

from __future__ import annotations

import math
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

from canvas_progress.clock import SystemClock
from canvas_progress.composition.session import Session
from canvas_progress.core.credentials import ARGUMENTS, Profile, Secret, StoredToken, checked_token
from canvas_progress.core.errors import CanvasProgressError, TimeLimitError, UsageError
from canvas_progress.core.masking import mask, mask_typed
from canvas_progress.core.results import JobFailedError, JobTimeoutError
from canvas_progress.core.wording import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from canvas_progress.actions.engine import Engine
    from canvas_progress.core.backoff import RetryPolicy
    from canvas_progress.core.refs import Target


R = TypeVar("R")


class Call:
    """One call from Python. It reads the history and writes to it only with `history`.

    An error of ours leaves it without a token in it, and with its hint where a traceback shows that. Nor does it keep
    the frames in which it came about: tools that show the variables in them would show headers.
    """

    def __init__(
        self, url: str | None, token: str | None, profile: str | None, *, timeout: float | None, history: bool
    ) -> None:
        self._timeout = timeout
        self._began = SystemClock().monotonic()
        self._canvas = (url, token, profile)
        self._history = history
        self._secret: Secret | None = None
        self._named: tuple[Target, ...] = ()

    def __repr__(self) -> str:
        """Return nothing of what it was called with: that may be a token."""
        return "Call()"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, CanvasProgressError) or isinstance(error, JobFailedError | JobTimeoutError):
            return  # the latter are those of a call within this one: they have been here
        if isinstance(error, TimeLimitError):
            error = JobTimeoutError(error.message, hint=error.hint)
        mask_typed(error)
        mask(error, visible)
        if self._secret is not None:
            mask(error, self._secret.masked_in)
        if error.hint:
            error.add_note(f"hint: {error.hint}")
        error.__context__ = error.__cause__ = None
        raise error.with_traceback(None) from None

    @property
    def timeout(self) -> float | None:
        """The time limit; an endless one is none. Raises UsageError."""
        return None if self._timeout == math.inf else seconds(self._timeout, "timeout")

    @contextmanager
    def connected(  # noqa: PLR0913  # all but the jobs are named, and may be left out
        self,
        refs: tuple[object, ...],
        *,
        course: int | str | None = None,
        account: int | str | None = None,
        writes: bool = False,
        retry: RetryPolicy | None = None,
        since: float | None = None,
    ) -> Iterator[tuple[tuple[Target, ...], Engine]]:
        """Find for each job its Canvas and its token, and yield the jobs and the engine.

        `writes`, `retry` and `since` are as for the connector.
        """
        from canvas_progress.composition.connections import connector, engine
        from canvas_progress.core.job_values import refs_of
        from canvas_progress.core.refs import parse_account, parse_id

        session = self.session
        lti = None if course is None else parse_id(str(course), what="a course")
        named = refs_of(refs, course=lti, account=parse_account(None if account is None else str(account)))
        try:
            found = connector(session, writes=writes, retry=retry, since=since).connect_each(named)
            targets, self._named, accesses = found
            with engine(session, accesses, records=self._history) as made:
                yield targets, made
        finally:
            session.started.end()

    def as_named(
        self,
        targets: Iterable[Target],
        results: Iterable[R],
        job_of: Callable[[Target], Target] = lambda target: target,
    ) -> tuple[R, ...]:
        """Return the results of all jobs as these were named: that of a job that was named twice comes twice.

        `job_of` says which job a link has led to, where the results are those of jobs.
        """
        found = dict(zip(targets, results, strict=True))
        return tuple(found[job_of(target)] for target in self._named)

    @cached_property
    def session(self) -> Session:
        """What this call is run with. Raises UsageError."""
        from canvas_progress.actions.notes import NoNotes
        from canvas_progress.interrupts import NoInterrupts

        given = self._given()
        until = math.inf if self.timeout is None else self._began + self.timeout
        return Session(NoNotes(), NoInterrupts(), profile=self._canvas[2], given=given, until=until)

    def _given(self) -> Profile | None:
        """Return the Canvas that the caller brings along. Raises UsageError for half of one, and for too much."""
        from canvas_progress.core.base_url import parse_base_url

        url, token, profile = self._canvas
        for name, value in (("url", url), ("token", token), ("profile", profile)):
            if value is not None:
                text(value, name)
        if token is not None:
            self._secret = checked_token(token, where="`token`")
        if profile == "":
            raise UsageError("`profile` is empty", hint="is a variable unset? Leave it out for the default profile")
        if url is None and self._secret is None:
            return None
        if url is None or self._secret is None:
            raise UsageError("`url` and `token` belong together", hint="a token goes to no other Canvas than its own")
        if profile is not None:
            raise UsageError("`profile` excludes `url` and `token`", hint="say which one you mean")
        return Profile(ARGUMENTS, parse_base_url(url), StoredToken(self._secret))


def text(value: object, name: str) -> str:
    """Return a text. Raises UsageError for what is none, without quoting it: it may be a token."""
    if not isinstance(value, str):
        kind = "None" if value is None else f"of type `{type(value).__name__}`"
        raise UsageError(f"`{name}` is {kind}, not a text")
    return value


def seconds(value: float | None, name: str) -> float | None:
    """Return a time in seconds. Raises UsageError for what is none, such as NaN."""
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool | str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"`{name}` is not a number of seconds", hint="such as 600 for ten minutes")
    if number <= 0:
        raise UsageError(f"`{name}` must be greater than zero", hint="leave it out to wait without limit")
    return number
