"""A small Canvas on a socket of its own, with one job in it, at which a fault strikes the requests it is told to."""

from __future__ import annotations

import itertools
import json
import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from reliability.faults import Answer, Fault, Stage, Way, raw
from reliability.moments import Moment

_COMPLETION: Final = {"queued": None, "running": 40.0, "completed": 100.0, "failed": 40.0}
_NOT_FOUND: Final = '{"errors":[{"message":"The specified resource does not exist."}]}'


@dataclass(frozen=True, slots=True)
class Doors:
    """The certificates of the Canvas: the one that the profile trusts, and one that nobody does."""

    trusted: ssl.SSLContext
    foreign: ssl.SSLContext


@dataclass(slots=True)
class Truth:
    """What really became of the job, to be compared with what the command says."""

    reads: int = 0
    marked: bool = False
    log: list[tuple[str, bool]] = field(default_factory=list)  # method, and whether it was answered as it should

    @property
    def every_post_follows_a_read(self) -> bool:
        """Whether each request to cancel came right after an answer that the command could judge."""
        before = [("", False), *self.log]
        return all(before[place] == ("GET", True) for place, (method, _) in enumerate(self.log) if method == "POST")


class SmallCanvas:
    """Serves until it is closed. `fault` strikes the requests whose numbers are in `struck`."""

    def __init__(self, moment: Moment, fault: Fault | None, struck: range, doors: Doors) -> None:
        self._moment = moment
        self._fault = fault
        self._way = Way.PLAIN if fault is None else fault.way
        self._struck = struck
        self._doors = doors
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.truth = Truth()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # ends the `accept` of the other thread
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        fault = self._fault if next(self._numbers) in self._struck else None
        with suppress(OSError), connection:
            if fault is not None and fault.stage is Stage.DOOR and not fault.foreign:
                fault.strike(connection, Answer(""))
                return
            with self._opened(connection, fault) as line:
                request = _read(line)
                method, path = request.split()[:2]
                answer = self._answer(method, path, fault)
                if fault is None:
                    line.sendall(raw(answer))
                else:
                    fault.strike(line, answer)

    def _opened(self, connection: socket.socket, fault: Fault | None) -> socket.socket:
        """Go through the proxy and the encryption that this cell has."""
        if self._way is Way.PLAIN:
            return connection
        if self._way is Way.PROXY:
            _read(connection)
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context = self._doors.trusted if fault is None or not fault.foreign else self._doors.foreign
        return context.wrap_socket(connection, server_side=True)

    def _answer(self, method: str, path: str, fault: Fault | None) -> Answer:
        """Do what is asked, as far as the fault lets it, and return what there is to say."""
        with self._lock:
            if path == "/login/oauth2/token":
                return Answer('{"access_token":"token-of-the-tool","token_type":"Bearer","expires_in":3600}')
            if path.endswith("/content_migrations/7"):
                return Answer(self._migration(7, job=1), wrong=self._migration(8, job=2))
            job = int(re.findall(r"/progress/(\d+)", path)[0])
            if job == 0:
                return Answer(_NOT_FOUND, "404 Not Found")
            self.truth.log.append((method, fault is None))
            return self._marked(fault) if method == "POST" else self._seen(job, fault)

    def _marked(self, fault: Fault | None) -> Answer:
        if fault is None or fault.done:
            self.truth.marked = True
        return Answer(_progress(1, "failed", "canceled"), wrong=_progress(2, "failed", "canceled"))

    def _seen(self, job: int, fault: Fault | None) -> Answer:
        states = self._moment.states
        state = self._moment.after_mark if self.truth.marked else states[min(self.truth.reads, len(states) - 1)]
        if fault is None:
            self.truth.reads += 1
        message = "canceled" if state == "failed" else None
        return Answer(_progress(job, state, message), wrong=_progress(2, state, message))

    def _migration(self, migration: int, *, job: int) -> str:
        url = f"{self._way.base}/api/v1/progress/{job}"
        return json.dumps({"id": migration, "workflow_state": "completed", "progress_url": url})


def _read(connection: socket.socket) -> str:
    """Read a whole request: to close a connection with some of it unread would be a reset."""
    text = b""
    while True:
        head, end, body = text.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
        if end and len(body) >= (int(length[1]) if length else 0):
            return text.decode()
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionAbortedError
        text += chunk


def _progress(job: int, state: str, message: str | None) -> str:
    return json.dumps(
        {
            "id": job,
            "context_id": 5,
            "context_type": "Course",
            "user_id": 10,
            "tag": "course_batch_update",
            "completion": _COMPLETION[state],
            "workflow_state": state,
            "created_at": "2026-11-23T03:00:00Z",
            "updated_at": "2026-11-23T03:00:00Z",
            "message": message,
            "results": {"done": True},
        }
    )
