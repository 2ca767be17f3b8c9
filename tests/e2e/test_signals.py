"""Signals at bad moments: two at once, while a pipe is full, at the very start, and a stop that lasts."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import termios
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import EXECUTABLE, Command, Process
from raw_server import reply, serving, silent

TOKEN = "S3CRET-marked-token"
TOO_LONG = 60.0  # seconds
TOO_LONG = 60.0  # seconds


def at(command: Command, url: str) -> Command:
    command.environment |= {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": TOKEN}
    return command


def a_progress(id_: str, **values: object) -> str:
    return json.dumps({"id": int(id_), "workflow_state": "running", "tag": "x", "user_id": 7} | values)


def id_in(head: str) -> str:
    return head.split()[1].removesuffix("/cancel").rpartition("/")[2]


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_two_signals_at_once_never_lose_the_summary(command: Command, second: signal.Signals) -> None:
    with serving(lambda connection, head: reply(connection, a_progress(id_in(head)))) as url:
        process = at(command, url).start("watch", "--json", *map(str, range(1, 60)))
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "seen"
        process.send_signal(signal.SIGINT)
        process.send_signal(second)
        out, _ = process.communicate(timeout=TOO_LONG)
    summary = json.loads(out.splitlines()[-1])
    assert summary["event"] == "summary"
    assert summary["exit_code"] == process.returncode
    assert process.returncode in {130, 143}


def test_two_signals_at_once_leave_a_report_for_each_of_three_hundred_jobs(command: Command) -> None:
    posted = threading.Event()

    def answer(connection: socket.socket, head: str) -> None:
        if head.startswith("POST"):
            posted.set()
            threading.Event().wait(30)  # longer than anybody waits for it
            return
        reply(connection, a_progress(id_in(head)))

    with serving(answer) as url:
        process = at(command, url).start("cancel", "-y", "--json", *map(str, range(1, 301)))
        assert posted.wait(TOO_LONG)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TOO_LONG)
    actions = [json.loads(line)["action"] for line in out.splitlines()]
    assert actions == ["unknown", *["unchanged"] * 299]
    assert "marked as canceled: none; not known: 1\n" in err
    assert process.returncode == 130


def test_a_signal_while_the_reader_is_slow_tears_no_line(command: Command) -> None:
    results = {"text": "x" * 300_000}
    with (
        serving(
            lambda connection, head: reply(
                connection, a_progress(id_in(head), workflow_state="failed", results=results)
            )
        ) as url,
        at(command, url).start("watch", "--json", "1", "2") as process,
    ):
        assert process.stdout is not None
        first = os.read(process.stdout.fileno(), 100)  # now it writes into a pipe that is full
        process.send_signal(signal.SIGINT)
        rest = process.stdout.buffer.read()  # type: ignore[attr-defined]  # the bytes below the text
    events = [json.loads(line)["event"] for line in (first + rest).splitlines()]
    assert events[-1] == "summary"


@pytest.mark.parametrize("milliseconds", [5, 20, 40, 60, 80, 100, 130])
def test_an_interrupt_at_the_very_start_ends_quietly(command: Command, milliseconds: int) -> None:
    with silent() as url:
        environment = at(command, url).environment
        process = subprocess.Popen([EXECUTABLE, "show", "1"], env=environment, stderr=subprocess.PIPE, text=True)
        try:
            process.wait(milliseconds / 1000)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TOO_LONG)
    had_begun = re.search(r'canvas_progress/__main__\.py", line \d+, in main', err)
    if ("Traceback" in err or "Fatal Python error" in err) and not had_begun:
        return  # Python was still on its way to the entry point
    assert process.returncode in {130, -signal.SIGINT}, err
    assert "Traceback" not in err


INTERRUPTED_AT = """
import os, signal, sys
def watch(event, arguments):
    if event == "import" and arguments[0] == os.environ["INTERRUPTED_AT"]:
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(watch)
"""


@pytest.mark.parametrize("module", ["canvas_progress.cli.main", "typer", "httpx", "canvas_progress.canvas.client"])
def test_an_interrupt_while_the_program_loads_ends_quietly(command: Command, tmp_path: Path, module: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTED_AT)
    with silent() as url:
        environment = at(command, url).environment | {"PYTHONPATH": str(tmp_path), "INTERRUPTED_AT": module}
        ran = subprocess.run(
            [EXECUTABLE, "show", "1"], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert ran.returncode in {130, -signal.SIGINT}
    assert "Traceback" not in ran.stderr


def test_a_hangup_that_is_ignored_on_purpose_stays_ignored(command: Command) -> None:
    ignoring = ["bash", "-c", "trap '' HUP; exec \"$@\"", "bash", EXECUTABLE, "watch", "--json", "1"]
    with serving(lambda connection, head: reply(connection, a_progress(id_in(head)))) as url:
        environment, pipe = at(command, url).environment, subprocess.PIPE
        process = subprocess.Popen(ignoring, env=environment, stdout=pipe, stderr=pipe, text=True)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "seen"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TOO_LONG)
    assert process.returncode == 130  # not 143, as after a hangup


def test_an_answer_that_came_while_the_process_was_stopped_counts_and_the_stop_does_not(command: Command) -> None:
    asked = 0
    processes: list[Process] = []

    def answer(connection: socket.socket, head: str) -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            processes[0].send_signal(signal.SIGSTOP)
            reply(connection, a_progress(id_in(head)))
            threading.Event().wait(5)  # more than --give-up-after
            processes[0].send_signal(signal.SIGCONT)
            return
        state = "completed" if asked > 2 else "running"
        reply(connection, a_progress(id_in(head), workflow_state=state, results={"attachment": 1}))

    with serving(answer) as url:
        processes.append(at(command, url).start("watch", "--give-up-after", "2", "--interval", "1", "1"))
        out, err = processes[0].communicate(timeout=TOO_LONG)
    assert processes[0].returncode == 0, err
    assert out.startswith("1\tcompleted")
    assert asked == 3


def test_a_server_that_died_while_the_process_was_stopped_gets_another_chance(command: Command) -> None:
    world = World(replace(default(), faults=()), token=TOKEN)
    with SandboxServer(world) as server:
        process = at(command, server.url).start("watch", "--give-up-after", "2", "--interval", "1", "10")
        assert process.stderr is not None
        assert "10 running" in process.stderr.readline() or "10 " in process.stderr.readline()
        process.send_signal(signal.SIGSTOP)
        port = int(server.url.rpartition(":")[2])
        server.stop()
        threading.Event().wait(4)
        process.send_signal(signal.SIGCONT)
        assert "retrying in" in process.stderr.readline()
        with SandboxServer(world, port=port):
            for line in process.stderr:
                if line.split()[1:2] == ["10"] and "retrying" not in line:
                    break
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=TOO_LONG)
    assert process.returncode == 143


@pytest.mark.parametrize(
    ("words", "code"), [(("watch", "--json", "--interval", "1"), 130), (("cancel", "-y", "--json"), 130)]
)
def test_one_interrupt_ends_a_command_whose_output_nobody_reads(
    command: Command, words: tuple[str, ...], code: int
) -> None:
    results = {"text": "x" * 300_000}
    state = "failed" if words[0] == "watch" else "running"

    def answer(connection: socket.socket, head: str) -> None:
        shown = "failed" if head.startswith("POST") else state
        reply(connection, a_progress(id_in(head), workflow_state=shown, results=results))

    with serving(answer) as url, at(command, url).start(*words, "1", "2") as process:
        assert process.stdout is not None
        os.read(process.stdout.fileno(), 100)  # now it writes into a pipe that is full
        process.send_signal(signal.SIGINT)
        assert process.wait(TOO_LONG) == code


def test_a_time_limit_ends_a_command_whose_output_nobody_reads(command: Command) -> None:
    results = {"text": "x" * 300_000}
    with (
        serving(lambda connection, head: reply(connection, a_progress(id_in(head), results=results))) as url,
        at(command, url).start("watch", "--json", "--timeout", "2", "1", "2") as process,
    ):
        assert process.wait(TOO_LONG) == 124


def test_a_time_limit_ends_a_command_that_waits_for_its_input(command: Command) -> None:
    with at(command, "http://127.0.0.1:1").start("watch", "--timeout", "1", "-") as process:
        assert process.wait(TOO_LONG) == 124
        assert process.stderr is not None
        assert process.stderr.read() == "error: the time limit was over\n"


def waits_for_input(process: Process) -> None:
    """Return once it has read what there is of its input, and waits for more."""
    assert process.stdin is not None
    process.stdin.write("9\n")
    process.stdin.flush()
    ends = time.monotonic() + 20
    while struct.unpack("i", fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4))) != (0,):
        assert time.monotonic() < ends
        os.sched_yield()


@pytest.mark.parametrize(("refs", "known"), [(("-",), ()), (("5", "-", "sis_import:7"), ("5", "sis_import:7"))])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (None, 124)])
def test_a_watch_that_waits_for_its_input_ends_with_a_summary(
    command: Command, refs: tuple[str, ...], known: tuple[str, ...], number: signal.Signals | None, code: int
) -> None:
    limit = ("--timeout", "1") if number is None else ()
    with at(command, "http://127.0.0.1:1").start("watch", "--json", *limit, *refs) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        waits_for_input(process)
        if number is not None:
            process.send_signal(number)
        assert process.wait(20) == code
        (summary,) = map(json.loads, process.stdout)
        said = process.stderr.read()
    assert (summary["event"], summary["exit_code"], summary["requests"]) == ("summary", code, 0)
    assert summary["outcomes"] == dict.fromkeys(known, "unread")
    assert said.count("hint: resume with `canvas-progress watch - 5 sis_import:7`\n") == bool(known)


def test_a_history_that_is_no_file_holds_up_nothing(command: Command) -> None:
    folder = command.home / "state" / "canvas-progress"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "recent.sqlite3")
    with serving(
        lambda connection, head: reply(connection, a_progress(id_in(head), workflow_state="completed", results=1))
    ) as url:
        ran = at(command, url).run("watch", "1")
    assert (ran.code, ran.out.split("\t")[1]) == (0, "completed")


@pytest.mark.parametrize("hanging", [4, 9])
def test_jobs_that_hang_hold_up_no_other(command: Command, hanging: int) -> None:
    over = threading.Event()

    def answer(connection: socket.socket, head: str) -> None:
        if int(id_in(head)) <= hanging:
            over.wait()
            return
        reply(connection, a_progress(id_in(head), workflow_state="completed", results=1))

    with serving(answer) as url:
        ran = at(command, url).run("watch", "--json", "--timeout", "10", *map(str, range(1, 31)))
        over.set()
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert sum(event["event"] == "finished" for event in events) == 30 - hanging
