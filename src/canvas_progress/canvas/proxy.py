"""Which proxy a Canvas is reached through, and how far a request got that failed on its way through one."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

import httpx

from canvas_progress.core.base_url import host_in_ascii
from canvas_progress.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import Settings

_LOOKS: Final = "it looks like http://proxy.example.edu:3128; `%` and two digits stand for a special sign in a password"
_SCHEME: Final = r"[a-z][a-z0-9+.-]{0,15}"


def proxy_for(base: BaseUrl, settings: Settings, profile: str) -> httpx.URL | None:
    """Return the profile's proxy, else the environment's or the system's. None, and `proxy = ""`, is the direct way.

    Raises UsageError, which never quotes the URL: it may hold a password.
    """
    if settings.proxy is not None:
        return _parsed(settings.proxy, f"the `proxy` of profile `{profile}`")
    if base.is_loopback:
        return None  # to a proxy on another machine, loopback is itself
    proxies = getproxies()
    scheme = base.scheme
    name = scheme if proxies.get(scheme) else "all"
    if not proxies.get(name) or _is_excepted(base, proxies.get("no", "")):
        return None
    return _parsed(proxies[name], f"the proxy in {name.upper()}_PROXY or the system's settings")


def _is_excepted(base: BaseUrl, exceptions: str) -> bool:
    """Whether NO_PROXY or the system's settings keep a host from the proxy."""
    if proxy_bypass(base.host) or proxy_bypass(f"{base.host}:{base.port}"):
        return True
    return any(_is_within(base.host, exception.strip(" []")) for exception in exceptions.split(","))


def _is_within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:  # a name
        return False


def _parsed(text: str, source: str) -> httpx.URL | None:
    if not text:
        return None
    wrong = UsageError(f"{source} is not the URL of a proxy", hint=_LOOKS)
    try:
        url = httpx.URL(text if "://" in text else f"http://{text}")
        host = url.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        raise wrong from None
    if ":" not in host and host_in_ascii(host) is None:
        raise wrong
    if url.scheme not in {"http", "https"}:
        given = f"`{url.scheme}`" if re.fullmatch(_SCHEME, url.scheme) else "another one"
        raise UsageError(f"{source} must be of the scheme `http` or `https`, not {given}", hint=_LOOKS)
    port = url.port is None or 0 < url.port < 2**16
    if not port or not re.fullmatch(rb"[\w.:-]+", url.raw_host) or url.path != "/" or url.query or url.fragment:
        raise wrong  # such as a `/` or `#` in the password
    return url


def is_at_proxy(base: BaseUrl, events: Collection[str]) -> bool:
    """Whether a request that failed had not got past the proxy, by httpcore's events.

    TLS goes through a tunnel, plain HTTP is handed over. A connection that was open already has got past it.
    """
    past = "proxy.start_tls.started" if base.scheme == "https" else "http11.send_request_headers.started"
    return "connection.connect_tcp.started" in events and past not in events
