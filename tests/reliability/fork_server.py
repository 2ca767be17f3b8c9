"""Runs command lines of the tool, each in a process forked from this one, which has all of the tool imported already.

It is a program of its own without any thread, since only such a process may fork and go on in Python. It reads an order
from each line of its standard input, and writes a line when a command looks up a host, and when one has ended.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import random
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from typing import NoReturn, TypedDict

from preloaded import load


class Order(TypedDict):
    """A command line to be run. It is killed after so many seconds.

    Within its process `host` is the only name there is, and leads to `port` of this machine; but the lookups from
    `first` to `last`, counted from 1, lead to the port `instead`, where nobody listens, or with 0 to no such name.
    """

    number: int
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    limit: float
    host: str
    port: int
    first: int
    last: int
    instead: int


class ForkServer:
    """Starts what it is told to, and reports what came of it."""

    def __init__(self) -> None:
        self._reports = os.dup(1)
        os.dup2(2, 1)
        self._lookups, self._looking_up = os.pipe()
        self._children, child_ended = os.pipe()
        os.set_blocking(child_ended, False)
        os.set_blocking(self._lookups, False)
        signal.set_wakeup_fd(child_ended)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._running: dict[int, tuple[int, float]] = {}  # by process: the number of its order, and until when it may
        self._killed: set[int] = set()
        self._heard = b""

    def serve(self) -> None:
        """Serve until there are no more orders to come, and nothing runs any more."""
        sources = [0, self._lookups, self._children]
        while self._running or 0 in sources:
            for source in select.select(sources, [], [], self._kill_late())[0]:
                if source == self._lookups:
                    self._pass_lookups_on()
                elif not (chunk := os.read(source, 65536)):
                    sources.remove(source)
                elif source == self._children:
                    self._reap()
                else:
                    self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        *lines, self._heard = (self._heard + chunk).split(b"\n")
        for line in lines:
            order: Order = json.loads(line)
            process = os.fork()
            if process == 0:
                signal.set_wakeup_fd(-1)
                _become(order, self._looking_up)
            self._running[process] = (order["number"], time.monotonic() + order["limit"])

    def _kill_late(self) -> float | None:
        """Kill who is over its limit, and return the seconds until somebody else may be."""
        now = time.monotonic()
        for process, (_, until) in self._running.items():
            if until <= now and process not in self._killed:
                self._killed.add(process)
                os.kill(process, signal.SIGKILL)
        waits = [until - now for process, (_, until) in self._running.items() if process not in self._killed]
        return min(waits, default=None)

    def _pass_lookups_on(self) -> None:
        with suppress(BlockingIOError):
            for number in os.read(self._lookups, 65536).split():
                self._report({"number": int(number)})

    def _reap(self) -> None:
        ended: list[dict[str, int | float | None]] = []
        for process in tuple(self._running):
            gone, status, usage = os.wait4(process, os.WNOHANG)
            if gone:
                number, _ = self._running.pop(process)
                code = None if process in self._killed else os.waitstatus_to_exitcode(status)
                ended.append({"number": number, "code": code, "cpu": usage.ru_utime + usage.ru_stime})
        self._pass_lookups_on()  # those of a process that has ended are reported before its end
        for report in ended:
            self._report(report)

    def _report(self, report: dict[str, int | float | None]) -> None:
        os.write(self._reports, json.dumps(report).encode() + b"\n")


def _become(order: Order, looking_up: int) -> NoReturn:
    """Be the tool, from its entry point to its exit code."""
    code = 70  # of a process that never came to its end
    try:
        for number, (name, flags) in enumerate(
            ((os.devnull, os.O_RDONLY), ("out", os.O_WRONLY | os.O_CREAT), ("err", os.O_WRONLY | os.O_CREAT))
        ):
            opened = os.open(os.path.join(order["folder"], name), flags, 0o600)  # noqa: PTH118  # devnull stays as it is
            os.dup2(opened, number)
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        random.seed(0)  # the pauses between attempts are the same in each run, so that no cell depends on luck
        _resolve(order, looking_up)
        sys.argv = ["canvas-progress", *order["arguments"]]
        importlib.import_module("canvas_progress.__main__").main()
    except SystemExit as leave:
        code = int(leave.code or 0)
    except BaseException:  # noqa: BLE001  # told on its standard error, and by the code
        traceback.print_exc()
    finally:
        os._exit(code)


def _resolve(order: Order, looking_up: int) -> None:
    """Put a resolver of our own into this process: nothing is ever asked of a network."""
    lookups = itertools.count(1)

    def getaddrinfo(host: str | bytes | None, *_: object, **__: object) -> list[tuple[object, ...]]:
        os.write(looking_up, f"{order['number']}\n".encode())
        port = order["instead"] if order["first"] <= next(lookups) <= order["last"] else order["port"]
        name = host.decode() if isinstance(host, bytes) else host
        if name != order["host"] or port == 0:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]


if __name__ == "__main__":
    load()
    ForkServer().serve()
