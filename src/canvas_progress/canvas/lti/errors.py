"""What it means when the token endpoint hands out no token: from its answer to an error that says what to set where.

The words compared here are hard-coded English in Canvas. What is quoted never contains an assertion.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from canvas_progress.canvas.response import in_short
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CredentialError,
    NotCanvasError,
    ServerError,
    ThrottledError,
)
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.canvas.response import Response
    from canvas_progress.core.credentials import LtiKey

PERMISSION: Final = "Can view Progress records associated with the context the tool is installed in"
_JWT: Final = re.compile(r"eyJ[\w-]*(\.[\w-]*)*")
_HOSTED: Final = "https://sso.canvaslms.com/login/oauth2/token"


@record
class TokenRequest:
    """Which key was offered where, for the messages."""

    key: LtiKey
    url: str

    @property
    def where(self) -> str:
        """The host, as users know it."""
        return self.url.split("/")[2]


def blames_the_clock(response: Response) -> bool:
    """Whether an assertion was refused for its times."""
    return response.json_object().get("error") == "invalid_request" and _names_a_time(response.text)


def refusal(response: Response, request: TokenRequest) -> CanvasProgressError:
    """Return what is wrong with an answer that brings no token."""
    where, said = request.where, _JWT.sub("…", in_short(response))
    status = response.status
    if status == 429 or (status == 403 and "Rate Limit Exceeded" in response.text):  # noqa: PLR2004
        hint = "each new token costs a lot of quota: wait a minute, and share one token among programs"
        throttled = f"{where} hands out no more tokens for the moment ({status})"
        return ThrottledError(throttled, hint=hint, retry_after=response.retry_after)
    if status // 100 == 5:  # noqa: PLR2004
        return ServerError(f"{where} answered a token request with {said}", retry_after=response.retry_after)
    if status // 100 == 3 or response.is_html or status in {404, 405}:  # noqa: PLR2004
        hint = f"is the URL of the profile right? Canvas in the cloud also has `token_url = {_HOSTED}`"
        return NotCanvasError(f"{request.url} hands out no tokens ({said})", hint=hint)
    if status // 100 == 2:  # noqa: PLR2004
        return AnswerError(f"{where} answered a token request without a token")
    message, advice = _reason(response, request)
    return CredentialError(f"{message} ({said})", hint=advice)


def _reason(response: Response, request: TokenRequest) -> tuple[str, str | None]:
    """Return message and hint for the error that Canvas names by a code of OAuth; for an assertion, in words too."""
    error, description = (str(response.json_object().get(name, "")) for name in ("error", "error_description"))
    where, key, developer_key = request.where, request.key, f"developer key {request.key.client_id}"
    message, hint = f"{where} refused {developer_key}", None
    match error:
        case "invalid_request" if description.startswith("JWS signature"):
            message, hint = f"{where} does not take {key.key_file} for the key of {developer_key}", _key_hint(key)
        case "invalid_request" if description.startswith("JWK Error"):
            named = f", with the id `{key.key_id}`" if key.key_id else ""
            message = f"{where} cannot read the public key of {developer_key}"
            hint = f"the JWKS URL of the developer key must answer Canvas with a JSON Web Key Set{named}"
        case "invalid_request" if "'aud'" in description:
            message = f"{where} does not accept the audience {request.url}"
            hint = "give the address by which Canvas knows itself as `token_url`, with its scheme and port"
        case "invalid_request" if _names_a_time(description):
            message, hint = f"{where} and this machine do not agree on the time", "set the clock of this machine"
        case "invalid_client":
            message = f"{where} knows no active {developer_key}"
            hint = "the client id is the long number under Admin, Developer Keys, Details; its state must be ON there"
        case "invalid_scope":
            message = f"{developer_key} has no scope for progress"
            hint = f'switch on "{PERMISSION}" in the developer key'
        case "unsupported_grant_type":
            message, hint = f"{where} gives no tokens for keys", "this Canvas may be too old for LTI 1.3"
        case _:
            pass
    return message, hint


def _key_hint(key: LtiKey) -> str:
    if key.key_id:
        return f"the JWKS URL of the developer key must list the public half of this key, under the id `{key.key_id}`"
    return "its Public JWK must be the public half of this key; if it has a JWKS URL instead, set `key_id`"


def _names_a_time(text: str) -> bool:
    return any(words in text for words in ("'iat'", "'exp'", "has expired"))
