"""httpx's exceptions as ours. The only place that knows both; a test fails when httpx grows one not listed here."""

from __future__ import annotations

import re
import socket
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from canvas_progress.core.errors import AnswerError, CanvasProgressError, CertificateError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What happened, and whether the server may have seen the request: (words, sent).
KNOWN: Final[dict[type[httpx.RequestError], tuple[str, bool]]] = {
    httpx.ConnectTimeout: ("did not accept a connection in time", False),
    httpx.PoolTimeout: ("already has too many requests of ours", False),
    httpx.WriteTimeout: ("did not take the request in time", True),
    httpx.ReadTimeout: ("did not answer in time", True),
    httpx.ConnectError: ("cannot be reached", False),
    httpx.WriteError: ("closed the connection while the request was sent", True),
    httpx.ReadError: ("closed the connection before it answered", True),
    httpx.CloseError: ("closed the connection", True),
    httpx.RemoteProtocolError: ("closed the connection in the middle of its answer", True),
    httpx.LocalProtocolError: ("cannot be sent such a request", False),
    httpx.ProxyError: ("cannot be reached through the proxy", False),
    httpx.UnsupportedProtocol: ("cannot be reached over that protocol", False),
    httpx.DecodingError: ("sent a body that cannot be unpacked", True),
    httpx.TooManyRedirects: ("redirects in a circle", True),
}


def translated(error: httpx.RequestError, where: str, *, proxy: str | None = None) -> CanvasProgressError:
    """Return our error for one of httpx's; `where` is the host, `proxy` the proxy if the request got no further."""
    words, sent = KNOWN[type(error)]
    if proxy is not None:
        refusal = _STATUS.match(str(error)) if isinstance(error, httpx.ProxyError) else None
        if refusal is not None:
            return refused_by_proxy(int(refusal[0]), where, proxy)
        where, sent = f"the proxy {proxy}", False
    for cause in _causes(error):
        if found := _error_for(cause, where, sent=sent, hint=_SPELLING if proxy is None else _PROXY_SPELLING):
            return found
    if isinstance(error, httpx.DecodingError | httpx.TooManyRedirects):
        return AnswerError(f"{where} {words}")
    return NetworkError(f"{where} {words}", sent=sent)


def refused_by_proxy(status: int, where: str, proxy: str) -> NetworkError:
    """Return the error for a proxy that answered with this status instead of passing the request on to `where`."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        hint = "put them into the URL of the proxy: http://NAME:PASSWORD@HOST:PORT"
        return NetworkError(
            f"the proxy {proxy} wants a name and a password, or others ({status})", hint=hint, sent=False
        )
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "no known status"
    theirs = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    hint = _SPELLING if theirs else "ask who runs the proxy, or name the host in NO_PROXY"
    return NetworkError(f"the proxy {proxy} does not connect us to {where}: {status} {phrase}", hint=hint, sent=False)


def _error_for(cause: BaseException, where: str, *, sent: bool, hint: str) -> CanvasProgressError | None:
    """Return the error for a cause that says more than httpx does; `hint` is for a host that is not there."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = _reason(cause).rstrip(".")
        known = _CERTIFICATE_HINTS.get(getattr(cause, "verify_code", 0), _UNKNOWN_AUTHORITY)
        return CertificateError(f"{where} could not prove who it is: {reason}", hint=known)
    if isinstance(cause, ssl.SSLEOFError) and not sent:
        return NetworkError(f"{where} hung up before the encryption was agreed on", sent=False)
    if isinstance(cause, ssl.SSLError) and not sent:
        # Cut off later, or in the middle, is no lack of TLS but a load balancer that restarts.
        message = f"{where} does not speak TLS as expected: {_reason(cause)}"
        return CertificateError(message, hint="is the port right? it may be one for plain HTTP")
    if isinstance(cause, socket.gaierror | UnicodeError):
        why = getattr(cause, "strerror", None) or "not a host name"
        return NetworkError(f"{where} cannot be found: {why}", hint=hint, sent=False)
    if isinstance(cause, ConnectionRefusedError):
        return NetworkError(f"{where} refuses connections", hint=hint, sent=False)
    return None


_STATUS: Final = re.compile(r"[1-9]\d\d\b")
_SPELLING: Final = "is the base URL right, and the network up?"
_PROXY_SPELLING: Final = "is it the right one? look at `proxy` in the profile, and at HTTPS_PROXY"
_UNKNOWN_AUTHORITY: Final = (
    "its certificate is not signed by a trusted CA; if the school has its own, name its file in SSL_CERT_FILE, "
    "or as `ca_bundle` in the profile"
)
_WRONG_NAME: Final = "the certificate is for other names: is the base URL spelled as the school spells it?"
# By the numbers of OpenSSL's X509_V_ERR_…
_CERTIFICATE_HINTS: Final = {
    9: "the certificate is not valid yet: is the clock of this machine right?",
    10: "ask who runs it to renew the certificate; is the clock of this machine right?",
    62: _WRONG_NAME,
    64: _WRONG_NAME,
}


def _reason(error: ssl.SSLError) -> str:
    """Return what OpenSSL says; an error made in Python has only its text."""
    return getattr(error, "verify_message", None) or getattr(error, "reason", None) or str(error) or "no reason given"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
