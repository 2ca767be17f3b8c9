"""What `cancel` says about each job: for people in a sentence, for programs in a line of data beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from canvas_progress.core.cancel_conclusion import Action
from canvas_progress.core.cancel_follow_up import HOLDS_AFTER
from canvas_progress.core.errors import FileError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.wording import command_line
from canvas_progress.terminal.output import Output
from canvas_progress.terminal.symbols import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from canvas_progress.core.cancel_case import Case
    from canvas_progress.core.cancel_conclusion import Conclusion
    from canvas_progress.core.refs import Target
    from canvas_progress.terminal.terminal import Format, Terminal

T = TypeVar("T")


class Reports:
    """One report for each job, whatever becomes of standard output: what cannot be written there goes to the person.

    `broken` is the error of standard output, once there was one. With `waits`, the line of data of a marked job follows
    when it has settled. `words` begin a command line for the same jobs, for hints.
    """

    def __init__(self, terminal: Terminal, format_: Format, words: tuple[str, ...], *, waits: bool) -> None:
        self._terminal = terminal
        self._output = Output(terminal, format_)
        self._words = words
        self._waits = waits
        self._last: dict[Target, Conclusion] = {}  # what was said last of each job
        self._declined: set[Target] = set()
        self._printed: set[Target] = set()  # whose line of data is not to come any more
        self._said_waiting = False
        self._shown: set[Target] = set()  # of which a table has said what is to be done, and why not
        self.broken: FileError | BrokenPipeError | None = None

    @property
    def prints_table(self) -> bool:
        """Whether a dry run prints a table."""
        return self._output.is_for_people

    def print_plan(self, looks: Sequence[Case], *, is_output: bool = False) -> None:
        """Show what is to be done with each job that could be read: before a question, or as the output."""
        from canvas_progress.terminal.table import candidates

        rows = tuple(
            (look.target, found.answer, found)
            for look in looks
            if look.same is None and (found := look.attempt.conclusion) is not None and found.answer is not None
        )
        if not rows:
            return
        terminal = self._terminal
        width = terminal.size_of(terminal.stdout if is_output else terminal.stderr)[0]
        table, is_complete = candidates(rows, width=width, unicode=terminal.can_encode(SYMBOLS))
        if not is_output:
            terminal.print_note(table)
        elif not self._write(terminal.print_table, table):
            return
        self._shown.update(target for target, _, _ in rows if is_complete)

    def report(self, target: Target, found: Conclusion) -> None:
        """Report what the attempt to cancel a job came to; the second time, what has become of the mark."""
        if target in self._last:
            self._say_settled(target, found)
            self._print(target, found)
            return
        if not (self._waits and found.action is Action.CANCELED):
            self._print(target, found)
        self._say(target, found)

    def declined(self, target: Target, found: Conclusion) -> None:
        """Report on a job about which somebody was prompted and said no: that is no failure of it."""
        if found.answer is None:  # there was nothing to show, and so no question
            self.report(target, found)
        else:
            self._declined.add(target)
            self._print(target, found)

    def report_last(self, target: Target, found: Conclusion) -> None:
        """Report on a job as far as it is known, if its last report is still missing: nobody will wait any more."""
        self._waits = False
        if target not in self._printed:
            self.report(target, found)

    def sum_up(self) -> None:
        """Say which jobs are marked, after the work was cut short; nothing of a question that was not answered."""
        if self._declined and not self._last:
            return
        marked, unknown = (
            ", ".join(target.label for target, found in self._last.items() if found.action is action)
            for action in (Action.CANCELED, Action.UNKNOWN)
        )
        self._terminal.note(f"marked as canceled: {marked or 'none'}{unknown and f'; not known: {unknown}'}")

    def _say(self, target: Target, found: Conclusion) -> None:
        self._last[target] = found
        label, reason = target.label, found.reason
        match found.action:
            case Action.CANCELED:
                self._speak(f"{label} marked as canceled; {reason}")
                self._say_waiting()
            case Action.DRY_RUN if target in self._shown:
                pass
            case Action.DRY_RUN:
                self._speak(f"{label} {reason}")
            case Action.UNKNOWN:
                self._terminal.note(f"error: it is not known whether {label} was canceled: {reason}")
                self._hint("show", target)
            case Action.REFUSED if target in self._shown:
                self._terminal.note(f"{label} left alone, as shown above")
            case Action.REFUSED | Action.UNCHANGED:
                self._terminal.note(f"error: {label} not canceled: {reason}")

    def _say_waiting(self) -> None:
        """Say once, to whoever sits there, that a silence is to be expected."""
        if self._waits and self._terminal.can_redraw and not self._said_waiting:
            self._said_waiting = True
            self._terminal.note(f"reading on until it has held for {HOLDS_AFTER:.0f} s")

    def _say_settled(self, target: Target, found: Conclusion) -> None:
        self._last[target] = found
        self._terminal.note(f"{target.label}: {found.reason}")
        if found.code in {ExitCode.TIMED_OUT, ExitCode.GAVE_UP}:
            self._hint("watch", target)

    def _speak(self, sentence: str) -> None:
        """On a terminal the sentence is the output; beside data it is a note."""
        if not self._output.is_for_people or not self._write(self._terminal.sentence, sentence):
            self._terminal.note(sentence)

    def _hint(self, command: str, target: Target) -> None:
        self._terminal.note(f"hint: {command_line(*self._words, command, target.ref)} shows what it is now")

    def _print(self, target: Target, found: Conclusion) -> None:
        """Print the line of data of one job."""
        line = self._output.canceled(target.label, found)
        if line is not None:
            self._write(self._terminal.data, line)
        self._printed.add(target)

    def _write(self, write: Callable[[T], None], line: T) -> bool:
        """Write to standard output, and return whether that worked. It is not tried again once it has failed."""
        if self.broken is None:
            try:
                write(line)
            except (FileError, BrokenPipeError) as error:
                self.broken = error
        return self.broken is None
