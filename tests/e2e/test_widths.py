"""The installed command where there is little room: whatever has to give way, it is never a part of an id."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator

import pyte
import pytest

from command import Command
from raw_server import reply, serving

JOBS = {
    1234567: ("completed", 100.0, None),
    1234568: ("failed", 63.0, "Unexpected error, ID: 8812, " * 8),
    20000000000023: ("running", 5.0, "17 courses processed"),
    1234567890123456789: ("failed", 99.9, "canceled"),
}
OUTCOMES = {
    "1234567": "✓ completed",
    "1234568": "✗ failed",
    "20000000000023": "● running",
    "1234567890123456789": "⊘ canceled",
}
PERCENTAGES = {"1234567": "100%", "1234568": "63%", "20000000000023": "5%", "1234567890123456789": "99%"}
WIDTHS = [40, 60, 80, 100, 120, 200]


def answer(connection: socket.socket, head: str) -> None:
    """Answer for a job; its tag, context and owner have names as long as they get."""
    id_ = int(head.split()[1].split("/")[4])
    state, completion, message = JOBS[id_]
    told = {
        "id": id_,
        "workflow_state": state,
        "completion": completion,
        "tag": "apply_score_to_ungraded_assignments",
        "context_type": "ContentMigration",
        "context_id": 9876543,
        "user_id": 1234567890123456780,
        "message": message,
        "created_at": "2026-11-23T03:00:00Z",
        "updated_at": "2026-11-23T03:00:00Z",
    }
    reply(connection, json.dumps(told))


@pytest.fixture
def connected(command: Command) -> Iterator[Command]:
    with serving(answer) as url:
        command.environment |= {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": "x"}
        yield command


def rows(text: str) -> dict[str, str]:
    """Return what is said of each job: the line that begins with its id, and those below it that begin with a space."""
    found = re.finditer(r"^(?:\S )?(\d+)(?: .*)?(?:\n .*)*$", text, re.MULTILINE)
    return {match[1]: " ".join(match[0].split()) for match in found}


def assert_whole(out: str, width: int, *, percentages: bool = True) -> None:
    """No line is wider than the screen, and of every job the id, the outcome and the percentage are whole."""
    assert max(map(len, out.splitlines())) <= width
    found = rows(out)
    assert list(found) == [str(id_) for id_ in JOBS]
    for id_, said in found.items():
        assert f" {OUTCOMES[id_]} " in f"{said} "
        assert not percentages or f" {PERCENTAGES[id_]} " in f"{said} "


@pytest.mark.parametrize("width", WIDTHS)
def test_show_cuts_no_id_no_outcome_and_no_percentage(connected: Command, width: int) -> None:
    connected.environment["COLUMNS"] = str(width)
    assert_whole(connected.run("show", "-o", "table", *map(str, JOBS)).out, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_recent_cuts_no_id_and_no_outcome(connected: Command, width: int) -> None:
    for job in reversed(JOBS):  # one after the other: the newest comes first
        connected.run("show", str(job))
    connected.environment["COLUMNS"] = str(width)
    assert_whole(connected.run("recent", "-o", "table").out, width, percentages=False)


@pytest.mark.parametrize("width", [40, 80])
def test_the_results_of_a_watch_cut_no_id_no_outcome_and_no_percentage(connected: Command, width: int) -> None:
    connected.environment["COLUMNS"] = str(width)
    assert_whole(connected.run("watch", "-o", "table", "--timeout", "4", *map(str, JOBS)).out, width)


@pytest.mark.parametrize("width", [40, 80])
def test_the_question_of_a_cancel_cuts_no_id_no_state_and_no_percentage(connected: Command, width: int) -> None:
    ran = connected.on_screen(
        "cancel",
        "--force",
        "--color",
        "never",
        *map(str, JOBS),
        columns=width,
        react=lambda seen: b"n\n" if "[y/N]" in seen else None,
    )
    question = ran.out.replace("\r", "").partition("\nCancel jobs ")[0]
    assert_whole("\n".join(map(str.rstrip, question.splitlines())), width)


@pytest.mark.parametrize("width", [40, 80])
def test_the_live_view_cuts_no_id_no_outcome_and_no_percentage(connected: Command, width: int) -> None:
    ran = connected.on_screen("watch", "--timeout", "4", *map(str, JOBS), columns=width)
    screen = pyte.Screen(width, 30)
    pyte.Stream(screen).feed(ran.out)
    lines = [line.rstrip() for line in screen.display[1:5]]
    for line, id_, outcome, percentage in zip(lines, OUTCOMES, OUTCOMES.values(), PERCENTAGES.values(), strict=True):
        symbol, word = outcome.split()
        assert line.startswith(f"{symbol} {id_} ")
        assert f" {word} " in line
        assert f" {percentage} " in f"{line} "


@pytest.mark.parametrize("width", [20, 30])
def test_below_forty_columns_a_line_is_rather_too_long_than_an_id_cut(connected: Command, width: int) -> None:
    connected.environment["COLUMNS"] = str(width)
    for command in ("show", "recent"):
        out = connected.run(command, "-o", "table", *(map(str, JOBS) if command == "show" else ())).out
        assert sorted(rows(f"{out} ".replace("\n", " \n"))) == sorted(map(str, JOBS))
