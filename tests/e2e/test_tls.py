"""The installed command before real TLS servers with good and bad certificates."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from authority import Authority, HangingUp, TlsDoor, write_profile
from canvas_progress.sandbox.server import SandboxServer
from command import Command

DAY = timedelta(days=1)
Door = Callable[..., AbstractContextManager[TlsDoor]]
School = Callable[..., Command]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def door(authority: Authority, canvas: SandboxServer) -> Door:
    """Return what opens a TLS door to the simulated Canvas, with a certificate for a host and a time."""

    def opened(host: str = "127.0.0.1", since: timedelta = -DAY, until: timedelta = DAY) -> TlsDoor:
        context = authority.server_context(host, since=since, until=until)
        return TlsDoor(context, int(canvas.url.rpartition(":")[2]))

    return opened


@pytest.fixture
def school(command: Command, canvas: SandboxServer) -> School:
    """Return what gives the command a profile for a port of this machine."""

    def with_profile(port: int, **settings: str | float) -> Command:
        file = command.home / "config.toml"
        write_profile(file, f"https://127.0.0.1:{port}", canvas.token, **settings)
        command.environment["CANVAS_PROGRESS_CONFIG"] = str(file)
        return command

    return with_profile


def test_a_school_with_an_authority_of_its_own_is_shown_by_the_bundle_in_the_profile(
    door: Door, school: School, authority: Authority
) -> None:
    with door() as served:
        ran = school(served.port, ca_bundle=str(authority.file), timeout=20).run("show", "9")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("9\tcompleted")


def test_a_school_with_an_authority_of_its_own_is_shown_by_ssl_cert_file(
    door: Door, school: School, authority: Authority
) -> None:
    with door() as served:
        command = school(served.port)
        command.environment["SSL_CERT_FILE"] = str(authority.file)
        ran = command.run("watch", "9")
    assert (ran.code, ran.out.split("\t")[:2]) == (0, ["9", "completed"])


@pytest.mark.parametrize("name", ["show", "watch"])
@pytest.mark.parametrize(
    ("certificate", "settings", "reason"),
    [
        ({}, (), "unable to get local issuer certificate"),
        ({"host": "127.0.0.2"}, ("ca_bundle",), "IP address mismatch"),
        ({"since": -2 * DAY, "until": -DAY}, ("ca_bundle",), "certificate has expired"),
    ],
    ids=["unknown authority", "wrong host", "expired"],
)
def test_a_bad_certificate_ends_a_command_at_once_with_host_reason_and_hint(  # noqa: PLR0913  # fixtures and cases
    door: Door,
    school: School,
    authority: Authority,
    *,
    certificate: dict[str, object],
    settings: tuple[str, ...],
    reason: str,
    name: str,
) -> None:
    with door(**certificate) as served:
        ran = school(served.port, **dict.fromkeys(settings, str(authority.file))).run(name, "9")
        assert f"error: 127.0.0.1:{served.port} could not prove who it is: {reason}" in ran.err
        assert served.connections == 1
    assert ran.code == 6
    assert ran.err.count("hint: ") == 1


def test_plain_http_where_tls_should_be_is_6(school: School, canvas: SandboxServer) -> None:
    port = int(canvas.url.rpartition(":")[2])
    ran = school(port).run("show", "9")
    assert ran.code == 6
    assert f"error: 127.0.0.1:{port} does not speak TLS as expected" in ran.err


def test_a_handshake_that_is_cut_is_6(school: School) -> None:
    with HangingUp() as server:
        ran = school(server.port).run("show", "9")
    assert ran.code == 6
    assert f"error: 127.0.0.1:{server.port} hung up before the encryption was agreed on" in ran.err


def test_a_bundle_that_is_missing_is_2_before_any_request(school: School, canvas: SandboxServer) -> None:
    command = school(1, ca_bundle="/no/such.pem")
    for name in ("show", "watch"):
        ran = command.run(name, "9")
        assert ran.code == 2
        told = "the `ca_bundle` of profile `school` cannot be used: /no/such.pem: No such file or directory"
        assert f"error: {told}\nhint: name a PEM file" in ran.err
    assert not canvas.world.log


def test_a_timeout_of_the_profile_ends_a_request_that_stalls(door: Door, school: School, authority: Authority) -> None:
    stalled_at_first = "74"
    with door() as served:
        ran = school(served.port, ca_bundle=str(authority.file), timeout=1).run("show", stalled_at_first)
        assert f"127.0.0.1:{served.port} did not answer in time, retrying in" in ran.err
    assert ran.code == 0


def test_a_timeout_of_the_profile_bounds_the_handshake_too(school: School) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        ran = school(port, timeout=0.3).run("show", "9")
    assert ran.code == 6
    assert f"error: 127.0.0.1:{port} did not accept a connection in time" in ran.err


@pytest.mark.parametrize("words", [("watch", "--json"), ("cancel", "-y")])
@pytest.mark.parametrize("by", ["ca_bundle", "SSL_CERT_FILE"])
def test_authorities_that_nobody_writes_are_waited_for_within_the_time_limit(
    school: School, tmp_path: Path, words: tuple[str, ...], by: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = school(1, **({by: str(pipe)} if by == "ca_bundle" else {}))
    command.environment |= {} if by == "ca_bundle" else {by: str(pipe)}
    ran = command.run(*words, "--timeout", "1", "9")
    assert ran.code == 124  # by itself: what is overdue and ended by force says less
    assert f"error: the time limit was over before the authorities in `{pipe}` were read\n" in ran.err
    assert ('"summary"' in ran.out) == (words[0] == "watch")


def test_authorities_may_come_from_a_pipe_that_can_be_read_once(
    door: Door, school: School, authority: Authority
) -> None:
    with door() as served:
        link = f"https://127.0.0.1:{served.port}/api/v1/courses/5/content_migrations/31"
        ran = school(served.port).shell(f"SSL_CERT_FILE=<(cat {authority.file}) canvas-progress show 9 {link}")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split("\t")[1] for line in ran.out.splitlines()] == ["completed", "queued"]
