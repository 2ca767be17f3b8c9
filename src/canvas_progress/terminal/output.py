"""What commands print on standard output, in each format.

A new one is a name in `Format`, and what it prints here; `cli/context.py` has the default.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.record import record
from canvas_progress.terminal import jsonl, tsv
from canvas_progress.terminal.symbols import SYMBOLS
from canvas_progress.terminal.terminal import Format

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from rich.console import RenderableType

    from canvas_progress.core.answers import Answer
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.cancel_conclusion import Conclusion
    from canvas_progress.core.events import Event
    from canvas_progress.core.exit_codes import ExitCode
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.refs import Target
    from canvas_progress.terminal.terminal import Terminal


@record
class Output:
    """Standard output, and the format of what a command prints there."""

    terminal: Terminal
    format: Format

    @property
    def is_for_people(self) -> bool:
        """Whether a person reads it: sentences belong there, and not beside it."""
        return self.format is Format.TABLE

    @property
    def shows_events(self) -> bool:
        """Whether a person sees on standard output what happens in a watch."""
        return self.format is Format.JSON and self.terminal.stdout_is_tty

    def job(self, target: Target, answer: Answer) -> None:
        """Print a job that `show` has read, as soon as those before it are printed."""
        match self.format:
            case Format.JSON:
                self.terminal.data(answer.job.verbatim)
            case Format.PLAIN:
                self.terminal.data(tsv.job_line(target.label, answer.job.outcome, answer.job))
            case Format.TABLE:
                pass  # all together, at the end

    def jobs(self, answers: tuple[tuple[Target, Answer], ...], now: datetime, *, as_list: bool = False) -> None:
        """Print all jobs that were read, at the end; a single one with all its details, unless that is a list."""
        if self.format is Format.TABLE and answers:
            from canvas_progress.terminal.table import details, overview

            if len(answers) == 1 and not as_list:
                self._print(partial(details, linked=self.terminal.stdout_is_tty), *answers[0], now)
            else:
                self._print(partial(overview, as_list=as_list), answers, now)

    def event(self, event: Event, at: datetime) -> None:
        """Print what happened in a watch."""
        if self.format is Format.JSON:
            self.terminal.data(jsonl.event_line(event, at))

    def ended(self, watch: Watch, at: datetime, exit_code: ExitCode, seconds: float, *, drawn: bool) -> None:
        """Print what came of a watch that took so many seconds; `drawn` if its last frame is on standard error."""
        match self.format:
            case Format.JSON:
                self.terminal.data(jsonl.summary_line(watch, at, exit_code, seconds))
            case Format.PLAIN:
                for watched in watch.jobs:
                    self.terminal.data(tsv.job_line(watched.target.label, watched.shown, watched.job))
            case Format.TABLE:
                if not (drawn and self.terminal.stdout_is_tty):  # else the last frame says it already
                    from canvas_progress.terminal.table import results

                    self._print(results, watch.jobs)

    def unwatched(self, labels: tuple[str, ...], at: datetime, exit_code: ExitCode, seconds: float) -> None:
        """Print what came of a watch that ended before it had begun; people read why, on standard error."""
        match self.format:
            case Format.JSON:
                outcomes = dict.fromkeys(labels, Outcome.UNREAD)
                self.terminal.data(jsonl.summary_of(outcomes, at, exit_code, seconds))
            case Format.PLAIN:
                for label in labels:
                    self.terminal.data(tsv.job_line(label, Outcome.UNREAD, None))
            case Format.TABLE:
                pass

    def canceled(self, label: str, found: Conclusion) -> str | None:
        """Return the line about a job that `cancel` was to cancel, where there is one."""
        match self.format:
            case Format.JSON:
                return jsonl.cancel_line(label, found.action, found.reason, found.outcome, found.job)
            case Format.PLAIN:
                return None if found.job is None else tsv.job_line(label, found.outcome, found.job)
            case Format.TABLE:
                return None

    def history(self, entries: tuple[HistoryEntry, ...], now: float, home: BaseUrl | None) -> None:
        """Print what `recent` lists. `home` is the Canvas that a command without a profile would use."""
        match self.format:
            case Format.JSON:
                for entry in entries:
                    self.terminal.data(jsonl.history_line(entry))
            case Format.PLAIN:
                for entry in entries:
                    self.terminal.data(tsv.history_line(entry, now, home))
            case Format.TABLE:
                if entries:
                    from canvas_progress.terminal.table import history_table

                    self._print(history_table, entries, now)

    def _print(self, table: Callable[..., RenderableType], *of: object) -> None:
        """Print a table in the width of standard output, with the symbols that it can show."""
        width = self.terminal.size_of(self.terminal.stdout)[0]
        self.terminal.print_table(table(*of, width=width, unicode=self.terminal.can_encode(SYMBOLS)))
