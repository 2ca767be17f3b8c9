"""Runs command lines in forks of one process that has the program loaded already: in a tenth of the time.

Each is a process with its own arguments, environment and streams, and ends as the program ends. What is not seen is how
an interpreter starts, and a module that is used without its import.
"""

from __future__ import annotations

import atexit
import json
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, NoReturn, Self

from preloaded import load

LANGUAGE: Final = "C.UTF-8"
_LONGEST_REQUEST: Final = 2**20
_DIGITS: Final = 20  # of a number that is told
_MOST_AT_THE_DOOR: Final = 64
_STAND_IN: Final = Path(__file__).with_name("stand_in.py")
_ONE_AT_A_TIME: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: the command, or else a `program` in Python."""

    arguments: list[str]
    environment: dict[str, str]
    program: str = ""
    new_session: bool = False
    folder: str = ""


class Process:
    """A fork under way, with what tests need of a `subprocess.Popen` in text mode."""

    def __init__(self, order: Order, terminal: int | None = None) -> None:
        """Start it, with pipes as its streams, or with a terminal as all of them."""
        inner, outer = zip(*(_pipe(number) for number in (range(4) if terminal is None else [3])), strict=True)
        _ask(order, inner if terminal is None else (*[terminal] * 3, *inner))
        for stream in inner:
            os.close(stream)
        self.stdin: IO[str] | None = None
        self.stdout: IO[str] | None = None
        self.stderr: IO[str] | None = None
        if terminal is None:
            self.stdin = os.fdopen(outer[0], "w", encoding="utf-8")
            self.stdout, self.stderr = (os.fdopen(stream, encoding="utf-8") for stream in outer[1:3])
        self.args = order.arguments
        self.returncode: int | None = None
        self._lock = threading.Lock()  # of the end, which is read once
        self._told = outer[-1]
        self.pid = int(os.read(self._told, _DIGITS))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self.wait()

    def poll(self) -> int | None:
        """Return the exit code if it has ended."""
        with self._lock:
            if self.returncode is None and select.select([self._told], [], [], 0)[0]:
                self.returncode = int(os.read(self._told, _DIGITS))
                os.close(self._told)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when it has ended."""
        if self.returncode is None:
            select.select([self._told], [], [], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, typed: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """Write and close its input, return what it still prints, and wait for its end; too late, it is killed."""
        assert self.stdin is not None
        assert self.stdout is not None
        assert self.stderr is not None
        with ThreadPoolExecutor(3) as pool:
            pool.submit(_write, self.stdin, typed or "")
            texts = [pool.submit(stream.read) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            finally:
                self.kill()
        self._close()
        return texts[0].result(), texts[1].result()

    def _close(self) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def running(program: str, *arguments: object) -> Process:
    """Start a program in Python, whose modules are loaded already if they are ours."""
    return Process(Order(["program", *map(str, arguments)], dict(os.environ), program))


def _pipe(number: int) -> tuple[int, int]:
    """Return the end of the process and ours; the process reads from the first pipe and writes to all others."""
    reading, writing = os.pipe()
    return (writing, reading) if number else (reading, writing)


def _write(stream: IO[str], text: str) -> None:
    with suppress(BrokenPipeError), stream:
        stream.write(text)


def _ask(order: Order, streams: tuple[int, ...]) -> None:
    """Hand over what to run and where."""
    with _ONE_AT_A_TIME:
        socket.send_fds(_server(), [json.dumps(asdict(order)).encode() + b"\n"], streams)
        _server().recv(1)


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="forks-")


def on_path() -> Path:
    """Return a folder for the PATH of a shell, in which the command is one that has itself run in a fork."""
    with _ONE_AT_A_TIME:
        _server()
    return Path(_folder().name)


@cache
def _server() -> socket.socket:
    """Start the process that forks, in an environment as clean as a command's."""
    ours, theirs = socket.socketpair()
    folder = Path(_folder().name)
    process = subprocess.Popen(
        [sys.executable, __file__, str(theirs.fileno()), str(folder / "canvas-progress.door")],
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        env={"PATH": os.defpath, "LANG": LANGUAGE},
    )
    theirs.close()
    ours.recv(1)  # it listens
    command = folder / "canvas-progress"
    command.write_text(f"#!{sys.executable} -IS\n{_STAND_IN.read_text('utf-8')}", "utf-8")
    command.chmod(0o700)

    def stop() -> None:
        ours.close()
        process.wait()
        _folder().cleanup()

    atexit.register(stop)
    return ours


class _Server:
    """Forks what is asked for, and tells the number of each process and then its exit code."""

    def __init__(self, requests: socket.socket, door: Path) -> None:
        self._requests = requests
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(door))
        self._door.listen(_MOST_AT_THE_DOOR)
        self._telling: dict[int, int] = {}  # by process: the pipe that hears of its end
        self._stand_ins: dict[int, int] = {}  # by such a pipe: the process that ends with whoever listens there
        self._ended, child_ended = os.pipe()
        os.set_blocking(child_ended, False)
        signal.set_wakeup_fd(child_ended)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        requests.send(b"\n")

    def serve(self) -> None:
        """Serve until there is nobody any more to ask."""
        sources = {self._requests.fileno(): self._take, self._door.fileno(): self._let_in, self._ended: self._reap}
        with suppress(EOFError):
            while True:
                # Those who have gone come first: their numbers may be given to who comes in.
                for source in select.select([*self._stand_ins, *sources], [], [])[0]:
                    if source in sources:
                        sources[source]()
                    else:
                        self._end(source)

    def _take(self) -> None:
        request, streams, _, _ = socket.recv_fds(self._requests, _LONGEST_REQUEST, 4)
        while request and not request.endswith(b"\n"):
            request += self._requests.recv(_LONGEST_REQUEST)
        if not request:
            raise EOFError
        *standard, telling = streams
        self._start(Order(**json.loads(request)), standard, telling)
        self._requests.send(b"\n")

    def _let_in(self) -> None:
        """Take in what stands on the PATH in place of the command."""
        stand_in, _ = self._door.accept()
        request, standard, _, _ = socket.recv_fds(stand_in, _LONGEST_REQUEST, 3)
        order = _whole(stand_in, request)
        if not order:
            stand_in.close()
            for stream in standard:
                os.close(stream)
            return
        telling = stand_in.detach()
        self._stand_ins[telling] = self._start(Order(*marshal.loads(order)), standard, telling)

    def _start(self, order: Order, standard: list[int], telling: int) -> int:
        process = os.fork()
        if process == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._requests.close()
            self._door.close()
            for other in (telling, *self._telling.values()):
                os.close(other)
            _become(order, standard)
        self._telling[process] = telling
        with suppress(BrokenPipeError):  # it was killed meanwhile
            os.write(telling, f"{process:{_DIGITS}}".encode())
        for stream in standard:
            os.close(stream)
        return process

    def _reap(self) -> None:
        """Wait for those that have ended: so their processor time counts as that of the tests."""
        os.read(self._ended, _LONGEST_REQUEST)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                process, status = ended
                telling = self._telling.pop(process)
                self._stand_ins.pop(telling, None)
                with suppress(BrokenPipeError):  # the test has gone
                    os.write(telling, f"{os.waitstatus_to_exitcode(status):{_DIGITS}}".encode())
                os.close(telling)

    def _end(self, telling: int) -> None:
        """End the process whose stand-in was killed."""
        os.kill(self._stand_ins.pop(telling), signal.SIGKILL)


def _whole(stand_in: socket.socket, request: bytes) -> bytes:
    """Return all that a stand-in sends after the length of it; nothing, if it is killed meanwhile."""
    while request and len(request) < _DIGITS + int(request[:_DIGITS]):
        more = stand_in.recv(_LONGEST_REQUEST)
        request = more and request + more
    return request[_DIGITS:]


def _become(order: Order, standard: list[int]) -> NoReturn:
    """Be the command, or the program."""
    if order.new_session:
        os.setsid()
    if order.folder:
        os.chdir(order.folder)
    for number, stream in enumerate(standard):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115  # it stays open
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115  # it stays open
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115  # it stays open
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = order.arguments
    _start_as_an_interpreter_would(order.environment)
    main: Callable[[], NoReturn] = import_module("canvas_progress.__main__").main
    if order.program:
        exec(compile(order.program, "<program>", "exec"), {"__name__": "__main__"})  # a test's own
        sys.exit()
    main()


def _start_as_an_interpreter_would(environment: dict[str, str]) -> None:
    """Heed PYTHONPATH, and load the module that is loaded first of all, if there is one."""
    if folders := environment.get("PYTHONPATH"):
        sys.path[:0] = folders.split(os.pathsep)
        sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in environment
        with suppress(ModuleNotFoundError):
            import_module("sitecustomize")


if __name__ == "__main__":
    load()
    _Server(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])).serve()
