"""A watch told line by line on standard error: for logs, pipes and dumb terminals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self, assert_never

from canvas_progress.core.events import Changed, Event, Finished, Seen, Stalled, Trouble
from canvas_progress.core.wording import in_words, percent, soon
from canvas_progress.terminal.looks import outcome_word

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.refs import Target
    from canvas_progress.terminal.terminal import Terminal


class Lines:
    """Writes a line when something changed that a person would see, and none otherwise."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._told: dict[Target, str] = {}
        self._errors: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def tell(self, event: Event, at: datetime) -> None:
        """Write what happened, unless the last line about this job said the same."""
        if isinstance(event, Trouble) and event.retry_in is None:
            if event.error.message not in self._errors:  # a lost server is told once, not for each of its jobs
                self._errors.add(event.error.message)
                self._terminal.error(event.error)
            return
        if isinstance(event, Finished) and event.job is None:
            return  # the error before it has said so
        text = _words(event)
        if self._told.get(event.target) != text:
            self._told[event.target] = text
            self._terminal.note(f"{at:%Y-%m-%dT%H:%M:%SZ} {event.target.label} {text}")

    def tick(self, watch: Watch, now: float) -> float:
        """Have nothing to do as time goes by."""
        del watch, now
        return math.inf


def _words(event: Event) -> str:
    match event:
        case Seen(_, job) | Changed(_, job, _):
            return _state(job.outcome, job)
        case Finished(_, outcome, job):
            return _state(outcome, job)
        case Stalled(_, job, seconds):
            return f"{_state(job.outcome, job)}: no change for {in_words(seconds)}, no longer watched"
        case Trouble(_, error, retry_in, attempt):
            return f"{error.message}, asking again in {soon(retry_in or 0)}, attempt {attempt + 1}"
        case other:
            assert_never(other)


def _state(outcome: Outcome, job: Job | None) -> str:
    if job is None:
        return outcome_word(outcome, job)
    words = [outcome_word(outcome, job), percent(job.completion), job.tag or ""]
    text = " ".join(word for word in words if word)
    return f"{text}: {job.message}" if job.message else text
