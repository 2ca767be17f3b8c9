"""The exchange of a signed assertion for an access token of an hour, which costs 200 units of quota."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from canvas_progress.canvas.connection import Connection, Request
from canvas_progress.canvas.lti.assertion import private_key, signed
from canvas_progress.canvas.lti.errors import TokenRequest, blames_the_clock, refusal
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Settings, checked_token
from canvas_progress.core.errors import AnswerError, CredentialError
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from canvas_progress.canvas.connection import HttpOptions
    from canvas_progress.canvas.response import Response
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import LtiKey, Secret

SCOPE: Final = "https://canvas.instructure.com/lti-ags/progress/scope/show"
_PATH: Final = "/login/oauth2/token"
_BY_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_AGREEMENT: Final = 5.0  # seconds by which two clocks may differ and still agree
_USUAL_LIFE: Final = 3600.0  # seconds; for an answer that does not say
_LONGEST_LIFE: Final = 86_400.0 * 366  # seconds; whatever claims more cannot be meant


class Grant(NamedTuple):
    """An access token, and how many seconds it lasts from now on."""

    secret: Secret
    expires_in: float


@record
class Tool:
    """An LTI tool at a Canvas: its developer key. `settings` are those of the profile."""

    base: BaseUrl
    key: LtiKey
    profile: str
    settings: Settings = Settings()

    @property
    def issuer(self) -> BaseUrl:
        """The host that hands out tokens. Raises UsageError for a token URL that makes no sense."""
        if self.key.token_url is None:
            return self.base
        # What a profile may send unencrypted to its Canvas, it may send so to whoever hands out its tokens.
        named = parse_base_url(self.key.token_url, allow_http=self.base.scheme == "http" and not self.base.is_loopback)
        return replace(named, prefix=named.prefix.removesuffix(_PATH))

    @property
    def token_url(self) -> str:
        """Where tokens are handed out. Raises UsageError."""
        return f"{self.issuer}{_PATH}"

    @property
    def audiences(self) -> tuple[str, ...]:
        """The names by which Canvas may know that place: behind a path prefix it may not know of the prefix."""
        return tuple(dict.fromkeys((self.token_url, f"{self.issuer.origin}{_PATH}")))


def exchange(tool: Tool, pem: Secret, options: HttpOptions, *, now: Callable[[], datetime]) -> Grant:
    """Get a token for the private key in `pem`; `now` is the clock of this machine. Raises CanvasProgressError."""
    private = private_key(tool.key, pem)
    with closing(Connection(tool.issuer, options, settings=tool.settings, profile=tool.profile)) as connection:
        response = connection.send(_request(tool, private, now()))
        skew = _skew(response, now())
        if skew is not None and blames_the_clock(response):
            response = connection.send(_request(tool, private, now() + skew))
    return _granted(response, TokenRequest(tool.key, tool.token_url))


def _request(tool: Tool, private: RSAPrivateKey, issued: datetime) -> Request:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _BY_ASSERTION,
        "client_assertion": signed(tool.key, private, tool.audiences, issued),
        "scope": SCOPE,
    }
    return Request("POST", _PATH, "an access token", form=form)


def _skew(response: Response, now: datetime) -> timedelta | None:
    """Return how far the server is ahead of us, None where both agree or it does not say."""
    ahead = None if response.about.date is None else response.about.date - now
    return ahead if ahead is not None and abs(ahead.total_seconds()) > _AGREEMENT else None


def _granted(response: Response, request: TokenRequest) -> Grant:
    body = response.json_object()
    token, life = body.get("access_token"), body.get("expires_in")
    if response.status != HTTPStatus.OK or not isinstance(token, str) or not token:
        raise refusal(response, request)
    if not isinstance(life, int | float) or isinstance(life, bool) or not 0 < life < _LONGEST_LIFE:
        life = _USUAL_LIFE
    try:
        return Grant(checked_token(token, where=f"the answer of {request.where}"), float(life))
    except CredentialError as error:
        raise AnswerError(error.message) from None
