"""A throw-away certificate authority, and a TLS door in front of a plain server: what a school's Canvas has."""

from __future__ import annotations

import contextlib
import hashlib
import json
import select
import socket
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAY: Final = timedelta(days=1)


class Authority:
    """Signs certificates. Only who is given its `file` trusts them."""

    def __init__(self, folder: Path, name: str = "School Authority") -> None:
        self._folder = folder
        self._name = _common_name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(self._name, self._name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - 30 * _DAY)
            .not_valid_after(now + 30 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, SHA256())
        )
        self.file = folder / f"{name.replace(' ', '-').lower()}.pem"
        self.file.write_bytes(certificate.public_bytes(Encoding.PEM))

    def put_into(self, folder: Path) -> None:
        """Put the certificate under the name by which OpenSSL finds it in a folder: a hash of its subject's name."""
        spelled = _common_name(str(self._name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value).lower())
        hashed = int.from_bytes(hashlib.sha1(spelled.public_bytes()[2:]).digest()[:4], "little")
        (folder / f"{hashed:08x}.0").write_bytes(self.file.read_bytes())

    def server_context(self, *hosts: str, since: timedelta = -_DAY, until: timedelta = _DAY) -> ssl.SSLContext:
        """Return a server's context with a certificate for these hosts, valid from and to so long from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(self._name, x509.Name([]), key.public_key(), x509.random_serial_number())
            .not_valid_before(now + since)
            .not_valid_after(now + until)
            .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=True)
            .sign(self._key, SHA256())
        )
        both = self._folder / f"{certificate.serial_number}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        both.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Listening(socketserver.ThreadingTCPServer):
    """A server on a free port of 127.0.0.1 that serves as long as its `with` block lasts."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.port = int(self.server_address[1])
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that distrusts a certificate is what the tests are about."""


class TlsDoor(Listening):
    """Speaks TLS with whoever comes, and passes the plain bytes on to a port of this machine."""

    def __init__(self, context: ssl.SSLContext, port_behind: int) -> None:
        super().__init__(_Doorkeeper)
        self.context = context
        self.port_behind = port_behind


class _Doorkeeper(socketserver.BaseRequestHandler):
    server: TlsDoor

    def handle(self) -> None:
        with (
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.server.port_behind)) as behind,
        ):
            relay(client, behind)


class HangingUp(Listening):
    """Closes each connection as soon as the client has said something."""

    def __init__(self) -> None:
        super().__init__(_HangUp)


class _HangUp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(65536)


def relay(client: socket.socket, behind: socket.socket, seen: bytearray | None = None) -> None:
    """Pass bytes between two sockets until one side has ended; `seen` gets what the client sent before it goes on."""
    with contextlib.suppress(OSError):
        while True:
            pending = isinstance(client, ssl.SSLSocket) and client.pending()
            ready = [client] if pending else select.select([client, behind], [], [])[0]
            for source in ready:
                chunk = source.recv(65536)
                if not chunk:
                    return
                if source is client and seen is not None:
                    seen += chunk
                (behind if source is client else client).sendall(chunk)


def write_profile(path: Path, url: str, token: str, **settings: str | float) -> None:
    """Write a configuration file with the profile `school`, the default one, with these settings."""
    values = {"url": url, "token": token, **settings}
    table = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    path.touch(mode=0o600)
    path.write_text(f'default = "school"\n[profiles.school]\n{table}\n')
