"""The way to one host: proxy, certificates, time limits and cookies as the profile has them, whatever is sent there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from canvas_progress import __version__
from canvas_progress.canvas.body import TooLargeError, UnreadableError, gathered, unpacked
from canvas_progress.canvas.limits import Limits
from canvas_progress.canvas.proxy import passage_to, proxy_for
from canvas_progress.canvas.response import Response
from canvas_progress.canvas.tls import trust
from canvas_progress.canvas.transport_errors import refused_by_proxy, translated
from canvas_progress.core.answers import About, Exchange
from canvas_progress.core.errors import AnswerError, NetworkError, OversizedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from canvas_progress.canvas.proxy import Passage
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import Settings


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How a client reaches the network: the clock for time limits, who hears of each exchange, and the transport.

    SSL_CERT_FILE and SSL_CERT_DIR are looked up in `environment`.
    """

    monotonic: Callable[[], float]
    on_exchange: Callable[[Exchange], None] = lambda _: None
    transport: httpx.BaseTransport | None = None
    limits: Limits = Limits()  # frozen
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """A request: `what` it is about is for error messages."""

    method: str
    path: str  # below the base URL
    what: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # with the token
    form: Mapping[str, str] | None = field(default=None, repr=False)


class Connection:
    """The connection to one server. May be used from several threads at once."""

    def __init__(self, base: BaseUrl, wire: HttpOptions, *, settings: Settings, profile: str) -> None:
        """Raise UsageError where the settings of the profile, or variables of the environment, make no sense."""
        self._base = base
        self._wire = wire
        self.limits = wire.limits.scaled_to(settings.timeout)
        url = proxy_for(base, settings, profile) if wire.transport is None else None
        self._proxy = None if url is None else url.netloc.decode("ascii")  # without the password, for messages
        to_proxy = url is not None and url.scheme == "https"
        encrypted = base.scheme == "https" or to_proxy
        context = trust(encrypted=encrypted, settings=settings, profile=profile, environment=wire.environment)
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
            transport=wire.transport,
        )

    def send(self, message: Request) -> Response:
        """Send a request, tell of the exchange, and return the answer. Raises CanvasProgressError without one."""
        started = self._wire.monotonic()
        response = None
        passage = None if self._proxy is None else passage_to(self._base)
        try:
            response = self._exchange(message, passage)
        except httpx.RequestError as error:
            stopped_by = self._proxy if passage is not None and passage.at_proxy else None
            raise translated(error, self._base.netloc, proxy=stopped_by) from None
        finally:
            ms = 1000 * (self._wire.monotonic() - started)
            about, status = (About(), None) if response is None else (response.about, response.status)
            self._wire.on_exchange(Exchange(message.method, message.path, status, ms, about.cost, about.quota))
        return replace(response, ms=ms)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _exchange(self, message: Request, passage: Passage | None) -> Response:
        url, where = f"{self._base}{message.path}", self._base.netloc
        followed = None if passage is None else {"trace": passage.note}
        ends = self._wire.monotonic() + self.limits.whole
        with self._client.stream(
            message.method, url, headers=message.headers, data=message.form, extensions=followed
        ) as response:
            if response.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and self._proxy is not None:
                raise refused_by_proxy(response.status_code, where, self._proxy)
            try:
                packed = gathered(self._in_time(response.iter_raw(), ends))
                body = unpacked(packed, response.headers.get("content-encoding", ""))
            except TooLargeError:
                raise OversizedAnswerError(f"{where} answers without end about {message.what}") from None
            except UnreadableError:
                raise AnswerError(f"{where} sent a body that cannot be unpacked about {message.what}") from None
            return Response(response.status_code, dict(response.headers.items()), body)

    def _in_time(self, chunks: Iterator[bytes], ends: float) -> Iterator[bytes]:
        """Pass on what arrives. Raises NetworkError once that takes too long: drips keep every other limit alive."""
        for chunk in chunks:
            yield chunk
            if self._wire.monotonic() > ends:
                raise NetworkError(f"{self._base.netloc} was still answering after {self.limits.whole:.0f} s")
