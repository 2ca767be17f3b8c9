"""A server of raw answers, for what no Canvas would say and what the simulated one does not have."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def serving(answer: Callable[[socket.socket, str], None]) -> Iterator[str]:
    """Serve raw answers on a free port; `answer` gets each connection and the head of its request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=handle, args=(connection,), daemon=True).start()

        def handle(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                answer(connection, connection.recv(65536).decode())

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            # Closing it alone would not end the wait for a connection, and the next one is another test's.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def silent() -> Iterator[str]:
    """Serve an address that takes requests and answers none, until the test is over."""
    over = threading.Event()

    def wait(_connection: socket.socket, _head: str) -> None:
        over.wait()

    with serving(wait) as url:
        yield url
        over.set()


def reply(connection: socket.socket, body: str, *, status: str = "200 OK", headers: str = "") -> None:
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{headers}"
    connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + data)
