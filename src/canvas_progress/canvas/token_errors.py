"""What it means when the token endpoint hands out no token: from its answer to an error that says what to set where.

The words compared here are hard-coded English in Canvas. What is quoted never contains an assertion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CredentialError,
    NotCanvasError,
    ServerError,
    ThrottledError,
)

if TYPE_CHECKING:
    from canvas_progress.canvas.response import Response
    from canvas_progress.core.credentials import LtiKey

PERMISSION: Final = "Can view Progress records associated with the context the tool is installed in"
_JWT: Final = re.compile(r"eyJ[\w-]*(\.[\w-]*)*")
_CLOCK_WORDS: Final = ("'iat'", "'exp'", "has expired")
_HOSTED: Final = "https://sso.canvaslms.com/login/oauth2/token"


@dataclass(frozen=True, slots=True)
class Bid:
    """Which key was offered where, for the messages."""

    key: LtiKey
    url: str

    @property
    def where(self) -> str:
        """The host, as users know it."""
        return self.url.split("/")[2]


def blames_the_clock(response: Response) -> bool:
    """Tell whether an assertion was refused for its times."""
    return response.json_object().get("error") == "invalid_request" and any(
        word in response.text for word in _CLOCK_WORDS
    )


def refusal(response: Response, bid: Bid) -> CanvasProgressError:
    """Return what is wrong with an answer that brings no token."""
    status = response.status
    if status == 429 or (status == 403 and "Rate Limit Exceeded" in response.text):  # noqa: PLR2004
        return ThrottledError(
            f"{bid.where} hands out no more tokens for the moment ({status})",
            hint="each new token costs a lot of quota: wait a minute, and share one token among programs",
            retry_after=response.retry_after,
        )
    if status // 100 == 5:  # noqa: PLR2004
        return ServerError(
            f"{bid.where} answered {_in_short(response)} when asked for a token", retry_after=response.retry_after
        )
    if status // 100 == 3 or response.is_html or status in {404, 405}:  # noqa: PLR2004
        return NotCanvasError(
            f"{bid.url} hands out no tokens ({_in_short(response)})",
            hint=f"is the URL of the profile right? Canvas in the cloud also has `token_url = {_HOSTED}`",
        )
    if status // 100 == 2:  # noqa: PLR2004
        return AnswerError(f"{bid.where} answered without a token when asked for one")
    return _told(response, bid)


def _told(response: Response, bid: Bid) -> CredentialError:
    error, description = (str(response.json_object().get(name, "")) for name in ("error", "error_description"))
    of = f"developer key {bid.key.client_id}"
    if error == "invalid_request":
        message, hint = _about_the_assertion(description, of, bid)
    elif error == "invalid_client":
        message = f"{bid.where} knows no active {of}"
        hint = "the client id is the long number under Admin, Developer Keys, Details; its state must be ON there"
    elif error == "invalid_scope":
        message, hint = f"{of} has no scope for progress", f'switch on "{PERMISSION}" in the developer key'
    elif error == "unsupported_grant_type":
        message, hint = f"{bid.where} gives no tokens for keys", "this Canvas may be too old for LTI 1.3"
    else:
        message, hint = f"{bid.where} refused {of}", None
    return CredentialError(f"{message} ({_in_short(response)})", hint=hint)


def _about_the_assertion(description: str, of: str, bid: Bid) -> tuple[str, str | None]:
    """Return the message and the hint for an assertion that was read and not believed."""
    if description.startswith("JWS signature"):
        return f"{bid.where} does not take {bid.key.key_file} for the key of {of}", _key_hint(bid.key)
    if description.startswith("JWK Error"):
        return f"{bid.where} cannot read the public key of {of}", _jwks_hint(bid.key)
    if "'aud'" in description:
        hint = "give the address by which Canvas knows itself as `token_url`, with its scheme and port"
        return f"{bid.where} does not accept the audience {bid.url}", hint
    if any(word in description for word in _CLOCK_WORDS):
        return f"{bid.where} and this machine do not agree on the time", "set the clock of this machine"
    return f"{bid.where} refused {of}", None


def _key_hint(key: LtiKey) -> str:
    if key.key_id:
        return f"the JWKS URL of the developer key must list the public half of this key, under the id `{key.key_id}`"
    return "its Public JWK must be the public half of this key; if it has a JWKS URL instead, set `key_id`"


def _jwks_hint(key: LtiKey) -> str:
    named = f", with the id `{key.key_id}`" if key.key_id else ""
    return f"the JWKS URL of the developer key must answer Canvas with a JSON Web Key Set{named}"


def _in_short(response: Response) -> str:
    said = _JWT.sub("…", response.said).removeprefix(str(response.status)).strip(" .")
    return f"{response.status}: {said}" if said else str(response.status)
