"""The way to one host: proxy, certificates, time limits and cookies as the profile has them, whatever is sent there."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import closing, suppress
from dataclasses import field, replace
from functools import partial
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final

import httpx

from canvas_progress import __version__
from canvas_progress.canvas.allowance import Allowance, allowing, limited, note
from canvas_progress.canvas.body import gathered, unpacked
from canvas_progress.canvas.proxy import is_at_proxy, proxy_for
from canvas_progress.canvas.response import Response
from canvas_progress.canvas.time_limits import Limits
from canvas_progress.canvas.tls import trust
from canvas_progress.canvas.transport_errors import refused_by_proxy, translated
from canvas_progress.canvas.unlogged import unlogged
from canvas_progress.core.answers import About, Exchange
from canvas_progress.core.base_url import has_dots
from canvas_progress.core.errors import AnswerError, NetworkError, RefusedError
from canvas_progress.core.record import record
from canvas_progress.core.wording import glimpse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from ssl import SSLContext

    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import Settings


_MOST_STREAMS: Final = 32  # more than are ever open at once


@record
class HttpOptions:
    """How a client reaches the network: the clock for time limits, who hears of each exchange, and the transport.

    SSL_CERT_FILE and SSL_CERT_DIR are looked up in `environment`. `contexts` are those for TLS, by the `ca_bundle` of
    profiles. Each is made once: a file of authorities may be a pipe, which can be read once.
    """

    monotonic: Callable[[], float]
    on_exchange: Callable[[Exchange], None] = lambda _: None
    transport: httpx.BaseTransport | None = None
    limits: Limits = Limits()  # frozen
    environment: Mapping[str, str] = field(default_factory=dict)
    contexts: dict[str | None, SSLContext] = field(default_factory=dict, repr=False)

    def context(self, settings: Settings, profile: str, *, encrypted: bool) -> SSLContext:
        """Return the context for connections with these settings. Raises UsageError."""
        if not encrypted:
            return trust(encrypted=False)
        if settings.ca_bundle not in self.contexts:
            made = trust(encrypted=True, settings=settings, profile=profile, environment=self.environment)
            self.contexts[settings.ca_bundle] = made
        return self.contexts[settings.ca_bundle]


@record
class Request:
    """A request: `what` it is about is for error messages."""

    method: str
    path: str  # below the base URL
    what: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # with the token
    form: Mapping[str, str] | None = field(default=None, repr=False)


class Connection:
    """The connection to one server. May be used from several threads at once."""

    def __init__(self, base: BaseUrl, options: HttpOptions, *, settings: Settings, profile: str) -> None:
        """Raise UsageError where the settings of the profile, or variables of the environment, make no sense."""
        self._base = base
        self._options = options
        self._in_use: deque[None] = deque()  # a member for each request under way: threads share it without a lock
        self._is_closing = False
        self._streams: deque[Any] = deque(maxlen=_MOST_STREAMS)  # httpcore's, the newest
        self.limits = options.limits.scaled_to(settings.timeout)
        url = proxy_for(base, settings, profile) if options.transport is None else None
        self._proxy = None if url is None else url.netloc.decode("ascii")  # without the password, for messages
        to_proxy = url is not None and url.scheme == "https"
        encrypted = base.scheme == "https" or to_proxy
        context = options.context(settings, profile, encrypted=encrypted)
        self._client = httpx.Client(
            timeout=httpx.Timeout(self.limits.read, connect=self.limits.connect),
            headers={
                "User-Agent": f"canvas-progress/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",  # a Progress is small, and what is not packed is no bomb
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # a session cookie changes who is throttled
            follow_redirects=False,
            verify=context,
            trust_env=False,  # `proxy_for` and `trust` have looked, with more care
            proxy=None if url is None else httpx.Proxy(url, ssl_context=context if to_proxy else None),
            transport=options.transport,
        )

    def send(self, request: Request) -> Response:
        """Send a request, report the exchange, and return the response. Raises CanvasProgressError without one."""
        if has_dots(request.path.partition("?")[0]):  # httpx would resolve them, and send the token elsewhere
            raise RefusedError(f"{request.what} would be looked for outside of {self._base}")
        started = self._options.monotonic()
        response = None
        events: set[str] = set()
        self._in_use.append(None)
        try:
            with unlogged(), allowing(Allowance(self._options.monotonic, self.limits.whole, self._base.netloc)):
                response = self._exchange(request, self._built(request, events))
        except httpx.RequestError as error:
            stopped_by = self._proxy if self._proxy is not None and is_at_proxy(self._base, events) else None
            raise translated(error, self._base.netloc, proxy=stopped_by) from None
        finally:
            self._in_use.pop()
            self._close_if_idle()
            ms = 1000 * (self._options.monotonic() - started)
            about, status = (About(), None) if response is None else (response.about, response.status)
            self._options.on_exchange(
                Exchange(request.method, request.path.partition("?")[0], status, ms, about.cost, about.quota)
            )
        return replace(response, ms=ms)

    def close(self) -> None:
        """Give the connections back, and end the requests that are under way: nobody waits for them any more.

        Their sockets are shut down, which wakes the threads that read from them. These close them: a socket that is
        closed under a thread that reads from it may lend its number to another one.
        """
        self._is_closing = True
        self._close_if_idle()
        for stream in tuple(self._streams) if self._in_use else ():
            with suppress(OSError):
                # Not the method of an encrypted socket, which takes the encryption away from under its reader.
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)

    def _close_if_idle(self) -> None:
        if self._is_closing and not self._in_use:
            with unlogged():
                self._client.close()

    def _built(self, request: Request, events: set[str]) -> httpx.Request:
        """Return what is sent. Raises RefusedError for an address or a header that HTTP cannot carry."""
        try:
            return self._client.build_request(
                request.method,
                f"{self._base}{request.path}",
                headers=request.headers,
                data=request.form,
                extensions={"trace": partial(self._trace, events)},
            )
        except (httpx.InvalidURL, UnicodeError):  # neither is a RequestError
            raise RefusedError(
                f"{self._base.netloc} cannot be sent a request about {glimpse(request.what, 200)}"
            ) from None

    def _exchange(self, request: Request, built: httpx.Request) -> Response:
        ends = self._options.monotonic() + self.limits.whole
        with closing(self._client.send(built, stream=True)) as response:
            if response.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and self._proxy is not None:
                raise refused_by_proxy(response.status_code, self._base.netloc, self._proxy)
            try:
                packed = gathered(self._in_time(response.iter_raw(), ends))
                body = unpacked(packed, response.headers.get("content-encoding", ""))
            except AnswerError as error:
                raise type(error)(f"{self._base.netloc} {error.message} about {request.what}") from None
            return Response(response.status_code, dict(response.headers.items()), body)

    def _trace(self, events: set[str], event: str, details: Mapping[str, Any]) -> None:
        """Note what happens to a request, and the sockets that are opened for it, which are read within its limits."""
        events.add(event)
        note(event)
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = details["return_value"]
            stream.read = limited(stream.read)
            self._streams.append(stream)

    def _in_time(self, chunks: Iterator[bytes], ends: float) -> Iterator[bytes]:
        """Pass on what arrives. Raises NetworkError once that takes too long: drips keep every other limit alive."""
        for chunk in chunks:
            yield chunk
            if self._options.monotonic() > ends:
                raise NetworkError(f"{self._base.netloc} was still answering after {self.limits.whole:.0f} s")
