"""What may happen to a request, on real sockets: the rows of the matrix."""

from __future__ import annotations

import gzip
import json
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Final

HOST: Final = "canvas.test"
PROXY_HOST: Final = "proxy.test"
_MEBIBYTE: Final = 2**20
_DRIP: Final = 0.2  # seconds; shorter than any limit for a silence


class Way(Enum):
    """How the Canvas of a cell is reached."""

    PLAIN = "plain"
    TLS = "tls"
    PROXY = "proxy"

    @property
    def base(self) -> str:
        """The address of the Canvas. Canvas writes `https` into links, unless it runs on the developer's machine."""
        return f"https://{HOST}" if self is not Way.PLAIN else "http://localhost"

    @property
    def looked_up(self) -> str:
        """The name of the host that is connected to."""
        return {Way.PLAIN: "localhost", Way.TLS: HOST, Way.PROXY: PROXY_HOST}[self]


class Stage(Enum):
    """Who makes the fault: the resolver, the server before it has seen a request, or the server by its answer."""

    LOOKUP = "lookup"
    DOOR = "door"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a good server says; `wrong` is the same about something else than what was asked for, if that can be."""

    body: str
    status: str = "200 OK"
    wrong: str | None = None


Strike = Callable[[socket.socket, Answer], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the matrix.

    `strike` deals with a connection; for a `DOOR` before its request is read. `done` tells whether Canvas did all the
    same what it was asked for. `slow` is a fault that ends only because somebody loses patience.
    """

    name: str
    strike: Strike
    stage: Stage = Stage.ANSWER
    way: Way = Way.PLAIN
    done: bool = False
    slow: bool = False
    foreign: bool = False  # with a certificate of an authority that nobody trusts


def raw(answer: Answer, *headers: str, length: int | None = None, kind: str = "application/json") -> bytes:
    """Return an answer as it goes over the line, as one that claims to be so long."""
    body = answer.body.encode()
    lines = (
        f"HTTP/1.1 {answer.status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body) if length is None else length}",
        "X-Canvas-User-Id: 10",
        "Connection: close",
        *headers,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _nothing(_connection: socket.socket, _answer: Answer) -> None:
    """Let somebody else make the fault."""


def _reset(connection: socket.socket, _answer: Answer) -> None:
    """Make of the close that follows a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _reset_unread(connection: socket.socket, answer: Answer) -> None:
    connection.recv(1, socket.MSG_PEEK)  # a reset any earlier might be one of the connecting, by luck
    _reset(connection, answer)


def _break_headers(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(raw(answer).partition(b"X-Canvas")[0])


def _break_body(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(raw(answer)[: -len(answer.body) // 2])


def _be_silent(connection: socket.socket, _answer: Answer) -> None:
    with suppress(OSError):
        connection.recv(1)  # returns when the client has gone


def _drip(connection: socket.socket) -> None:
    """Send a byte now and then, until the client has gone."""
    connection.settimeout(_DRIP)
    with suppress(ConnectionError):
        while _still_there(connection):
            connection.sendall(b"x")


def _still_there(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1))
    except TimeoutError:
        return True


def _drip_headers(connection: socket.socket, _answer: Answer) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(connection)


def _drip_body(connection: socket.socket, _answer: Answer) -> None:
    connection.sendall(raw(Answer('{"message":"'), length=_MEBIBYTE))
    _drip(connection)


def _hang_up_on_hello(connection: socket.socket, _answer: Answer) -> None:
    connection.recv(65536)


def _refuse_hello(connection: socket.socket, _answer: Answer) -> None:
    connection.recv(65536)
    connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")  # the alert `handshake_failure`


def _status(status: str, *headers: str, text: str = "") -> Strike:
    page = text or f"<html><head><title>{status}</title></head></html>"

    def strike(connection: socket.socket, _answer: Answer) -> None:
        connection.sendall(raw(Answer(page, status), *headers, kind="text/html"))

    return strike


def _body(body: str) -> Strike:
    def strike(connection: socket.socket, _answer: Answer) -> None:
        connection.sendall(raw(Answer(body)))

    return strike


def _wrong(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(raw(Answer(answer.wrong or answer.body, answer.status)))


def _too_large(connection: socket.socket, _answer: Answer) -> None:
    with suppress(OSError):  # the client leaves before the end
        connection.sendall(raw(Answer(json.dumps({"id": 1, "message": "x" * 9 * _MEBIBYTE}))))


def _bomb(connection: socket.socket, _answer: Answer) -> None:
    head = raw(Answer(""), "Content-Encoding: gzip", length=len(_BOMB))
    connection.sendall(head + _BOMB)


_BOMB: Final = gzip.compress(b'{"id":1,"message":"' + b"x" * 16 * _MEBIBYTE + b'"}')
_WAIT: Final = "Retry-After: 1"
_LIMIT: Final = "(Rate Limit Exceeded)\n"
WRONG_ID: Final = "the wrong id"
NO_SUCH_HOST: Final = "no such host"
FAULTS: Final = (
    Fault("connection refused", _nothing, Stage.LOOKUP),
    Fault("reset before the request is read", _reset_unread, Stage.DOOR),
    Fault("reset after it", _reset, done=True),
    Fault("broken off in the headers", _break_headers, done=True),
    Fault("broken off in the body", _break_body, done=True),
    Fault("silence", _be_silent, done=True, slow=True),
    Fault("headers that drip", _drip_headers, done=True, slow=True),
    Fault("a body that drips", _drip_body, done=True, slow=True),
    Fault(NO_SUCH_HOST, _nothing, Stage.LOOKUP),
    Fault("TLS: handshake broken off", _hang_up_on_hello, Stage.DOOR, Way.TLS),
    Fault("TLS: handshake refused", _refuse_hello, Stage.DOOR, Way.TLS),
    Fault("TLS: certificate not trusted", _nothing, Stage.DOOR, Way.TLS, foreign=True),
    Fault("proxy: connection refused", _nothing, Stage.LOOKUP, Way.PROXY),
    Fault("proxy: hangs up", _hang_up_on_hello, Stage.DOOR, Way.PROXY),
    Fault("429 with `Retry-After`", _status("429 Too Many Requests", _WAIT, text=f"429 Too Many Requests {_LIMIT}")),
    Fault("429 without", _status("429 Too Many Requests", text=f"429 Too Many Requests {_LIMIT}")),
    Fault("403 throttled", _status("403 Forbidden", text=f"403 Forbidden {_LIMIT}")),
    Fault("500", _status("500 Internal Server Error"), done=True),
    Fault("502", _status("502 Bad Gateway"), done=True),
    Fault("503", _status("503 Service Unavailable")),
    Fault("504", _status("504 Gateway Timeout"), done=True),
    Fault("200 with a maintenance page", _status("200 OK", text="<html><title>Maintenance</title></html>")),
    Fault("200 with another web page", _status("200 OK", text="<html><title>Welcome</title></html>")),
    Fault("200 with nothing", _body(""), done=True),
    Fault("200 with a list", _body("[2]"), done=True),
    Fault("200 with a number", _body("2"), done=True),
    Fault(WRONG_ID, _wrong, done=True),
    Fault("more than 8 MiB", _too_large, done=True),
    Fault("gzip to more than 8 MiB", _bomb, done=True),
)
