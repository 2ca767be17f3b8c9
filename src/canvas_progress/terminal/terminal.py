"""The three streams, and who reads them: a person or a program. The only place that prints."""

from __future__ import annotations

import io
from dataclasses import field
from enum import StrEnum
from threading import RLock
from typing import TYPE_CHECKING, TextIO

from canvas_progress.core.errors import CanvasProgressError, DeclinedError, FileError, RefusedError, UsageError
from canvas_progress.core.record import record
from canvas_progress.core.wording import MASK, SHORTEST_SECRET, one_line
from canvas_progress.terminal import whole_lines
from canvas_progress.terminal.notify import reads_taskbar_progress, taskbar_sequence
from canvas_progress.terminal.size import size_of
from canvas_progress.terminal.windows_console import interprets_escapes
from canvas_progress.terminal.wrap import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType
    from rich.text import Text


class Color(StrEnum):
    """When to colour, as `--color` says it."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Format(StrEnum):
    """How to print results, as `--output` says it."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"


@record(frozen=False)
class Terminal:
    """Standard input, output and error of one command, and what the environment says about them."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environment: Mapping[str, str] = field(repr=False)
    color: Color = Color.AUTO
    _hidden: set[bytes] = field(default_factory=set, repr=False)
    _above: Callable[[str], None] | None = None
    writing: AbstractContextManager[object] = field(default_factory=RLock, repr=False)  # to standard error
    _unwritten: dict[TextIO, bytes] = field(default_factory=dict, repr=False)

    @property
    def can_prompt(self) -> bool:
        """Whether there is a person to answer a question."""
        return self.stdin.isatty() and self.stderr.isatty()

    @property
    def stdout_is_tty(self) -> bool:
        """Whether standard output is a terminal."""
        return self.stdout.isatty()

    @property
    def can_redraw(self) -> bool:
        """Whether standard error is a screen on which lines can be drawn again. Colour has no say in this."""
        return self.stderr.isatty() and self.environment.get("TERM") != "dumb" and interprets_escapes(self.stderr)

    def data(self, line: str) -> None:
        """Write one line of results to standard output, at once. UTF-8, whatever the locale.

        Raises FileError; a reader that went away raises BrokenPipeError.
        """
        self._put(self.stdout, f"{line}\n".encode("utf-8", "backslashreplace"))

    def note(self, line: str) -> None:
        """Write a sentence for the person to standard error, broken at words. Any thread may call this."""
        text = "\n".join(self._lines(line, self.stderr))
        with self.writing:
            if self._above is not None:
                self._above(text)
            else:
                self._put(self.stderr, f"{text}\n".encode(self.stderr.encoding or "utf-8", "backslashreplace"))

    def sentence(self, line: str) -> None:
        """Write a sentence to standard output, broken at words where that is a terminal. Raises as `data` does."""
        for part in self._lines(line, self.stdout):
            self.data(part)

    def error(self, error: CanvasProgressError, message: str | None = None) -> None:
        """Say what went wrong and where, or this instead, then what to do."""
        text = message or error.message
        self.note(text if isinstance(error, DeclinedError) else f"error: {text}")
        if error.hint:
            self.note(f"hint: {error.hint}")

    def confirm(self, question: str, *, instead: str) -> bool:
        """Prompt for a yes or no; anything but yes is no.

        Raises RefusedError if nobody is there to answer; `instead` is the hint then.
        """
        if not self.can_prompt:
            raise RefusedError("this needs a confirmation, and there is no terminal to ask on", hint=instead)
        self.stderr.write("\n".join(self._lines(f"{question} [y/N]", self.stderr)) + " ")
        self.stderr.flush()
        answer = ""
        try:
            answer = self.stdin.readline()
        finally:
            if not answer.endswith("\n"):  # the end of input, or Ctrl-C
                self.note("")
        return answer.strip().lower() in {"y", "yes"}

    def prompt_secret(self, question: str) -> str:
        """Prompt for a line without showing what is typed. Raises RefusedError if there is no terminal."""
        if not self.can_prompt:
            raise RefusedError("there is no terminal to ask for the token on", hint="pipe it in with `--token-stdin`")
        import getpass

        try:
            return getpass.getpass(f"{question} ", stream=self.stderr)
        except EOFError:
            self.note("")
            return ""

    def all_input(self) -> str:
        """Return all of standard input. Raises UsageError if it is not text."""
        try:
            return self.stdin.read()
        except UnicodeDecodeError:
            raise UsageError("standard input is not UTF-8 text") from None

    def input_bytes(self) -> bytes:
        """Return all of standard input as it is."""
        return self.stdin.buffer.read()

    def first_line(self) -> str:
        """Return the first line of standard input."""
        return self.stdin.readline()

    def print_table(self, table: RenderableType) -> None:
        """Print a Rich table to standard output."""
        lines = [line.rstrip() for line in self._drawn(self.stdout, table).splitlines()]
        drawn = [number for number, line in enumerate(lines) if line]
        for line in lines[drawn[0] : drawn[-1] + 1] if drawn else ():
            self.data(line)

    def print_note(self, table: RenderableType) -> None:
        """Print a Rich table to standard error."""
        self.draw(self._drawn(self.stderr, table))

    def draw(self, text: str) -> None:
        """Write to the screen on standard error exactly what is given, in one piece."""
        self._put(self.stderr, text.encode(self.stderr.encoding or "utf-8", "replace"))

    def rendered(self, lines: list[Text]) -> list[str]:
        """Return lines for the screen on standard error, with their colours as escape sequences."""
        return self._drawn(self.stderr, *lines, soft_wrap=True).split("\n")[:-1]

    def bell(self) -> None:
        """Ring, if standard error is a terminal."""
        if self.stderr.isatty():
            self._put(self.stderr, b"\a")

    def taskbar(self, percent: int | None) -> None:
        """Show a percentage in the taskbar, or clear it, in terminals that are known to do so."""
        if self.can_redraw and reads_taskbar_progress(self.environment):
            self._put(self.stderr, taskbar_sequence(percent).encode())

    def redirect_notes(self, write: Callable[[str], None] | None) -> None:
        """Send notes through `write` from now on, so that they do not tear a live view; None ends that."""
        self._above = write

    def can_encode(self, symbols: str) -> bool:
        """Whether standard error and output can show these characters."""
        try:
            return all(symbols.encode(stream.encoding or "ascii") for stream in (self.stdout, self.stderr))
        except UnicodeEncodeError:
            return False

    def size_of(self, stream: TextIO) -> tuple[int, int]:
        """Return columns and lines of a stream: of its screen, of COLUMNS, or more than any table needs."""
        return size_of(stream, self.environment)

    def _lines(self, sentence: str, stream: TextIO) -> list[str]:
        """Return a sentence as it is written to a stream: in lines that fit, or on one for a program."""
        text = one_line(sentence)
        return wrapped(text, self.size_of(stream)[0]) if stream.isatty() else [text]

    def _drawn(self, stream: TextIO, *parts: RenderableType, soft_wrap: bool = False) -> str:
        """Return tables or lines as text. What is wider than the screen stays whole: that is an id."""
        console = self._console(stream)
        with console.capture() as capture:
            for part in parts:
                console.print(part, crop=False, soft_wrap=soft_wrap)
        return capture.get()

    def _console(self, stream: TextIO) -> Console:
        from rich.console import Console

        colored = self._colored(stream)
        width, height = self.size_of(stream)
        return Console(
            file=io.StringIO(),  # what is drawn is captured, and written by `_put`
            width=width,
            height=height,
            force_terminal=stream.isatty() or colored,
            color_system="standard" if colored else None,  # 16 colours: the theme of the terminal decides
            no_color=not colored,
            markup=False,
            highlight=False,
            emoji=False,
        )

    def _colored(self, stream: TextIO) -> bool:
        if self.color is not Color.AUTO:
            return self.color is Color.ALWAYS
        if self.environment.get("NO_COLOR"):
            return False
        if self.environment.get("FORCE_COLOR"):
            return True
        return stream.isatty() and self.environment.get("TERM") != "dumb" and interprets_escapes(stream)

    def hide(self, secret: str) -> None:
        """Mask this wherever it would be written from now on: a server may echo what it was sent.

        Too short a secret is no token of Canvas, and would mask half of everything.
        """
        if len(secret) >= SHORTEST_SECRET:
            self._hidden.add(secret.encode())

    def _put(self, stream: TextIO, line: bytes) -> None:
        """Write past the text layer, so that no locale can get in the way, and flush. No secret gets past here."""
        for secret in self._hidden:
            line = line.replace(secret, MASK.encode())
        try:
            whole_lines.write(stream, line, self._unwritten)
        except BrokenPipeError:
            if stream is self.stdout:
                raise
        except OSError as error:
            if stream is self.stdout:
                raise FileError(f"cannot write to standard output: {error.strerror}") from None
            # Nobody reads our notes, or they find no room: no reason to keep the data back, or to fail.
