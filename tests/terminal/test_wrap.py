from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from canvas_progress.terminal.wrap import wrapped
from stage import Stream, a_terminal

UNFINISHED = "interrupted, nothing was canceled: 1 running 23%, 2 running 57%"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        (UNFINISHED, 80, [UNFINISHED]),
        (UNFINISHED, 45, ["interrupted, nothing was canceled: 1 running", "  23%, 2 running 57%"]),
        ("resume with `canvas-progress watch 1 2`", 20, ["resume with", "  `canvas-progress watch 1 2`"]),
        ("see https://canvas.example.edu/api/v1", 20, ["see", "  https://canvas.example.edu/api/v1"]),
        ("a lone ` is no command", 12, ["a lone ` is", "  no command"]),
        ("課程 課程 課程", 10, ["課程 課程", "  課程"]),
        ("  106  canceled: a newer publication", 24, ["  106  canceled: a newer", "    publication"]),
        (" " * 30, 20, [" " * 30]),
    ],
)
def test_a_sentence_is_broken_at_words_and_no_command_and_no_url_is(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


@given(words=st.lists(st.text("abc課`", min_size=1, max_size=12), min_size=1, max_size=20), width=st.integers(20, 90))
def test_nothing_of_a_sentence_is_lost_and_only_what_is_unbroken_is_too_long(words: list[str], width: int) -> None:
    lines = wrapped(" ".join(words), width)
    assert " ".join(line.strip() for line in lines) == " ".join(words)
    assert all(cell_len(line) <= width or " " not in line.strip() or "`" in line for line in lines)


def test_a_person_reads_a_note_in_lines_and_a_program_on_one() -> None:
    for tty in (True, False):
        terminal = a_terminal(tty=tty)
        terminal.note(UNFINISHED * 2)
        terminal.sentence(UNFINISHED * 2)
        for stream in (terminal.stdout, terminal.stderr):
            assert isinstance(stream, Stream)
            lines = stream.text.splitlines()
            assert len(lines) == (2 if tty else 1)
            assert max(map(len, lines)) <= 80 or not tty
            assert " ".join(line.strip() for line in lines) == UNFINISHED * 2


def test_a_question_is_broken_at_words() -> None:
    terminal = a_terminal(tty=True, typed="y\n")
    assert terminal.confirm(f"{'Cancel 3 jobs on canvas.example.edu ' * 3}?", instead="add `--yes`")
    assert isinstance(terminal.stderr, Stream)
    first, second = terminal.stderr.text.split("\n")
    assert first.endswith(" Cancel 3")
    assert second == "  jobs on canvas.example.edu ? [y/N] "
