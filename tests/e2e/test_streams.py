"""Standard streams that are closed, full, or that nobody reads: the data and the exit code are what they would be."""

from __future__ import annotations

import pytest

from canvas_progress import __version__
from command import Command


@pytest.mark.parametrize(
    ("script", "code", "out", "err"),
    [
        ("canvas-progress show 9 2>&-", 0, "9\tcompleted", ""),
        ("canvas-progress watch 9 2>&-", 0, "9\tcompleted", ""),
        ("canvas-progress show 12345 2>&-", 5, "", ""),
        ("canvas-progress watch 9 2>/dev/full", 0, "9\tcompleted", ""),
        ("canvas-progress show 9 >&-", 1, "", "cannot write to standard output"),
        ("canvas-progress show -o table 9 30 >/dev/full", 1, "", "cannot write to standard output: No space left"),
        ("canvas-progress --version >&-", 1, "", "error: "),
        ("canvas-progress --version >/dev/full", 1, "", "error: cannot write to standard output: No space left"),
        ("canvas-progress --help >/dev/full", 1, "", "error: "),
        ("canvas-progress watch - <&-", 2, "", "standard input has no job in it"),
        ("canvas-progress cancel 10 <&-", 7, "", "no terminal to ask on"),
        ("COLUMNS=\u00b2 canvas-progress show -o table 9", 0, "completed", ""),
    ],
)
def test_a_stream_that_is_closed_or_full_is_no_bug(
    connected: Command, script: str, code: int, out: str, err: str
) -> None:
    ran = connected.shell(script)
    assert ran.code == code
    assert out in ran.out
    assert err in ran.err
    assert "Traceback" not in ran.err
    assert "this is a bug" not in ran.err


@pytest.mark.parametrize(
    ("command_line", "code"),
    [
        ("canvas-progress watch 30 2>&1 >/dev/null", 9),
        ("canvas-progress show 12345 2>&1 >/dev/null", 5),
        ("canvas-progress watch --timeout 1 31 2>/dev/null", 124),
    ],
)
def test_a_reader_that_goes_away_turns_no_failure_into_success(
    connected: Command, command_line: str, code: int
) -> None:
    assert connected.shell(f"{command_line} | true; exit ${{PIPESTATUS[0]}}").code == code


def test_the_version_is_still_printed(command: Command) -> None:
    assert command.shell("canvas-progress --version <&- 2>&-").out == f"canvas-progress {__version__}\n"
