"""Ctrl-C in a program that calls: the call ends at once, with what was done, and no thread is left."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from api.conftest import TOKEN
from canvas_progress import cancel
from jobs import a_progress
from raw_server import reply, serving

_PROGRAM = """
import sys, threading, time
from canvas_progress import cancel, wait
url, token = sys.argv[1:]
began = time.monotonic()
try:
    {call}
except KeyboardInterrupt as stop:
    print("interrupted", *getattr(stop, "__notes__", []), sep="\\n")
for thread in threading.enumerate():
    if thread.name.startswith("background"):
        thread.join(5)
print([thread.name for thread in threading.enumerate()])
print(time.monotonic() - began < 10)
"""


def interrupted(home: Path, url: str, call: str, arrived: threading.Event) -> list[str]:
    """Run a program that makes the call, send it SIGINT once the server has a request, and return what it prints."""
    script = home / "program.py"
    script.write_text(_PROGRAM.format(call=call))
    with subprocess.Popen(
        [sys.executable, str(script), url, TOKEN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert arrived.wait(20)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert errors == ""
    return out.splitlines()


def test_a_wait_ends_while_its_request_hangs(home: Path) -> None:
    arrived, over = threading.Event(), threading.Event()

    def hang(_connection: socket.socket, _head: str) -> None:
        arrived.set()
        over.wait()

    with serving(hang) as url:
        printed = interrupted(home, url, "wait(1, url=url, token=token)", arrived)
        over.set()
    assert printed == ["interrupted", "['MainThread']", "True"]


def test_a_wait_ends_between_two_requests(home: Path) -> None:
    arrived = threading.Event()

    def answer(connection: socket.socket, _head: str) -> None:
        reply(connection, a_progress(id=1, workflow_state="running"))
        arrived.set()

    with serving(answer) as url:
        printed = interrupted(home, url, "wait(1, url=url, token=token)", arrived)
    assert printed == ["interrupted", "['MainThread']", "True"]


def test_a_cancellation_says_what_is_known_of_each_job(home: Path) -> None:
    arrived, over = threading.Event(), threading.Event()

    def answer(connection: socket.socket, head: str) -> None:
        id_ = 2 if "/progress/2" in head else 1
        if head.startswith("GET") or id_ == 1:
            marked = {"workflow_state": "failed", "message": "canceled"} if head.startswith("POST") else {}
            reply(connection, a_progress(id=id_, user_id=10, **marked))
            return
        arrived.set()
        over.wait()

    with serving(answer) as url:
        printed = interrupted(home, url, "cancel(1, 2, 3, url=url, token=token)", arrived)
        over.set()
    assert printed == [
        "interrupted",
        "1 canceled: work already under way may go on",
        "2 unknown: interrupted while its request was under way",
        "3 unchanged: interrupted; nothing was sent",
        "['MainThread']",
        "True",
    ]


@pytest.mark.parametrize(
    ("file", "function"),
    [
        ("recording.py", "close"),
        ("processes.py", "end"),
        ("calls.py", "as_named"),
        ("results.py", "canceled"),
        ("results.py", "raise_for"),
    ],
)
def test_a_cancellation_that_is_interrupted_after_its_last_request_says_what_was_done(
    here: dict[str, Any], file: str, function: str
) -> None:
    def interrupt(frame: FrameType, event: str, _value: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_name == function and Path(code.co_filename).name == file:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    sys.setprofile(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt) as stop:
            cancel(24, 9, check=True, **here)
    finally:
        sys.setprofile(None)
    assert [note.partition(":")[0] for note in getattr(stop.value, "__notes__", [])] == [
        "24 canceled",
        "9 refused",
    ]
