"""The live view in a window that changes its size, in which somebody types, and from which it is stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from command import Command
from tmux import TMUX, Window

pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is the terminal of these tests")
JOBS = [
    "10",
    "29",
    "31",
    "38",
    "56",
    "4",
    "3",
    "2",
    "58",
    "20",
    "21",
    "22",
    "9",
    "25",
    "30",
    "40",
    "41",
    "42",
    "43",
    "999",
]
HEADER = re.compile(r"watched for \d+:\d\d")


@pytest.fixture
def window(connected: Command, tmp_path: Path) -> Iterator[Window]:
    """Return a window in which twenty jobs are watched."""
    with Window(tmp_path, connected.environment, 120, 30) as window:
        window.type("echo before", "Enter")
        window.wait_for(lambda screen: screen[1:3] == ["before", "$"])
        window.type(f"canvas-progress watch {' '.join(JOBS)}", "Enter")
        window.wait_for(lambda screen: len(rows(screen)) == len(JOBS) and "polling" not in "".join(screen))
        yield window


def headers(screen: list[str]) -> list[str]:
    return [line for line in screen if HEADER.search(line)]


def rows(screen: list[str]) -> list[str]:
    """Return the ids of the jobs on the screen, in their order."""
    return [match[1] for line in screen if (match := re.match(r"[^\w\s$] (\d+) ", line))]


def times(screen: list[str]) -> set[str]:
    """Return for how long the jobs have been watched, as the headers say."""
    return {match[0] for line in screen for match in HEADER.finditer(line)}


def after_a_redraw(window: Window) -> list[str]:
    """Return the screen after the running time has moved on twice, so that all of it is new."""
    for _ in range(2):
        before = times(window.screen())
        window.wait_for(lambda lines, before=before: bool(times(lines) - before))  # type: ignore[misc]
    return window.screen()


@pytest.mark.parametrize("sizes", [[(60, 30)], [(60, 30), (120, 30)], [(120, 32)], [(200, 40), (60, 25), (120, 40)]])
def test_after_a_change_of_width_each_job_is_on_the_screen_once(window: Window, sizes: list[tuple[int, int]]) -> None:
    for columns, lines in sizes:
        window.resize(columns, lines)
        screen = after_a_redraw(window)
        assert rows(screen) == JOBS
        assert len(headers(screen)) == 1


def test_a_window_that_becomes_lower_and_taller_again_has_no_stale_lines_even_above(window: Window) -> None:
    window.resize(120, 15)
    screen = after_a_redraw(window)
    assert len(rows(screen)) == 12
    assert screen[13].startswith("… and 8 more: ")
    window.resize(120, 32)
    after_a_redraw(window)
    everything = window.screen(scrollback=True)
    assert len(headers(everything)) == 1
    assert rows(everything) == JOBS
    assert everything[:2] == ["$ echo before", "before"]


def test_an_enter_or_any_other_key_does_not_tear_the_view(window: Window) -> None:
    window.type("Enter", "Enter", "some words", "Enter")
    screen = after_a_redraw(window)
    assert len(headers(screen)) == 1
    assert rows(screen) == JOBS
    assert "some words" not in "".join(screen)


def test_after_ctrl_z_and_fg_what_the_shell_wrote_stays_and_the_view_is_drawn_below_it(window: Window) -> None:
    window.type("C-z")
    window.wait_for(lambda lines: any("Stopped" in line for line in lines))
    window.type("echo between", "Enter")
    window.wait_for(lambda lines: "between" in lines)
    window.type("fg", "Enter")
    window.wait_for(lambda lines: "$ fg" in lines and len(headers(lines[lines.index("$ fg") :])) == 1)
    screen = after_a_redraw(window)
    at = screen.index("between")
    assert screen[at - 1 : at + 2] == ["$ echo between", "between", "$ fg"]
    assert rows(screen[at:]) == JOBS
    assert len(headers(screen[at:])) == 1


@pytest.mark.parametrize("key", ["C-c", "C-\\"])
def test_whoever_ends_it_finds_the_echo_of_the_terminal_as_it_was(window: Window, key: str) -> None:
    window.type(key)
    window.wait_for(lambda lines: lines[-1] == "$" or "$" in lines)
    window.type("stty -a | grep -o -E -e '-?echo '", "Enter")
    window.wait_for(lambda lines: "echo" in lines)


def test_the_last_frame_is_whole_in_a_low_window(window: Window) -> None:
    window.resize(120, 14)
    after_a_redraw(window)
    window.type("C-c")
    window.wait_for(lambda lines: any(line.startswith("hint: resume with") for line in lines))
    everything = window.screen(scrollback=True)
    assert rows(everything)[-20:] == JOBS
    assert not any(" more: " in line for line in everything)
