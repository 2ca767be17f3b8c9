"""Whom a client trusts, against real TLS servers with certificates of a throw-away authority."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import truststore

from authority import Authority, HangingUp, TlsDoor
from canvas_progress.canvas.client import Canvas, HttpOptions
from canvas_progress.canvas.tls import trust
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, Secret, Settings
from canvas_progress.core.errors import CertificateError, NetworkError, UsageError
from canvas_progress.core.refs import Target
from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World

TOKEN = "S3CRET-marked-token"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class School:
    """A simulated Canvas, and the authority that vouches for it."""

    server: SandboxServer
    authority: Authority

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with SandboxServer(World(default(), token=TOKEN)) as server:
        yield School(server, Authority(tmp_path_factory.mktemp("authority")))


def state_of_job_9(port: int, settings: Settings = Settings(), *, host: str = "127.0.0.1", **environment: str) -> str:
    """Ask a real client for a job, and return its state."""
    base = parse_base_url(f"https://{host}:{port}")
    wire = HttpOptions(lambda: 0.0, environment=environment)
    with closing(Canvas(Access(base, Secret(TOKEN), "school", settings=settings), wire)) as canvas:
        return canvas.read(Target("9", 9, base)).job.state


def through_tls(school: School, *names: str, bundle: Path | None = None, host: str = "127.0.0.1", **given: str) -> str:
    """Ask the school behind a certificate for these names, and return the state of its job."""
    settings = Settings(ca_bundle=None if bundle is None else str(bundle))
    with TlsDoor(school.authority.server_context(*names), school.port) as door:
        return state_of_job_9(door.port, settings, host=host, **given)


def trusted(bundle: Path | str | None = None, *stores: str, **environment: str) -> ssl.SSLContext:
    """Return the context for a profile `school` on a system whose store is in these places."""
    settings = Settings(ca_bundle=None if bundle is None else str(bundle))
    return trust(encrypted=True, settings=settings, profile="school", environment=environment, stores=stores)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_bundle_of_the_profile_makes_its_authority_trusted(school: School, host: str) -> None:
    names = ("localhost", "127.0.0.1")
    assert through_tls(school, *names, bundle=school.authority.file, host=host) == "completed"


def test_ssl_cert_file_makes_its_authority_trusted(school: School) -> None:
    assert through_tls(school, "127.0.0.1", SSL_CERT_FILE=str(school.authority.file)) == "completed"


def test_ssl_cert_dir_makes_the_authorities_in_its_folders_trusted(school: School, tmp_path: Path) -> None:
    school.authority.put_into(tmp_path)
    folders = os.pathsep.join((str(tmp_path / "missing"), str(tmp_path)))
    assert through_tls(school, "127.0.0.1", SSL_CERT_DIR=folders) == "completed"


def test_a_bundle_of_the_profile_comes_before_ssl_cert_file(school: School, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Other Authority").file
    with pytest.raises(CertificateError):
        through_tls(school, "127.0.0.1", bundle=other, SSL_CERT_FILE=str(school.authority.file))


def test_a_certificate_that_is_named_itself_is_trusted(school: School) -> None:
    context = school.authority.server_context("127.0.0.1")
    with TlsDoor(context, school.port) as door:
        own = school.authority.file.with_name("own.pem")
        own.write_text(ssl.get_server_certificate(("127.0.0.1", door.port)))
        assert state_of_job_9(door.port, Settings(ca_bundle=str(own))) == "completed"


def test_an_unknown_authority_is_told_with_how_to_name_it(school: School) -> None:
    with TlsDoor(school.authority.server_context("127.0.0.1"), school.port) as door:
        with pytest.raises(CertificateError, match="unable to get local issuer certificate") as caught:
            state_of_job_9(door.port)
        assert f"127.0.0.1:{door.port} could not prove who it is" in caught.value.message
    assert "SSL_CERT_FILE, or as `ca_bundle` in the profile" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("asked", "named", "reason"), [("127.0.0.1", "127.0.0.2", "IP address"), ("localhost", "x.example.edu", "Hostname")]
)
def test_a_wrong_host_name_is_told_with_how_to_check_it(school: School, asked: str, named: str, reason: str) -> None:
    with pytest.raises(CertificateError, match=f"{reason} mismatch, .* '{asked}'$") as caught:
        through_tls(school, named, bundle=school.authority.file, host=asked)
    assert "is the base URL spelled as the school spells it?" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("since", "until", "reason", "hint"),
    [
        (-2 * DAY, -DAY, "certificate has expired", "renew the certificate"),
        (DAY, 2 * DAY, "certificate is not yet valid", "is the clock of this machine right?"),
    ],
)
def test_a_certificate_out_of_its_time_is_told_with_whom_to_ask(
    school: School, since: timedelta, until: timedelta, reason: str, hint: str
) -> None:
    context = school.authority.server_context("127.0.0.1", since=since, until=until)
    with TlsDoor(context, school.port) as door, pytest.raises(CertificateError, match=f"{reason}$") as caught:
        state_of_job_9(door.port, Settings(ca_bundle=str(school.authority.file)))
    assert hint in str(caught.value.hint)


def test_plain_http_on_the_port_is_told_with_what_to_look_at(school: School) -> None:
    with pytest.raises(CertificateError, match="does not speak TLS as expected") as caught:
        state_of_job_9(school.port)
    assert "plain HTTP" in str(caught.value.hint)


def test_a_handshake_that_is_cut_is_a_fault_of_the_network_before_anything_was_sent() -> None:
    with HangingUp() as server, pytest.raises(NetworkError, match="hung up before the encryption") as caught:
        state_of_job_9(server.port)
    assert not caught.value.sent


def test_a_bad_certificate_gets_to_see_neither_token_nor_path(school: School) -> None:
    before = len(school.server.world.log)
    with pytest.raises(CertificateError):
        through_tls(school, "127.0.0.1")
    assert len(school.server.world.log) == before


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Path.exists, "No such file or directory"),
        (lambda path: path.write_text("no certificate"), "there is no certificate in it"),
        (lambda path: path.touch(), "there is no certificate in it"),
        (lambda path: path.mkdir(), "directory"),
    ],
    ids=["missing", "no PEM", "empty", "folder"],
)
def test_a_bundle_that_is_no_use_is_told_with_profile_path_and_what_to_do(
    tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    bundle = tmp_path / "school.pem"
    make(bundle)
    with pytest.raises(
        UsageError, match=f"`ca_bundle` of profile `school` cannot be used: {bundle}: .*{why}"
    ) as caught:
        trusted(bundle)
    assert caught.value.hint == "name a PEM file of authorities, or take the line out"


def test_a_bundle_in_the_home_folder_may_be_written_with_a_tilde() -> None:
    with pytest.raises(UsageError, match=f"{Path('~/no-such.pem').expanduser()}: No such file"):
        trusted("~/no-such.pem")


def test_a_path_that_cannot_be_one_is_told_too() -> None:
    with pytest.raises(UsageError, match="null"):
        trusted("a\0b")


def test_ssl_cert_file_without_a_certificate_is_told_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "school.pem"
    file.write_text("no certificate")
    with pytest.raises(UsageError, match=f"SSL_CERT_FILE cannot be used: {file}: there is no certificate in it"):
        trusted(SSL_CERT_FILE=str(file))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("value", ["", "/missing"])
def test_a_variable_that_names_nothing_leaves_the_systems_store(school: School, variable: str, value: str) -> None:
    """The list of certifi, which knows no school, stands for the store here."""
    environment: dict[str, Any] = {variable: value}
    assert authorities(trusted(**environment)) > 50
    with pytest.raises(CertificateError):
        through_tls(school, "127.0.0.1", **environment)


def test_a_folder_that_openssl_finds_nothing_in_leaves_the_systems_store(tmp_path: Path) -> None:
    (tmp_path / "school.pem").touch()
    assert authorities(trusted(SSL_CERT_DIR=str(tmp_path))) > 50


def test_a_system_without_a_store_gets_the_list_of_certifi_and_goes_on_verifying(tmp_path: Path) -> None:
    context = trusted(None, str(tmp_path / "missing.pem"), str(tmp_path))
    assert authorities(context) > 50
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_system_with_a_store_judges_itself() -> None:
    assert isinstance(trusted(None, __file__), truststore.SSLContext)


@pytest.mark.parametrize("environment", [{}, {"SSL_CERT_FILE": "/missing"}, {"SSL_CERT_DIR": "/missing"}])
def test_no_way_leads_to_a_context_that_does_not_verify(environment: dict[str, str]) -> None:
    on_this_system = trust(encrypted=True, environment=environment)
    for context in (on_this_system, trust(encrypted=True, environment=environment, stores=()), trust(encrypted=False)):
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def authorities(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509_ca"]
