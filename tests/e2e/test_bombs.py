"""Answers that unpack to more than any machine has: refused soon, and within a hundred megabytes."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import cache

import pytest

from command import EXECUTABLE, Command
from raw_server import serving

MEBIBYTE = 2**20
START = b'{"id":1,"workflow_state":"running","user_id":7,'


@cache
def zeros() -> bytes:
    """Return what unpacks to half a gigabyte."""
    return gzip.compress(bytes(512 * MEBIBYTE), 1)


BOMBS: dict[str, Callable[[], tuple[bytes, str]]] = {
    "packed twice": lambda: (gzip.compress(zeros()), "gzip, gzip"),
    "packed once": lambda: (zeros(), "gzip"),
    "a string of 30 MB": lambda: (START + b'"message":"' + b"x" * 30 * MEBIBYTE + b'"}', ""),
    "lists": lambda: (START + b'"results":[' + b"[]," * (2 * MEBIBYTE) + b"0]}", ""),
    "objects": lambda: (START + b'"results":[' + b'{"a":0},' * (7 * MEBIBYTE // 8) + b"0]}", ""),
    "depth": lambda: (START + b'"results":' + b"[" * 7 * MEBIBYTE, ""),
    "titles": lambda: (b"<html>" + b"<title>" * MEBIBYTE, ""),
    "errors": lambda: (b'{"errors":[' + b'{"message":"x"},' * (MEBIBYTE // 4) + b"{}]}", ""),
}
GOOD: dict[str, bytes] = {
    "a long message": START + b'"message":"' + b"x" * (7 * MEBIBYTE) + b'"}',
    "a long message of escapes": START + b'"message":"' + rb"\u0041\"" * (7 * MEBIBYTE // 8) + b'"}',
}


# A process of its own that starts the command: what a process has at most counts from before its program is loaded.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, used.ru_maxrss // 1024, used.ru_utime + used.ru_stime)
print(done.stderr, end="")
"""


def measured(command: Command, *arguments: str) -> tuple[int, str, int, float]:
    """Run the command; return exit code, errors, peak memory in MiB and seconds of processor time."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURE, EXECUTABLE, *arguments],
        capture_output=True,
        text=True,
        env=command.environment,
        check=True,
    )
    figures, _, errors = ran.stdout.partition("\n")
    code, memory, seconds = figures.split()
    return int(code), errors, int(memory), float(seconds)


def answering(body: bytes, encoding: str, status: str) -> Callable[[socket.socket, str], None]:
    def answer(connection: socket.socket, _: str) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        packed = f"Content-Encoding: {encoding}\r\n" if encoding else ""
        connection.sendall(f"{head}{packed}Connection: close\r\n\r\n".encode() + body)

    return answer


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_bomb_is_refused_within_bounds(command: Command, name: str, status: str) -> None:
    body, encoding = BOMBS[name]()
    with serving(answering(body, encoding, status)) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "marked-token"}
        code, errors, memory, seconds = measured(command, "show", "-o", "plain", "1")
    assert code in {1, 5}
    assert errors.startswith("error: ")
    assert "this is a bug" not in errors
    assert memory < 100
    assert seconds < 5  # 2 on a machine that does nothing else


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("form", ["plain", "json"])
def test_what_is_large_and_still_a_progress_is_shown_within_bounds(command: Command, name: str, form: str) -> None:
    with serving(answering(GOOD[name], "", "200 OK")) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "marked-token"}
        code, errors, memory, _ = measured(command, "show", "-o", form, "1")
    assert (code, errors) == (0, "")
    assert memory < 100
