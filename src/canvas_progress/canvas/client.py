"""The three endpoints of a Progress. Whatever goes wrong comes out as one of our errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

import httpx

from canvas_progress import __version__
from canvas_progress.canvas.judgement import Asked, error_in
from canvas_progress.canvas.reply import Reply
from canvas_progress.canvas.tls import trust
from canvas_progress.canvas.transport_errors import translated
from canvas_progress.core.answers import About, Answer, Exchange
from canvas_progress.core.errors import AnswerError, NetworkError, NoSuchJobError, NotAProgressError
from canvas_progress.core.job import parse_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.core.credentials import Access
    from canvas_progress.core.refs import Target

_LARGEST_BODY: Final = 64 * 2**20  # bytes; results can be long, but not that long


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of one request, in seconds: for each phase, and for the whole of it."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0


@dataclass(frozen=True, slots=True)
class Wire:
    """How a client reaches the network: the clock for time limits, who hears of each exchange, and the transport."""

    monotonic: Callable[[], float]
    on_exchange: Callable[[Exchange], None] = lambda _: None
    transport: httpx.BaseTransport | None = None
    limits: Limits = Limits()  # frozen


class Canvas:
    """One Canvas, asked with one token. May be used from several threads at once."""

    def __init__(self, access: Access, wire: Wire) -> None:
        self._access = access
        self._wire = wire
        base, limits = access.base, wire.limits
        self._client = httpx.Client(
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            headers={"User-Agent": f"canvas-progress/{__version__}", "Accept": "application/json"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # a session cookie changes who is throttled
            follow_redirects=False,
            verify=trust(encrypted=base.scheme == "https"),
            trust_env=not base.is_loopback,  # a proxy has no way to our loopback
            transport=wire.transport,
        )

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now. Raises CanvasProgressError."""
        return self._progress("GET", target.path, self._asked(target))

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, and return the Progress as Canvas then has it. Raises CanvasProgressError.

        Canvas has no guard here: look before you call this.
        """
        return self._progress("POST", f"{target.path}/cancel", self._asked(target), form={"message": message})

    def check(self) -> About:
        """Prove the credential without needing a job: a good one gets the 404 of a record that never exists.

        Raises CredentialError and others.
        """
        asked = Asked(self._access, "progress 0")
        reply = self._send("GET", "/api/v1/progress/0", asked)
        error = error_in(reply, asked)
        if error is not None and not isinstance(error, NoSuchJobError):
            raise error
        return reply.about

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _asked(self, target: Target) -> Asked:
        return Asked(self._access, f"progress {target.id}", target.course)

    def _progress(self, method: str, path: str, asked: Asked, *, form: dict[str, str] | None = None) -> Answer:
        reply = self._send(method, path, asked, form=form)
        error = error_in(reply, asked)
        if error is not None:
            raise error
        try:
            job = parse_job(reply.body.decode("utf-8"))
        except (NotAProgressError, UnicodeDecodeError) as unread:
            why = unread.message if isinstance(unread, NotAProgressError) else "the answer is not UTF-8"
            raise NotAProgressError(f"{asked.where} made no sense about {asked.what}: {why}") from None
        return Answer(job, reply.about)

    def _send(self, method: str, path: str, asked: Asked, *, form: dict[str, str] | None = None) -> Reply:
        started = self._wire.monotonic()
        reply = None
        try:
            reply = self._exchange(method, path, asked, form)
        except httpx.RequestError as error:
            raise translated(error, asked.where) from None
        finally:
            ms = 1000 * (self._wire.monotonic() - started)
            about, status = (About(), None) if reply is None else (reply.about, reply.status)
            self._wire.on_exchange(Exchange(method, path, status, ms, about.cost, about.quota))
        return replace(reply, ms=ms)

    def _exchange(self, method: str, path: str, asked: Asked, form: dict[str, str] | None) -> Reply:
        authorization = {"Authorization": f"Bearer {self._access.secret.reveal()}"}
        url = f"{self._access.base}{path}"
        ends = self._wire.monotonic() + self._wire.limits.whole
        with self._client.stream(method, url, headers=authorization, data=form) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if self._wire.monotonic() > ends:
                    raise NetworkError(f"{asked.where} was still answering after {self._wire.limits.whole:.0f} s")
                if len(body) > _LARGEST_BODY:
                    raise AnswerError(f"{asked.where} answers without end about {asked.what}")
            return Reply(response.status_code, dict(response.headers.items()), bytes(body))
