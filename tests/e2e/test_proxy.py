"""The installed command through a real CONNECT proxy, which keeps all that it gets to see."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from authority import Authority, TlsDoor, write_profile
from canvas_progress.sandbox.server import SandboxServer
from command import Command
from proxy import Proxy

NAME = "canvas.example.edu"  # of a Canvas that only the proxy can find
HERE = "0.0.0.0"  # this machine, by an address that is not loopback: a proxy of the environment is used for it


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def port(authority: Authority, canvas: SandboxServer) -> Iterator[int]:
    """Serve the simulated Canvas over TLS, and return the port."""
    with TlsDoor(authority.server_context(NAME, HERE, "127.0.0.1"), int(canvas.url.rpartition(":")[2])) as door:
        yield door.port


@pytest.fixture
def school(command: Command, canvas: SandboxServer, authority: Authority) -> Callable[..., Command]:
    """Return what gives the command a profile with settings, and variables."""

    def with_profile(url: str, settings: dict[str, str] | None = None, **variables: str) -> Command:
        file = command.home / "config.toml"
        write_profile(file, url, canvas.token, ca_bundle=str(authority.file), **settings or {})
        command.environment |= {"CANVAS_PROGRESS_CONFIG": str(file), **variables}
        return command

    return with_profile


School = Callable[..., Command]


def test_the_proxy_of_the_environment_sees_host_and_port_and_nothing_else(
    school: School, canvas: SandboxServer, port: int
) -> None:
    with Proxy({NAME: port}) as proxy:
        ran = school(f"https://{NAME}", HTTPS_PROXY=proxy.url).run("-v", "show", "9")
    assert ran.code == 0
    assert ran.out.startswith("9\tcompleted")
    assert proxy.asked == [f"CONNECT {NAME}:443"]
    seen = "".join(proxy.heads).encode() + proxy.passed
    assert proxy.passed
    for secret in (canvas.token.encode(), b"/api/v1", b"Bearer", b"Authorization"):
        assert secret not in seen


def test_all_jobs_of_a_command_share_as_many_tunnels_as_requests_are_in_flight(school: School, port: int) -> None:
    with Proxy({NAME: port}) as proxy:
        ran = school(f"https://{NAME}", https_proxy=proxy.url).run("show", *map(str, (9, 30, *range(1, 9))))
    assert ran.code == 0
    assert 1 <= len(proxy.asked) <= 4


@pytest.mark.parametrize("exception", [HERE, f"example.org, {HERE}", "0.0.0.0/8", "*"])
def test_a_host_in_no_proxy_is_reached_without_it(school: School, port: int, exception: str) -> None:
    with Proxy() as proxy:
        command = school(f"https://{HERE}:{port}", HTTPS_PROXY=proxy.url, NO_PROXY=exception)
        assert command.run("show", "9").code == 0
        assert proxy.connections == 0
        command.environment["NO_PROXY"] = "example.org,10.0.0.0/8,[::1]"
        assert command.run("show", "9").code == 0
        assert proxy.asked == [f"CONNECT {HERE}:{port}"]


def test_loopback_is_never_reached_through_the_proxy_of_the_environment(school: School, port: int) -> None:
    with Proxy() as proxy:
        ran = school(f"https://127.0.0.1:{port}", HTTPS_PROXY=proxy.url, ALL_PROXY=proxy.url).run("show", "9")
    assert (ran.code, proxy.connections) == (0, 0)


def test_the_proxy_of_the_profile_is_used_for_loopback_too_and_against_no_proxy(school: School, port: int) -> None:
    with Proxy() as proxy:
        ran = school(f"https://127.0.0.1:{port}", {"proxy": proxy.url}, NO_PROXY="*").run("show", "9")
    assert ran.code == 0
    assert proxy.asked == [f"CONNECT 127.0.0.1:{port}"]


def test_the_proxy_of_the_profile_comes_before_the_environments(school: School, port: int) -> None:
    with Proxy() as chosen, Proxy() as other:
        ran = school(f"https://{HERE}:{port}", {"proxy": chosen.url}, HTTPS_PROXY=other.url).run("show", "9")
    assert (ran.code, len(chosen.asked), other.connections) == (0, 1, 0)


def test_an_empty_proxy_in_the_profile_is_the_direct_way(school: School, port: int) -> None:
    with Proxy() as other:
        ran = school(f"https://{HERE}:{port}", {"proxy": ""}, HTTPS_PROXY=other.url).run("show", "9")
    assert (ran.code, other.connections) == (0, 0)


def test_a_proxy_may_itself_speak_tls(school: School, authority: Authority, port: int) -> None:
    with Proxy() as proxy, TlsDoor(authority.server_context("127.0.0.1"), proxy.port) as door:
        ran = school(f"https://127.0.0.1:{port}", {"proxy": f"https://127.0.0.1:{door.port}"}).run("show", "9")
    assert ran.code == 0
    assert proxy.asked == [f"CONNECT 127.0.0.1:{port}"]


def test_a_proxy_with_a_bad_certificate_is_named_instead_of_the_canvas(
    school: School, authority: Authority, port: int
) -> None:
    with Proxy() as proxy, TlsDoor(authority.server_context("127.0.0.2"), proxy.port) as door:
        ran = school(f"https://127.0.0.1:{port}", {"proxy": f"https://127.0.0.1:{door.port}"}).run("show", "9")
        assert f"error: the proxy 127.0.0.1:{door.port} could not prove who it is: IP address mismatch" in ran.err
    assert (ran.code, proxy.asked) == (6, [])


def test_a_canvas_with_a_bad_certificate_behind_a_proxy_is_named_itself(school: School, port: int) -> None:
    with Proxy({"other.example.edu": port}) as proxy:
        ran = school("https://other.example.edu", {"proxy": proxy.url}).run("show", "9")
    assert ran.code == 6
    assert "error: other.example.edu could not prove who it is: Hostname mismatch" in ran.err


def test_name_and_password_go_to_the_proxy_and_are_never_shown(school: School, port: int) -> None:
    with Proxy() as proxy:
        url = f"http://me:P4SS%2Fmarked@127.0.0.1:{proxy.port}"
        ran = school(f"https://127.0.0.1:{port}", {"proxy": url}).run("-v", "show", "9")
        proxy.answer = "407 Proxy Authentication Required"
        refused = school(f"https://127.0.0.1:{port}", {"proxy": url}).run("-v", "show", "9")
    given = base64.b64encode(b"me:P4SS/marked").decode()
    assert ran.code == 0
    assert all(f"Proxy-Authorization: Basic {given}" in head for head in proxy.heads)
    assert refused.code == 6
    for text in (ran.out, ran.err, refused.out, refused.err):
        assert "marked" not in text
        assert given not in text


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("407 Proxy Authentication Required", "the proxy {proxy} wants a name and a password, or others (407)"),
        ("403 Forbidden", f"the proxy {{proxy}} does not connect us to {NAME}: 403 Forbidden"),
        ("502 Bad Gateway", f"the proxy {{proxy}} does not connect us to {NAME}: 502 Bad Gateway"),
        ("599 Whatever", f"the proxy {{proxy}} does not connect us to {NAME}: 599 no known status"),
        ("", "the proxy {proxy} closed the connection"),
    ],
    ids=["407", "403", "502", "599", "hangs up"],
)
def test_a_proxy_that_refuses_is_told_by_its_name(school: School, answer: str, told: str) -> None:
    with Proxy(answer=answer) as proxy:
        ran = school(f"https://{NAME}", {"proxy": proxy.url}).run("show", "9")
    assert ran.code == 6
    assert f"error: {told.format(proxy=f'127.0.0.1:{proxy.port}')}" in ran.err


def test_a_proxy_that_is_not_there_is_told_by_its_name(school: School) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        ran = school(f"https://{NAME}", HTTPS_PROXY=address).run("show", "9")
    assert ran.code == 6
    assert f"error: the proxy {address} refuses connections\nhint: is it the right one?" in ran.err


def test_a_proxy_that_refuses_plain_http_is_told_by_its_name(command: Command, canvas: SandboxServer) -> None:
    file = command.home / "config.toml"
    with Proxy(answer="407 Proxy Authentication Required") as proxy:
        write_profile(file, canvas.url, canvas.token, proxy=proxy.url)
        command.environment["CANVAS_PROGRESS_CONFIG"] = str(file)
        ran = command.run("show", "9")
    assert ran.code == 6
    assert f"error: the proxy 127.0.0.1:{proxy.port} wants a name and a password" in ran.err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("socks5://me:marked@127.0.0.1:1080", "must be of the scheme `http` or `https`, not `socks5`"),
        ("http://me:mar/ked@127.0.0.1:3128", "is not the URL of a proxy"),
        ("http://me:1#marked@127.0.0.1:3128", "is not the URL of a proxy"),
        ("http://me:marked@127.0.0.1:port", "is not the URL of a proxy"),
        ("http://me:marked@127.0.0.1:99999", "is not the URL of a proxy"),
        ("http://me:marked@", "is not the URL of a proxy"),
        ("http://me:marked@a..b:1", "is not the URL of a proxy"),
        ("http://me:marked@not a host", "is not the URL of a proxy"),
    ],
)
def test_a_proxy_url_that_makes_no_sense_is_2_and_never_quoted(school: School, url: str, told: str) -> None:
    ran = school(f"https://{NAME}", {"proxy": url}).run("-v", "watch", "9")
    assert ran.code == 2
    assert f"error: the `proxy` of profile `school` {told}" in ran.err
    assert "ked" not in ran.out + ran.err


def test_a_socks_proxy_of_the_environment_is_refused_instead_of_going_around_it(school: School) -> None:
    ran = school(f"https://{NAME}", ALL_PROXY="socks5://127.0.0.1:1080").run("show", "9")
    assert ran.code == 2
    assert "error: the proxy in ALL_PROXY or the system's settings must be of the scheme `http` or `https`" in ran.err
