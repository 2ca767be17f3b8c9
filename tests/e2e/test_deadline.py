"""A time limit counts from the start of the command and bounds all that it does; what it has started ends with it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from canvas_progress.sandbox.server import SandboxServer
from command import EXECUTABLE, Command, Ran
from raw_server import reply, serving, silent

SLACK = 6.0  # seconds for the start of the command, on a busy machine


@pytest.fixture
def silence() -> Iterator[str]:
    with silent() as url:
        yield url


def within(limit: float, command: Command, *arguments: str, first: Callable[[], None] = lambda: None) -> Ran:
    """Run a command that ends in time; again, if it does not: once in three times no machine is that busy."""
    command.run("--version")  # what all commands are forks of takes its time to start
    took: list[float] = []
    while len(took) < 3:
        first()
        began = time.monotonic()
        ran = command.run(*arguments)
        took.append(time.monotonic() - began)
        if took[-1] < limit + SLACK:
            return ran
    raise AssertionError(took)


def once_reached(sign: Path, command: Command, *words: str) -> Ran:
    """Run a command with time limits until one of them lets a program come so far that it leaves a sign."""
    ran = within(1, command, *words, "--timeout", "1")
    for limit in (4, 16):
        if not sign.exists():
            ran = within(limit, command, *words, "--timeout", str(limit))
    assert sign.exists(), ran
    return ran


def add(command: Command, url: str, *credential: str) -> None:
    assert command.run("profile", "add", "school", "--url", url, *credential, "--no-check").code == 0


@pytest.mark.parametrize("words", [("watch",), ("cancel", "-y")])
def test_a_token_command_that_hangs_is_ended_with_the_command(
    command: Command, canvas: SandboxServer, words: tuple[str, ...]
) -> None:
    script, pid = command.home / "pass.sh", command.home / "pid"
    script.write_text("#!/bin/sh\necho $$ > new\nmv new pid\nexec sleep 50\n")
    script.chmod(0o700)
    add(command, canvas.url, "--token-command", f"sh -c 'cd {command.home} && exec ./pass.sh'")
    ran = once_reached(pid, command, *words, "1")
    assert ran.code == 124
    hint = "hint: resume with `canvas-progress watch 1`\n" if words == ("watch",) else ""
    assert ran.err == f"error: the time limit was over before there was a token for profile `school`\n{hint}"
    assert canvas.world.log == ()
    assert _is_gone(int(pid.read_text()))


@pytest.mark.parametrize("words", [("watch",), ("cancel", "-y")])
def test_a_link_to_a_job_is_followed_no_longer_than_that(
    command: Command, silence: str, words: tuple[str, ...]
) -> None:
    add(command, silence, "--token-env", "T")
    command.environment["T"] = "S3CRET-marked-token"
    ran = within(1, command, *words, "--timeout", "1", f"{silence}/api/v1/courses/1/content_migrations/3")
    assert ran.code == 124
    assert "/content_migrations/3 without an answer" in ran.err or "the time limit is over; nothing was sent" in ran.err


def test_headers_that_drip_end_with_the_time_limit_too(command: Command) -> None:
    def drip(connection: socket.socket, _: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not threading.Event().wait(0.2):
            connection.sendall(b"x")

    with serving(drip) as url:
        add(command, url, "--token-env", "T")
        command.environment["T"] = "S3CRET-marked-token"
        ran = within(1, command, "watch", "--timeout", "1", f"{url}/api/v1/courses/1/content_migrations/3")
    assert ran.code == 124


def test_hooks_end_with_the_time_limit_and_each_that_was_not_run_is_named(connected: Command) -> None:
    started = connected.home / "started"
    ran = once_reached(started, connected, "watch", "--exec", f"sh -c 'touch {started}; exec sleep 50'", "9", "30")
    assert ran.code == 9
    assert "warning: `sh` was terminated for 9: the time limit was over\n" in ran.err
    assert "warning: `sh` was not run for 30: the time limit was over\n" in ran.err


def test_what_a_hook_has_started_ends_with_it(connected: Command) -> None:
    pid = connected.home / "pid"
    hook = f"sh -c 'sleep 50 & trap \"\" TERM; echo $! > {pid}.new; mv {pid}.new {pid}; wait; wait'"
    assert once_reached(pid, connected, "watch", "--exec", hook, "9").code == 0
    assert _is_gone(int(pid.read_text()))


def test_a_hook_has_the_time_to_tidy_up(connected: Command) -> None:
    file = connected.home / "tidy"
    hook = f"bash -c 'trap \"touch {file}; exit\" TERM; sleep 50 & wait'"  # other shells unblock all signals
    assert connected.run("watch", "--timeout", "2", "--exec", hook, "9").code == 0
    assert file.exists()


def test_without_a_time_limit_a_hook_is_waited_for(connected: Command, tmp_path: Path) -> None:
    done = tmp_path / "done"
    ran = connected.run("watch", "--exec", f"sh -c 'sleep 1; touch {done}'", "9")
    assert (ran.code, done.exists()) == (0, True)


def test_a_watch_in_json_is_over_in_time_and_says_so_in_its_summary(command: Command, silence: str) -> None:
    command.environment |= {"CANVAS_PROGRESS_URL": silence, "CANVAS_PROGRESS_TOKEN": "S3CRET-marked-token"}
    ran = within(1, command, "watch", "--json", "--timeout", "1", "1")
    summary = json.loads(ran.out.splitlines()[-1])
    assert (summary["event"], summary["exit_code"], ran.code) == ("summary", 124, 124)


def test_a_cancellation_that_hangs_ends_in_time_and_is_not_known(command: Command) -> None:
    def answer(connection: socket.socket, head: str) -> None:
        if head.startswith("POST"):
            threading.Event().wait(30)  # longer than anybody waits for it
            return
        reply(connection, json.dumps({"id": 5, "workflow_state": "running", "tag": "x", "user_id": 7}))

    with serving(answer) as url:
        command.environment |= {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": "S3CRET-marked-token"}
        ran = within(2, command, "cancel", "-y", "--json", "--timeout", "2", "5")
    assert (ran.code, json.loads(ran.out)["action"]) == (6, "unknown")
    assert "gave no whole answer within " in ran.err  # by itself, not because it was overdue


@pytest.mark.parametrize("number", [1, 40])
def test_a_server_that_falls_silent_is_given_up_in_time_whatever_is_under_way(command: Command, number: int) -> None:
    answers: Iterator[int] = iter(())

    def begin_anew() -> None:
        nonlocal answers
        answers = iter(range(number))

    def answer(connection: socket.socket, head: str) -> None:
        if next(answers, None) is None:
            threading.Event().wait(30)  # for ever, as seen from a watch that has given up long before
            return
        id_ = head.split()[1].rpartition("/")[2]
        body = json.dumps({"id": int(id_), "workflow_state": "running", "tag": "x", "completion": None})
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    with serving(answer) as url:
        command.environment |= {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": "S3CRET-marked-token"}
        words = ("watch", "--give-up-after", "3", "--interval", "1", *map(str, range(1, number + 1)))
        ran = within(1 + 3 + 2, command, *words, first=begin_anew)
    assert ran.code == 6


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("words", [("watch",), ("watch", "--json"), ("cancel", "-y")])
def test_a_stream_that_nobody_reads_keeps_no_command_beyond_its_time(
    command: Command, canvas: SandboxServer, words: tuple[str, ...], stream: str
) -> None:
    add(command, canvas.url, "--token-env", "T")
    environment = command.environment | {"T": canvas.world.token}
    with full_pipe() as full:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | {stream: full}
        began = time.monotonic()
        with subprocess.Popen([EXECUTABLE, *words, "--timeout", "1", "1", "2"], env=environment, **streams) as process:  # type: ignore[call-overload]
            code = process.wait(60)
    assert time.monotonic() - began < 1 + 6 + SLACK  # two seconds to end by itself, one for each thing left to be said
    assert code == 124


@contextmanager
def full_pipe() -> Iterator[int]:
    """Return the end of a pipe that takes nothing any more."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    yield writing
    os.close(reading)
    os.close(writing)


def _is_gone(pid: int) -> bool:
    """Tell whether a process has ended; a zombie that nobody has waited for yet has."""
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
