"""The installed command on a pseudo-terminal, read back through a terminal emulator."""

from __future__ import annotations

import re
import signal

import pyte

from canvas_progress.sandbox.server import SandboxServer
from command import Command, Ran


def screen_of(ran: Ran, *, columns: int = 100, lines: int = 30) -> list[str]:
    """Return what stands on the screen in the end."""
    screen = pyte.Screen(columns, lines)
    pyte.Stream(screen).feed(ran.out)
    return [line.rstrip() for line in screen.display if line.strip()]


def test_a_watch_draws_bars_and_leaves_its_last_frame(connected: Command) -> None:
    connected.always_anew = True  # all that a screen needs is imported where it is used
    ran = connected.on_screen("watch", "1", "30")
    screen = screen_of(ran)
    assert ran.code == 9
    assert screen[0].startswith("127.0.0.1:")
    assert " · 2 jobs · 1 done, 1 canceled · watched for 0:0" in screen[0]
    assert re.match("✓ 1   completed  100% .* ━{16}", screen[1])
    assert re.match("⊘ 30  canceled +1:0[^━]*$", screen[2])
    assert screen[3:5] == ["30 ended 60 min ago", "1 of 2 jobs did not complete: 30 canceled"]


def test_a_job_that_had_ended_before_the_watch_says_when(connected: Command) -> None:
    screen = screen_of(connected.on_screen("watch", "9", "1", "--exit-zero"))
    assert [line.split()[:2] for line in screen if line.endswith(" h ago")] == [["9", "ended"]]


def test_whoever_waits_for_a_cancellation_to_hold_is_told_once_how_long(connected: Command) -> None:
    screen = screen_of(connected.on_screen("cancel", "-y", "--wait", "--timeout", "2s", "24", "10"))
    assert [line for line in screen if "30 s" in line] == ["reading on until it has held for 30 s"]


def test_an_interrupt_leaves_the_cursor_visible_and_says_how_to_resume(connected: Command) -> None:
    sent: list[signal.Signals] = []

    def react(seen: str) -> signal.Signals | None:
        if "running" in seen and not sent:
            sent.append(signal.SIGINT)
            return signal.SIGINT
        return None

    ran = connected.on_screen("watch", "2", react=react)
    assert ran.code == 130
    assert "\x1b[?25l" not in ran.out
    assert "resume with `canvas-progress watch 2`" in "".join(screen_of(ran))


def test_show_is_a_table_and_never_wider_than_the_screen(connected: Command) -> None:
    ran = connected.on_screen("show", "9", "47", columns=80)
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", ran.out).splitlines()
    assert "outcome" in lines[0]
    assert "✓ completed" in "".join(lines)
    assert max(map(len, lines)) <= 80  # of what was written: an emulator would wrap a longer line


def test_a_question_is_answered_with_yes(connected: Command, canvas: SandboxServer) -> None:
    answered: list[bytes] = []

    def react(seen: str) -> bytes | None:
        if "[y/N]" in seen and not answered:
            answered.append(b"y\n")
            return answered[0]
        return None

    connected.always_anew = True
    ran = connected.on_screen("cancel", "1", "4", react=react)
    assert re.search(r"Cancel job 1 on 127\.0\.0\.1:[0-9]+\? \[y/N\]", ran.out)
    assert "1 marked as canceled" in ran.out
    assert ran.code == 7  # 4 is nobody's
    assert sum(logged.method == "POST" for logged in canvas.world.log) == 1


def test_a_token_is_asked_for_without_showing_it(command: Command, canvas: SandboxServer) -> None:
    steps = [("[y/N]", "y\n"), ("Token (not shown):", f"{canvas.token}\n")]

    def react(seen: str) -> bytes | None:
        if steps and steps[0][0] in seen:
            return steps.pop(0)[1].encode()
        return None

    command.always_anew = True
    ran = command.on_screen("profile", "add", "school", "--url", canvas.url, react=react)
    assert ran.code == 0
    assert "the token would be plain text in" in ran.out
    assert canvas.token not in ran.out
    assert "profile `school` added" in ran.out


def test_the_demo_goes_as_scripted(command: Command) -> None:
    ran = command.on_screen("demo", columns=120)
    assert ran.code == 0
    assert "every job ended as scripted" in ran.out
