from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from canvas_progress.canvas.transport_errors import KNOWN, translated
from canvas_progress.core.errors import AnswerError, CanvasProgressError, CertificateError, NetworkError
from cases import table

HOST = "canvas.example.edu"


def concrete(root: type[httpx.RequestError]) -> set[type[httpx.RequestError]]:
    """Return the classes below this one that have none below themselves: those that httpx raises."""
    children = root.__subclasses__()
    return {root} if not children else {leaf for child in children for leaf in concrete(child)}


ALL = sorted(concrete(httpx.RequestError), key=lambda error: error.__name__)


def caused(error: httpx.RequestError, cause: BaseException) -> httpx.RequestError:
    error.__cause__ = cause
    return error


def test_every_error_that_httpx_can_raise_for_a_request_is_known() -> None:
    assert set(ALL) == set(KNOWN)


@pytest.mark.parametrize("kind", ALL)
def test_each_of_them_is_told_with_the_host_and_what_happened(kind: type[httpx.RequestError]) -> None:
    assert translated(kind("[Errno 1] internal"), HOST).message == f"{HOST} {KNOWN[kind][0]}"


SENT = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
]
NO_SENSE = [httpx.DecodingError, httpx.TooManyRedirects]


@pytest.mark.parametrize("kind", sorted(set(ALL) - set(NO_SENSE), key=str))
def test_of_an_error_of_the_network_it_is_known_whether_the_server_may_have_seen_the_request(
    kind: type[httpx.RequestError],
) -> None:
    error = translated(kind("no"), HOST)
    assert isinstance(error, NetworkError)
    assert (error.exit_code, error.sent) == (6, kind in SENT)


@pytest.mark.parametrize("kind", NO_SENSE)
def test_an_answer_that_cannot_be_read_is_one_that_makes_no_sense(kind: type[httpx.RequestError]) -> None:
    assert isinstance(translated(kind("no"), HOST), AnswerError)


def a_certificate_error(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_message = message
    return error


def an_error_of_tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] in words")
    error.reason = reason
    return error


def within(cause: OSError) -> OSError:
    outer = OSError("wrapped")
    outer.__context__ = cause
    return outer


UNKNOWN = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
CLOSED = ConnectionRefusedError(111, "Connection refused")
REACHABLE = "is the base URL right, and the network up?"
UNPROVED = "could not prove who it is: certificate has expired"


@table(
    "cause kind words hint",
    {
        "unknown to name servers": (UNKNOWN, NetworkError, "cannot be found: Name or service not known", REACHABLE),
        "refused": (CLOSED, NetworkError, "refuses connections", REACHABLE),
        "refused, deep within": (within(CLOSED), NetworkError, "refuses connections", REACHABLE),
        "of another kind": (OSError(101, "Network is unreachable"), NetworkError, "cannot be reached", ""),
        "bad certificate": (
            a_certificate_error("certificate has expired"),
            CertificateError,
            UNPROVED,
            "SSL_CERT_FILE",
        ),
        "another TLS": (
            an_error_of_tls("WRONG_VERSION_NUMBER"),
            CertificateError,
            "does not speak TLS as expected: WRONG_VERSION_NUMBER",
            "",
        ),
    },
)
def test_a_connection_that_failed_is_told_with_its_cause_and_what_to_look_at(
    cause: OSError, kind: type[CanvasProgressError], words: str, hint: str
) -> None:
    error = translated(caused(httpx.ConnectError("no"), cause), HOST)
    assert isinstance(error, kind)
    assert error.message == f"{HOST} {words}"
    assert hint in str(error.hint)
    assert not getattr(error, "sent", False)  # so whatever was to be sent may be sent again


def test_what_httpx_says_itself_is_not_repeated() -> None:
    url = "https://canvas.example.edu/?access_token=secret"
    assert "secret" not in translated(httpx.ReadError(f"while reading {url}"), HOST).message


@pytest.mark.parametrize("cause", [ssl.SSLError(), ssl.SSLCertVerificationError("made in Python"), ssl.SSLError("x")])
def test_an_error_of_tls_that_was_made_in_python_is_translated_too(cause: ssl.SSLError) -> None:
    assert isinstance(translated(caused(httpx.ConnectError("tls"), cause), HOST), CertificateError)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (httpx.ConnectError("eof"), ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
        (httpx.ReadError("cut"), ssl.SSLError(1, "record layer failure")),
    ],
)
def test_a_tls_connection_that_was_cut_is_no_lack_of_trust(error: httpx.RequestError, cause: ssl.SSLError) -> None:
    assert isinstance(translated(caused(error, cause), HOST), NetworkError)
