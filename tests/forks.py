"""Runs command lines in forks of one process that has the program loaded already: in a quarter of the time.

Each is a process with its own arguments, environment and pipes, and ends as the program ends. What is not seen is how
an interpreter starts, and a module that is used without its import.
"""

from __future__ import annotations

import atexit
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import NoReturn

LANGUAGE = "C.UTF-8"
_LOADED = ("filelock", "httpx", "platformdirs", "rich.console", "rich.table", "sqlite3", "tomlkit", "tomllib", "typer")
_LONGEST_REQUEST = 2**20
_DIGITS = 20  # of a number that is told
_ONE_AT_A_TIME = threading.Lock()


def run(arguments: list[str], environment: dict[str, str], typed: str, seconds: float) -> tuple[int, str, str]:
    """Run one command line to its end; return its exit code and what it printed."""
    theirs, ours = zip(*(_pipe(number) for number in range(4)), strict=True)
    _ask(arguments, environment, theirs)
    stdin, stdout, stderr, told = ours
    with ThreadPoolExecutor(3) as pool:
        pool.submit(_write, stdin, typed)
        texts = [pool.submit(_read, stream) for stream in (stdout, stderr)]
        process = int(os.read(told, _DIGITS))
        ended = bool(select.select([told], [], [], seconds)[0])
        if not ended:
            os.kill(process, signal.SIGKILL)
        code = int(os.read(told, _DIGITS))
    os.close(told)
    if not ended:
        raise TimeoutError(" ".join(arguments))
    return code, texts[0].result(), texts[1].result()


def _pipe(number: int) -> tuple[int, int]:
    """Return the end of the process and ours; the process reads from the first pipe and writes to all others."""
    reading, writing = os.pipe()
    return (writing, reading) if number else (reading, writing)


def _ask(arguments: list[str], environment: dict[str, str], streams: tuple[int, ...]) -> None:
    """Hand over what to run and where; our copies of the streams are closed."""
    with _ONE_AT_A_TIME:
        socket.send_fds(_server(), [json.dumps([arguments, environment]).encode() + b"\n"], streams)
        _server().recv(1)
    for stream in streams:
        os.close(stream)


@cache
def _server() -> socket.socket:
    """Start the process that forks, in an environment as clean as a command's."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, __file__, str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        env={"PATH": os.defpath, "LANG": LANGUAGE},
    )
    theirs.close()

    def stop() -> None:
        ours.close()
        process.wait()

    atexit.register(stop)
    return ours


def _write(stream: int, text: str) -> None:
    with open(stream, "w", encoding="utf-8") as file:
        file.write(text)


def _read(stream: int) -> str:
    with open(stream, encoding="utf-8") as file:
        return file.read()


def _serve(requests: socket.socket) -> None:
    """Start what is asked for, until nobody is there any more to ask."""
    signal.signal(signal.SIGCHLD, lambda *_: _reap())
    while True:
        request, streams, _, _ = socket.recv_fds(requests, _LONGEST_REQUEST, 4)
        while request and not request.endswith(b"\n"):
            request += requests.recv(_LONGEST_REQUEST)
        if not request:
            return
        if os.fork() == 0:
            requests.close()
            arguments, environment = json.loads(request)
            _wait_for_one(arguments, environment, streams)
        for stream in streams:
            os.close(stream)
        requests.send(b"\n")


def _reap() -> None:
    """Wait for those that have ended: so their processor time counts as that of the tests."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _wait_for_one(arguments: list[str], environment: dict[str, str], streams: list[int]) -> NoReturn:
    """Fork once more, tell the number of that process and, as soon as it has ended, its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, telling = streams
    process = os.fork()
    if process == 0:
        os.close(telling)
        _become(arguments, environment, standard)
    for stream in standard:
        os.close(stream)
    os.write(telling, f"{process:{_DIGITS}}".encode())
    _, status = os.waitpid(process, 0)
    os.write(telling, f"{os.waitstatus_to_exitcode(status):{_DIGITS}}".encode())
    os._exit(0)


def _become(arguments: list[str], environment: dict[str, str], standard: list[int]) -> NoReturn:
    """Be the command."""
    from canvas_progress.__main__ import main

    for number, stream in enumerate(standard):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115  # it stays open
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115  # it stays open
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115  # it stays open
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    main()


def _load() -> None:
    import canvas_progress

    for name in _LOADED:
        import_module(name)
    for module in pkgutil.walk_packages(canvas_progress.__path__, "canvas_progress."):
        import_module(module.name)


if __name__ == "__main__":
    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))
