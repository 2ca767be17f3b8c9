"""What goes to standard error line by line: a watch where nothing can be drawn, and the errors of several jobs."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, assert_never

from canvas_progress.core.events import Changed, Event, Finished, Seen, Stalled, Trouble
from canvas_progress.core.wording import about, brief_span, counted, glimpse, in_words, percent, soon
from canvas_progress.terminal.symbols import outcome_word

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.refs import Target
    from canvas_progress.terminal.terminal import Terminal


class Log:
    """Writes a line when something changed that a person would see, and none otherwise."""

    def __init__(self, terminal: Terminal, heartbeat: float | None = None) -> None:
        self._terminal = terminal
        self._heartbeat = heartbeat
        self._beat_at = math.inf
        self._wrote = True
        self._last: dict[Target, str] = {}  # the latest line about each job
        self._errors: set[str] = set()

    def event(self, event: Event, at: datetime) -> None:
        """Write what happened, unless the last line about this job said the same."""
        if isinstance(event, Trouble) and event.retry_in is None:
            if event.error.message in self._errors:  # a lost server is reported once, not for each of its jobs
                return
            self._errors.add(event.error.message)
        if isinstance(event, Finished) and event.job is None:
            return  # the error before it has said so
        text = _words(event)
        if self._last.get(event.target) != text:
            self._last[event.target] = text
            self._wrote = True
            self._terminal.note(f"{at:%Y-%m-%dT%H:%M:%SZ} {event.target.label} {text}{_since(event)}")

    def tick(self, watch: Watch, now: float, at: datetime) -> float:
        """Write a sign of life if nothing else was written for as long as the heartbeat."""
        if self._heartbeat is None or watch.ending is not None:
            return math.inf
        if self._wrote:
            self._wrote, self._beat_at = False, now + self._heartbeat
        if now >= self._beat_at:
            self._beat_at = now + self._heartbeat
            self._terminal.note(f"{at:%Y-%m-%dT%H:%M:%SZ} {_so_far(watch)}")
        return self._beat_at - now


def report_errors(found: Iterable[tuple[str, CanvasProgressError]], jobs: int, terminal: Terminal) -> None:
    """Report what went wrong with some of so many jobs, each by its label; what is the same for several only once."""
    labels: dict[str, list[str]] = {}
    errors: dict[str, CanvasProgressError] = {}
    for label, error in found:
        labels.setdefault(error.message, []).append(label)
        errors[error.message] = error
    for message, error in errors.items():
        terminal.error(error, about(labels[message], jobs - len(labels[message]), message))


def _so_far(watch: Watch) -> str:
    """Count the jobs by outcome, and name the state of a single one."""
    jobs = watch.jobs
    if len(jobs) == 1:
        job = jobs[0].job
        return f"{jobs[0].target.label} still {_state(jobs[0].shown, job) if job else 'without an answer'}"
    counts = Counter(outcome_word(watched.shown, watched.job) for watched in jobs)
    return f"{counted(len(jobs), 'job')}: " + ", ".join(f"{number} {word}" for word, number in counts.items())


def _words(event: Event) -> str:
    match event:
        case Seen(_, job, _) | Changed(_, job):
            return _state(job.outcome, job)
        case Finished(_, outcome, job):
            return _state(outcome, job)
        case Stalled(_, job, seconds):
            return f"{_state(job.outcome, job)}: no change for {in_words(seconds)}, no longer watched"
        case Trouble(_, error, None, attempt):
            return f"given up: {error.message}" if attempt > 1 else error.message
        case Trouble(_, error, retry_in, attempt):
            return f"{error.message}, retrying in {soon(retry_in or 0)}, attempt {attempt + 1}"
        case other:
            assert_never(other)


def _since(event: Event) -> str:
    """Say when a job ended that had ended before: it may not be the one that is meant."""
    if not isinstance(event, Seen) or event.ended_ago is None:
        return ""
    return f"; ended {brief_span(event.ended_ago)} ago"


def _state(outcome: Outcome, job: Job | None) -> str:
    if job is None:
        return outcome_word(outcome, job)
    words = [outcome_word(outcome, job), percent(job.completion), job.tag or ""]
    text = " ".join(word for word in words if word)
    return f"{text}: {glimpse(job.message)}" if job.message else text
