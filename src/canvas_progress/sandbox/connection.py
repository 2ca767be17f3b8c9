"""Turns the bytes of a socket into requests and answers into bytes, or into the lack of them."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.sandbox.messages import Delivery, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

_ON_LINGER_ZERO: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Listener(ThreadingHTTPServer):
    """Accepts connections on 127.0.0.1 and hands each request to one function."""

    daemon_threads = True
    # On Windows the option would let two servers share a port.
    allow_reuse_address = sys.platform != "win32"
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Response]) -> None:
        self.answer = answer
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        super().__init__(("127.0.0.1", port), _Connection)

    def server_bind(self) -> None:
        """Bind without the look-up of a host name that HTTPServer makes, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def accept_connections(self) -> None:
        """Accept until `close`; unlike `serve_forever` without waking up in between to see whether to go on."""
        self._idle.clear()
        try:
            while not self._closing.is_set():
                self.handle_request()
        finally:
            self._idle.set()

    def opened(self, connection: socket.socket) -> None:
        """Note a connection, to be able to close it; one that comes too late is closed at once."""
        with self._changed:
            self._open.add(connection)
            if self._closing.is_set():
                _hang_up(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()

    def close(self) -> None:
        """Close the port and wake every thread that waits for its client, so that it ends."""
        self._closing.set()
        with contextlib.suppress(OSError):  # a last connection, so that `accept_connections` looks up
            socket.create_connection(("127.0.0.1", self.server_port), timeout=1.0).close()
        self._idle.wait(timeout=1.0)
        self.server_close()
        with self._changed:
            for connection in self._open:
                _hang_up(connection)
            self._changed.wait_for(lambda: not self._open, timeout=1.0)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- the signature of socketserver
        """Keep quiet about clients that went away, and about nothing else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    """One client's connection, kept alive between requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def exchange(self) -> None:
        """Read one request to its end and deliver the answer as far as it goes."""
        length = self.headers.get("content-length", "0")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        request = Request(self.command, self.path, tuple(self.headers.items()), body)
        response = self.server.answer(request)
        match response.delivery:
            case Delivery.WHOLE:
                self._send(response)
            case Delivery.TRUNCATED:
                self._send(response)
                self.close_connection = True
            case Delivery.DROPPED | Delivery.STALLED:
                self.close_connection = True
            case Delivery.RESET:
                self._reset()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = exchange  # noqa: N815 -- http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the signature of http.server
        """Write nothing: the standard error stream belongs to the command that runs the sandbox."""

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def _reset(self) -> None:
        """Close without lingering, and past Python's files: the client gets a reset instead of an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ON_LINGER_ZERO)
        self.server.closed(self.connection)
        socket.close(self.connection.detach())


def _hang_up(connection: socket.socket) -> None:
    """End both directions of a connection, so that its thread reads the end of its requests."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
