"""What commands print on standard output, in each format. A new format is a class here and a name in `Format`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

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


class Output:
    """One format; it prints nothing where it does not say otherwise."""

    has_events: ClassVar[bool] = False  # whether it shows a watch while that goes on

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def job(self, target: Target, answer: Answer) -> None:
        """Print a job that `show` has read, as soon as those before it are printed."""

    def jobs(self, answers: tuple[tuple[Target, Answer], ...], now: datetime, *, as_list: bool = False) -> None:
        """Print all jobs that were read, at the end; a single one with all its details, unless that is a list."""

    def event(self, event: Event, at: datetime) -> None:
        """Print what happened in a watch."""

    def ended(self, watch: Watch, at: datetime, exit_code: ExitCode, seconds: float, *, drawn: bool) -> None:
        """Print what came of a watch that took so many seconds; `drawn` if its last frame is on standard error."""

    def canceled(self, label: str, found: Conclusion) -> str | None:
        """Return the line about a job that `cancel` was to cancel, where there is one."""

    def history(self, entries: tuple[HistoryEntry, ...], now: float, home: BaseUrl | None) -> None:
        """Print what `recent` lists. `home` is the Canvas that a command without a profile would use."""


class _Tables(Output):
    """For people."""

    def jobs(self, answers: tuple[tuple[Target, Answer], ...], now: datetime, *, as_list: bool = False) -> None:
        from canvas_progress.terminal.table import details, overview

        if len(answers) == 1 and not as_list:
            self._print(details, *answers[0], now)
        elif answers:
            self._print(overview, answers, now)

    def ended(self, watch: Watch, at: datetime, exit_code: ExitCode, seconds: float, *, drawn: bool) -> None:
        del at, exit_code, seconds
        if not (drawn and self._terminal.stdout_is_tty):  # the last frame of the live view says it already
            from canvas_progress.terminal.table import results

            self._print(results, watch.jobs)

    def history(self, entries: tuple[HistoryEntry, ...], now: float, home: BaseUrl | None) -> None:
        del home
        if entries:
            from canvas_progress.terminal.table import history_table

            self._print(history_table, entries, now)

    def _print(self, table: Callable[..., RenderableType], *of: object) -> None:
        """Print a table in the width of standard output, with the symbols that it can show."""
        terminal = self._terminal
        width = terminal.size_of(terminal.stdout)[0]
        terminal.print_table(table(*of, width=width, unicode=terminal.can_encode(SYMBOLS)))


class _Plain(Output):
    """For `cut`, `awk` and `while read`: a line for each job."""

    def job(self, target: Target, answer: Answer) -> None:
        self._terminal.data(tsv.job_line(target.label, answer.job.outcome, answer.job))

    def ended(self, watch: Watch, at: datetime, exit_code: ExitCode, seconds: float, *, drawn: bool) -> None:
        del at, exit_code, seconds, drawn
        for watched in watch.jobs:
            self._terminal.data(tsv.job_line(watched.target.label, watched.shown, watched.job))

    def canceled(self, label: str, found: Conclusion) -> str | None:
        return None if found.job is None else tsv.job_line(label, found.outcome, found.job)

    def history(self, entries: tuple[HistoryEntry, ...], now: float, home: BaseUrl | None) -> None:
        for entry in entries:
            self._terminal.data(tsv.history_line(entry, now, home))


class _Json(Output):
    """For programs: an object on each line, as `docs/json.md` has them."""

    has_events = True

    def job(self, target: Target, answer: Answer) -> None:
        del target
        self._terminal.data(answer.job.verbatim)

    def event(self, event: Event, at: datetime) -> None:
        self._terminal.data(jsonl.event_line(event, at))

    def ended(self, watch: Watch, at: datetime, exit_code: ExitCode, seconds: float, *, drawn: bool) -> None:
        del drawn
        self._terminal.data(jsonl.summary_line(watch, at, exit_code, seconds))

    def canceled(self, label: str, found: Conclusion) -> str | None:
        return jsonl.cancel_line(label, found.action, found.reason, found.outcome, found.job)

    def history(self, entries: tuple[HistoryEntry, ...], now: float, home: BaseUrl | None) -> None:
        del now, home
        for entry in entries:
            self._terminal.data(jsonl.history_line(entry))


_CLASSES: Final = {Format.TABLE: _Tables, Format.PLAIN: _Plain, Format.JSON: _Json}


def output_for(format_: Format, terminal: Terminal) -> Output:
    """Return what prints in a format."""
    return _CLASSES[format_](terminal)
