"""httpx's exceptions as ours. The only place that knows both; a test fails when httpx grows one not listed here."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Final

import httpx

from canvas_progress.core.errors import AnswerError, CanvasProgressError, CertificateError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What happened, and whether the server may have seen the request: (words, sent).
KNOWN: Final[dict[type[httpx.RequestError], tuple[str, bool]]] = {
    httpx.ConnectTimeout: ("did not accept a connection in time", False),
    httpx.PoolTimeout: ("has too many requests of ours under way", False),
    httpx.WriteTimeout: ("did not take the request in time", True),
    httpx.ReadTimeout: ("did not answer in time", True),
    httpx.ConnectError: ("cannot be reached", False),
    httpx.WriteError: ("broke the connection while it was asked", True),
    httpx.ReadError: ("broke the connection before it had answered", True),
    httpx.CloseError: ("broke the connection", True),
    httpx.RemoteProtocolError: ("hung up in the middle of its answer", True),
    httpx.LocalProtocolError: ("cannot be asked that way", False),
    httpx.ProxyError: ("cannot be reached through the proxy", False),
    httpx.UnsupportedProtocol: ("cannot be asked over that protocol", False),
    httpx.DecodingError: ("sent a body that cannot be unpacked", True),
    httpx.TooManyRedirects: ("redirects in a circle", True),
}


def translated(error: httpx.RequestError, where: str) -> CanvasProgressError:
    """Return our error for one of httpx's; `where` is the host."""
    words, sent = KNOWN[type(error)]
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateError(
                f"{where} could not prove who it is: {cause.verify_message or cause.reason or 'bad certificate'}",
                hint="if the school has its own authority, name its file in SSL_CERT_FILE",
            )
        if isinstance(cause, ssl.SSLError):
            return CertificateError(f"{where} does not speak TLS as expected: {cause.reason or cause}")
        if isinstance(cause, socket.gaierror):
            return NetworkError(f"{where} cannot be found: {cause.strerror}", hint=_SPELLING, sent=False)
        if isinstance(cause, ConnectionRefusedError):
            return NetworkError(f"{where} refuses connections", hint=_SPELLING, sent=False)
    if isinstance(error, httpx.DecodingError | httpx.TooManyRedirects):
        return AnswerError(f"{where} {words}")
    return NetworkError(f"{where} {words}", sent=sent)


_SPELLING: Final = "is the base URL right, and the network up?"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
