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
        if told := _told_by(cause, where, sent=sent):
            return told
    if isinstance(error, httpx.DecodingError | httpx.TooManyRedirects):
        return AnswerError(f"{where} {words}")
    return NetworkError(f"{where} {words}", sent=sent)


def _told_by(cause: BaseException, where: str, *, sent: bool) -> CanvasProgressError | None:
    """Return the error for a cause that says more than httpx does."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CertificateError(
            f"{where} could not prove who it is: {_reason(cause)}",
            hint="if the school has its own authority, name its file in SSL_CERT_FILE",
        )
    if isinstance(cause, ssl.SSLError) and not (sent or isinstance(cause, ssl.SSLEOFError)):
        # Cut off later, or in the middle, is no lack of TLS but a load balancer that restarts.
        return CertificateError(f"{where} does not speak TLS as expected: {_reason(cause)}")
    if isinstance(cause, socket.gaierror | UnicodeError):
        why = getattr(cause, "strerror", None) or "not a host name"
        return NetworkError(f"{where} cannot be found: {why}", hint=_SPELLING, sent=False)
    if isinstance(cause, ConnectionRefusedError):
        return NetworkError(f"{where} refuses connections", hint=_SPELLING, sent=False)
    return None


_SPELLING: Final = "is the base URL right, and the network up?"


def _reason(error: ssl.SSLError) -> str:
    """Return what OpenSSL says; an error made in Python has only its text."""
    return getattr(error, "verify_message", None) or getattr(error, "reason", None) or str(error) or "no reason given"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
