"""The man page is current and complete, it can be read, the wheel brings it, and its examples work."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest
import typer
from hatchling.builders.wheel import WheelBuilder

import roff
from canvas_progress.cli.app import application
from canvas_progress.cli.examples import EXAMPLES
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.storage import locations
from docs.console import environment
from helps import doing, first_column, helps, options
from man_page import PAGE, page
from markdown import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_LINTERS: Final = {
    "groff": ("-man", "-ww", "-z", "-Tutf8"),
    "mandoc": ("-T", "lint", "-W", "error"),
}
_NEEDS_A_CANVAS: Final = "canvas.example.edu"
_TAKES_LONG: Final = ("--wait", "canvas-progress demo", "sandbox serve", "sandbox.env")
_ALL: Final = [(name, line) for name, examples in EXAMPLES.items() for _, line in examples]


@cache
def _page() -> str:
    """Return the page as it reads."""
    text = re.sub(r"\\f[BIR]|\\&", "", page())
    for sign, letter in (("\\-", "-"), ("\\(aq", "'"), ("\\(ga", "`"), ("\\(ti", "~"), ("\\(ha", "^"), ("\\e", "\\")):
        text = text.replace(sign, letter)
    return text


def _section(title: str, macro: str = "SH") -> str:
    found = re.search(rf"^\.{macro} {re.escape(title)}\n(.*?)(?=^\.S[HS] |\Z)", _page(), re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_the_page_is_what_make_man_writes() -> None:
    assert PAGE.read_text("utf-8") == page(), "out of date: run `make man`"


def test_every_command_is_there_with_each_argument_and_option_of_its_help() -> None:
    assert len(helps()) >= 15
    for name, text in helps().items():
        told = _section(name, "SS") if name else _section("OPTIONS")
        offered = [*first_column(text, "Arguments"), *options(text)]
        assert re.findall(r"^\.TP\n(.*)$", told, re.MULTILINE) == offered


def test_the_synopsis_has_the_usage_of_every_command() -> None:
    texts = (helps()[""], *doing().values())
    usages = [text.splitlines()[0].removeprefix("Usage: ") for text in texts]
    assert _section("SYNOPSIS").replace(".br\n", "").splitlines() == usages


def test_every_exit_code_is_there() -> None:
    assert re.findall(r"^\.TP\n(\d+)$", _section("EXIT STATUS"), re.MULTILINE) == [str(int(code)) for code in ExitCode]


def test_every_file_of_the_program_is_there() -> None:
    files = (
        locations.config_file({}),
        locations.token_folder(),
        locations.recent_file(),
        locations.sandbox_state_file(),
    )
    names = [
        line.rstrip("/").rpartition("/")[2] for line in re.findall(r"^\.TP\n(.*)$", _section("FILES"), re.MULTILINE)
    ]
    assert names == [file.name for file in files]


def test_every_command_that_does_something_has_examples() -> None:
    assert set(EXAMPLES) == set(doing())


def test_help_has_the_examples_of_the_page_as_they_are_within_80_columns() -> None:
    for name, line in _ALL:
        shown = [part.strip() for part in helps()[name].splitlines()]
        assert all(part.strip() in shown for part in line.splitlines()), line
        assert line in _page()
    assert max(len(line) for text in helps().values() for line in text.splitlines()) <= 80


@pytest.mark.parametrize(("name", "line"), _ALL)
def test_an_example_is_a_command_line_of_its_command(name: str, line: str) -> None:
    words = _words(line)
    path = [] if "source" in line else name.split()  # what follows a server is another command
    assert words[: len(path)] == path
    command = typer.main.get_command(application())
    while isinstance(command, typer.core.TyperGroup):
        name, *words = words
        command = command.commands[name]
    assert command.make_context(name, words).params


def _words(line: str) -> list[str]:
    """Return the first command line of ours in a line for a shell."""
    parser = shlex.shlex(line.replace("\\\n", " "), posix=True, punctuation_chars=True)
    parser.whitespace_split = True
    words = list(parser)
    words = words[words.index("canvas-progress") + 1 :]
    end = next((place for place, word in enumerate(words) if set(word) <= set("|&<>;")), len(words))
    return words[:end]


def test_the_examples_that_end_within_seconds_succeed_one_after_the_other(tmp_path: Path) -> None:
    quick = [line for _, line in _ALL if not any(sign in line for sign in _TAKES_LONG)]
    lines = [line for line in quick if _NEEDS_A_CANVAS not in line or "--no-check" in line]
    assert len(lines) >= 15
    for line in lines:
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-o", "pipefail", "-c", line],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"


def test_what_renders_man_pages_here_has_nothing_to_complain_about() -> None:
    for name, arguments in _LINTERS.items():
        if program := shutil.which(name):
            ran = subprocess.run([program, *arguments, PAGE], capture_output=True, text=True, timeout=60, check=False)
            assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", ""), name


def test_the_page_is_ascii_with_known_requests_and_escapes_only() -> None:
    source = page()
    assert source.isascii()
    requests = set(re.findall(r"^[.'](\S+)", source, re.MULTILINE))
    assert requests <= {'\\"', "TH", "SH", "SS", "PP", "TP", "RS", "RE", "nf", "fi", "br", "nh", "ad"}
    without_known = re.sub(
        r'\\(?:f[BIR]|-|e|&|\((?:aq|ga|ti|ha)|\[u[0-9A-F]{4,6}\])|^\.\\"', "", source, flags=re.MULTILINE
    )
    assert "\\" not in without_known


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("--any", r"\-\-any"),
        (r"a\b", r"a\eb"),
        (".hidden", r"\&.hidden"),
        ("it's `1~23`^", r"it\(aqs \(ga1\(ti23\(ga\(ha"),
        ("a\n.b\n'c", "a\n\\&.b\n\\(aqc"),
        ("é", r"\[u00E9]"),
    ],
)
def test_text_is_escaped_so_that_it_shows_as_it_is(plain: str, escaped: str) -> None:
    assert roff.text(plain) == escaped


def test_the_code_and_links_of_markdown_become_bold_and_plain() -> None:
    assert roff.prose(r"`-p` or [the `x\|y` file](a.md#b), once") == r"\fB\-p\fR or the \fBx|y\fR file, once"


def test_the_wheel_brings_the_page_to_where_man_looks(tmp_path: Path) -> None:
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".data/data/share/man/man1/canvas-progress.1"))
        assert wheel.read(name) == PAGE.read_bytes()
