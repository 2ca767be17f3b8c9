"""A small, real CONNECT proxy on this machine. It keeps every byte that it was shown."""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Mapping

from authority import Listening, relay


class Proxy(Listening):
    """Connects clients to the port that `routes` has for a host, else to the port they ask for, on this machine.

    With `answer` it says that instead, such as `407 Proxy Authentication Required`; with an empty one it hangs up.
    """

    def __init__(self, routes: Mapping[str, int] | None = None, *, answer: str | None = None) -> None:
        super().__init__(_Tunnel)
        self.routes = routes or {}
        self.answer = answer
        self.heads: list[str] = []
        self.passed = bytearray()

    @property
    def url(self) -> str:
        """Return the URL under which it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """Return the first line of every request, without the protocol."""
        return [head.split("\r\n")[0].removesuffix(" HTTP/1.1") for head in self.heads]


class _Tunnel(socketserver.StreamRequestHandler):
    server: Proxy
    connection: socket.socket

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        self.server.heads.append(head.decode("latin-1"))
        if self.server.answer is not None:
            said = f"HTTP/1.1 {self.server.answer}\r\nContent-Length: 0\r\n\r\n" if self.server.answer else ""
            self.wfile.write(said.encode())
            return
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        with socket.create_connection(("127.0.0.1", self.server.routes.get(host, int(port)))) as behind:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relay(self.connection, behind, self.server.passed)
