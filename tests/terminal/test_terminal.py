from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.table import Table

from canvas_progress.core.errors import FileError, RefusedError, UsageError
from canvas_progress.terminal.terminal import Color, Terminal
from stage import Stream, a_terminal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def out(terminal: Terminal) -> str:
    assert isinstance(terminal.stdout, Stream)
    return terminal.stdout.text


def err(terminal: Terminal) -> str:
    assert isinstance(terminal.stderr, Stream)
    return terminal.stderr.text


def a_table() -> Table:
    table = Table()
    table.add_column("word", style="red")
    table.add_row("cell")
    return table


@pytest.mark.parametrize(
    ("tty", "environment", "color", "colored"),
    [
        (True, {"TERM": "xterm"}, Color.AUTO, True),
        (False, {"TERM": "xterm"}, Color.AUTO, False),
        (True, {"TERM": "dumb"}, Color.AUTO, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, Color.AUTO, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, Color.AUTO, True),
        (False, {"FORCE_COLOR": "1"}, Color.AUTO, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, Color.AUTO, False),
        (False, {"NO_COLOR": "1"}, Color.ALWAYS, True),
        (True, {"FORCE_COLOR": "1"}, Color.NEVER, False),
    ],
)
def test_colour_is_decided_by_option_then_environment_then_screen(
    *, tty: bool, environment: dict[str, str], color: Color, colored: bool
) -> None:
    terminal = a_terminal(tty=tty, environment=environment, color=color)
    terminal.print_table(a_table())
    assert ("\x1b[31m" in out(terminal)) is colored


@pytest.mark.parametrize(
    ("tty", "environment", "redraws"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, False),
        (True, {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_has_no_say_in_whether_lines_can_be_drawn_again(
    *, tty: bool, environment: dict[str, str], redraws: bool
) -> None:
    assert a_terminal(tty=tty, environment=environment).can_redraw is redraws


def test_an_error_is_one_line_and_its_hint_another_with_nothing_to_obey() -> None:
    terminal = a_terminal()
    terminal.error(UsageError("`a\x1b[2J\nb` is not a job", hint="give an id"))
    assert err(terminal) == "error: `a\\x1b[2J b` is not a job\nhint: give an id\n"
    assert out(terminal) == ""


@pytest.mark.parametrize(("typed", "agreed"), [("y\n", True), ("YES\n", True), ("\n", False), ("", False)])
def test_only_yes_is_yes(typed: str, *, agreed: bool) -> None:
    assert a_terminal(typed=typed, tty=True).confirm("Cancel?", instead="") is agreed


def test_a_question_that_nobody_can_answer_is_refused_with_what_to_say_instead() -> None:
    with pytest.raises(RefusedError) as refused:
        a_terminal(typed="y\n").confirm("Cancel?", instead="add `--yes`")
    assert refused.value.hint == "add `--yes`"


def test_a_token_is_not_asked_for_where_it_would_be_echoed() -> None:
    with pytest.raises(RefusedError, match="no terminal"):
        a_terminal(typed="secret\n").prompt_secret("Token:")


def test_data_is_utf_8_whatever_the_locale() -> None:
    terminal = a_terminal()
    terminal.stdout = Stream(encoding="latin-1")
    terminal.data("課程")
    terminal.stdout.flush()
    assert terminal.stdout.buffer.getvalue() == "課程\n".encode()  # type: ignore[attr-defined]


def test_a_note_in_a_locale_that_lacks_the_letter_is_spelled_out() -> None:
    terminal = a_terminal()
    terminal.stderr = Stream(encoding="ascii")
    terminal.note("ü")
    assert err(terminal) == "\\xfc\n"


def test_a_full_disk_is_an_error_of_ours() -> None:
    terminal = a_terminal()
    with suppress(OSError), Path("/dev/full").open("w", encoding="utf-8") as full:  # closing it fails once more
        terminal.stdout = full
        with pytest.raises(FileError, match="cannot write to standard output: No space left"):
            terminal.data("x")


class Torn(io.BytesIO):
    """A pipe that takes four bytes at a time, and in the middle of which a signal arrives."""

    interrupted = False

    def write(self, data: ReadableBuffer, /) -> int:
        if self.getvalue() and not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt
        return super().write(bytes(data)[:4])


def test_a_line_that_a_signal_cut_short_is_written_to_its_end_before_the_next_one() -> None:
    terminal, pipe = a_terminal(), Torn()
    terminal.stdout = io.TextIOWrapper(pipe, "utf-8")
    with pytest.raises(KeyboardInterrupt):
        terminal.data("the first line")
    assert pipe.getvalue() == b"the "
    terminal.data("the second")
    assert pipe.getvalue() == b"the first line\nthe second\n"


def test_a_table_in_a_pipe_is_not_cut() -> None:
    terminal, table = a_terminal(environment={}), Table()
    table.add_column("word")
    table.add_row("x" * 500)
    terminal.print_table(table)
    assert "x" * 500 in out(terminal)


def test_a_terminal_does_not_show_its_environment() -> None:
    assert "marked" not in repr(a_terminal(environment={"CANVAS_API_TOKEN": "marked-token"}))


def test_a_secret_is_masked_in_everything_that_is_written() -> None:
    terminal = a_terminal()
    terminal.hide("S3CRET-token")
    terminal.data('{"message":"you sent S3CRET-token"}')
    terminal.note("error: S3CRET-token")
    table = Table()
    table.add_row("S3CRET-token")
    terminal.print_table(table)
    terminal.print_note(table)
    terminal.draw("S3CRET-token")
    assert "S3CRET" not in out(terminal) + err(terminal)
    assert '{"message":"you sent ********"}' in out(terminal)


def test_what_is_too_short_for_a_token_masks_nothing() -> None:
    terminal = a_terminal()
    terminal.hide("a")
    terminal.data("banana")
    assert out(terminal) == "banana\n"
