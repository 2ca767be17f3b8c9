from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from canvas_progress.canvas.transport_errors import KNOWN, translated
from canvas_progress.core.errors import AnswerError, CertificateError, NetworkError

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


@pytest.mark.parametrize("kind", sorted(set(ALL) - {httpx.DecodingError, httpx.TooManyRedirects}, key=str))
def test_an_error_of_the_network_is_worth_another_try(kind: type[httpx.RequestError]) -> None:
    assert translated(kind("no"), HOST).exit_code == 6


@pytest.mark.parametrize("kind", [httpx.DecodingError, httpx.TooManyRedirects])
def test_an_answer_that_cannot_be_read_is_one_that_makes_no_sense(kind: type[httpx.RequestError]) -> None:
    assert isinstance(translated(kind("no"), HOST), AnswerError)


SENT = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
]
NOT_SENT = [
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ConnectError,
    httpx.LocalProtocolError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
]


@pytest.mark.parametrize(("kind", "sent"), [(kind, kind in SENT) for kind in (*SENT, *NOT_SENT)])
def test_it_is_known_whether_the_server_may_have_seen_a_request(kind: type[httpx.RequestError], *, sent: bool) -> None:
    error = translated(kind("no"), HOST)
    assert isinstance(error, NetworkError)
    assert error.sent is sent


def test_a_host_that_no_name_server_knows_is_told_so() -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    error = translated(caused(httpx.ConnectError("no"), unknown), HOST)
    assert isinstance(error, NetworkError)
    assert error.message == f"{HOST} cannot be found: Name or service not known"


def test_a_connection_that_is_refused_is_told_so() -> None:
    error = translated(caused(httpx.ConnectError("no"), ConnectionRefusedError(111, "Connection refused")), HOST)
    assert error.message == f"{HOST} refuses connections"


@pytest.mark.parametrize("cause", [socket.gaierror(-2, "unknown"), ConnectionRefusedError(111, "refused")])
def test_a_host_that_cannot_be_reached_at_all_comes_with_what_to_look_at(cause: OSError) -> None:
    error = translated(caused(httpx.ConnectError("no"), cause), HOST)
    assert error.hint == "is the base URL right, and the network up?"


def a_certificate_error(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_message = message
    return error


def test_a_certificate_that_cannot_be_verified_is_told_with_the_reason() -> None:
    error = translated(caused(httpx.ConnectError("no"), a_certificate_error("certificate has expired")), HOST)
    assert isinstance(error, CertificateError)
    assert error.message == f"{HOST} could not prove who it is: certificate has expired"


def test_a_certificate_that_cannot_be_verified_comes_with_how_to_name_an_authority() -> None:
    error = translated(caused(httpx.ConnectError("no"), a_certificate_error("self-signed certificate")), HOST)
    assert "SSL_CERT_FILE" in str(error.hint)


def test_a_server_that_speaks_another_tls_is_told_so() -> None:
    wrong = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    wrong.reason = "WRONG_VERSION_NUMBER"
    error = translated(caused(httpx.ConnectError("no"), wrong), HOST)
    assert isinstance(error, CertificateError)
    assert error.message == f"{HOST} does not speak TLS as expected: WRONG_VERSION_NUMBER"


def test_a_cause_is_found_however_deep_it_lies() -> None:
    inner = OSError("wrapped")
    inner.__context__ = ConnectionRefusedError(111, "Connection refused")
    assert translated(caused(httpx.ConnectError("no"), inner), HOST).message == f"{HOST} refuses connections"


def test_a_cause_of_another_kind_leaves_the_words_for_the_error() -> None:
    error = translated(caused(httpx.ConnectError("no"), OSError(101, "Network is unreachable")), HOST)
    assert error.message == f"{HOST} cannot be reached"


def test_what_httpx_says_itself_is_not_repeated() -> None:
    url = "https://canvas.example.edu/?access_token=secret"
    assert "secret" not in translated(httpx.ReadError(f"while reading {url}"), HOST).message


@pytest.mark.parametrize("cause", [ssl.SSLError(), ssl.SSLCertVerificationError("made in Python"), ssl.SSLError("x")])
def test_an_error_of_tls_that_was_made_in_python_is_translated_too(cause: ssl.SSLError) -> None:
    error = httpx.ConnectError("tls")
    error.__cause__ = cause
    assert isinstance(translated(error, "canvas.example.edu"), CertificateError)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (httpx.ConnectError("eof"), ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
        (httpx.ReadError("cut"), ssl.SSLError(1, "record layer failure")),
    ],
)
def test_a_tls_connection_that_was_cut_is_no_lack_of_trust(error: httpx.RequestError, cause: ssl.SSLError) -> None:
    error.__cause__ = cause
    assert isinstance(translated(error, "canvas.example.edu"), NetworkError)
