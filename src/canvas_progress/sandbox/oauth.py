"""The token endpoint: an LTI tool proves with a signed assertion who it is, and gets an access token for an hour."""

from __future__ import annotations

import uuid
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import bearer, replies
from canvas_progress.sandbox.routes import Api, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canvas_progress.sandbox.installation import LtiTool
    from canvas_progress.sandbox.messages import Json
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange

_EXTRA_COST: Final = 200.0  # units, for each token handed out
_FIELDS: Final = ("grant_type", "client_assertion_type", "client_assertion", "client_id", "scope", "scopes")
_BY_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OLDEST: Final = 300  # seconds that an assertion may be old
_EARLIEST: Final = 30  # seconds that it may come from the future


def _token(exchange: Exchange) -> Reply:
    """Answer a request for a token."""
    try:
        form = {name: exchange.request.parameter(name) or "" for name in _FIELDS}
    except ValueError:
        return replies.page(400, "Bad Request")
    if form["grant_type"] != "client_credentials":
        return _error(400, "unsupported_grant_type", "The grant_type you requested is not currently supported")
    if form["client_assertion_type"] == _BY_ASSERTION:
        return _by_assertion(exchange, form["client_assertion"], (form["scope"] or form["scopes"]).split())
    if _tool(exchange, form["client_id"]) is None:
        return _unknown_client()
    return _error(400, "invalid_request", "assertion method not supported for this grant_type")


def _by_assertion(exchange: Exchange, text: str, scopes: list[str]) -> Reply:
    assertion = bearer.read_jwt(text)
    if assertion is None:
        return replies.page(500, "Page Error")  # Canvas has no words for a string that is no JWT
    tool = _tool(exchange, assertion.claims.get("sub"))
    if tool is None:
        return _unknown_client()
    problem = _unproven(tool, text, assertion) or " | ".join(_claim_problems(exchange, assertion))
    if problem:
        return _error(400, "invalid_request", problem)
    denied = [scope for scope in scopes if scope not in tool.scopes]
    return _scopes_refused(denied) if denied else _granted(exchange, tool, scopes)


def _tool(exchange: Exchange, client_id: Json) -> LtiTool | None:
    if not exchange.scenario.installation.lti_key_active:
        return None
    return next((tool for tool in exchange.scenario.installation.lti_tools if tool.client_id == str(client_id)), None)


def _unproven(tool: LtiTool, text: str, assertion: bearer.Jwt) -> str:
    """Return why the assertion may be by somebody else, in Canvas's words, or nothing."""
    import jwt

    if not tool.jwks_readable:
        return "JWK Error: Invalid JSON"
    try:
        jwt.PyJWS().decode(text, tool.public_key, algorithms=["RS256"])
    except jwt.InvalidTokenError:
        return "JWS signature invalid."
    other_key = tool.key_id is not None and assertion.header.get("kid") != tool.key_id
    return "JWS signature invalid." if other_key else ""


def _claim_problems(exchange: Exchange, assertion: bearer.Jwt) -> Iterator[str]:
    if missing := bearer.missing(assertion.claims):
        yield missing
        return  # the only problem that keeps Canvas from looking for more
    if _own_address(exchange) not in bearer.audiences(assertion.claims):
        yield "the 'aud' is invalid"
    expires, issued = (bearer.number(assertion.claims[name]) for name in ("exp", "iat"))
    if expires is None:
        yield "the 'exp' must be a number"
    elif expires < exchange.now:
        yield "the JWT has expired"
    if issued is None:
        yield "the 'iat' must be a number"
    elif issued < exchange.now - _OLDEST:
        yield f"the 'iat' must be less than {_OLDEST} seconds old"
    elif issued > exchange.now + _EARLIEST:
        yield "the 'iat' must not be in the future"


def _granted(exchange: Exchange, tool: LtiTool, scopes: list[str]) -> Reply:
    issued, address = int(exchange.now), _own_address(exchange)
    claims: dict[str, Json] = {
        "iss": "https://canvas.instructure.com",
        "sub": tool.client_id,
        "aud": address,
        "iat": issued,
        "exp": issued + bearer.LIFETIME,
        "jti": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{address}#{exchange.request.parameter('client_assertion')}")),
        "scopes": " ".join(scopes),
    }
    document: dict[str, Json] = {
        "access_token": bearer.access_token(exchange.token, claims),
        "token_type": "Bearer",
        "expires_in": bearer.LIFETIME,
        "scope": " ".join(scopes),
    }
    return replace(replies.json_reply(200, document), extra_cost=_EXTRA_COST)


def _own_address(exchange: Exchange) -> str:
    return f"http://{exchange.host}{bearer.OAUTH_PATH}"


def _scopes_refused(denied: list[str]) -> Reply:
    names = denied[0] if len(denied) == 1 else f"{', '.join(denied[:-1])} and {denied[-1]}"
    description = (
        "A requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner. "
        f"The following scopes were requested, but not granted: {names}"
    )
    return _error(400, "invalid_scope", description)


def _unknown_client() -> Reply:
    return _error(401, "invalid_client", "unknown client")


def _error(status: int, name: str, description: str) -> Reply:
    challenged = status == HTTPStatus.UNAUTHORIZED
    headers = (("www-authenticate", "Canvas OAuth 2.0"),) if challenged else ()
    return replies.json_reply(status, {"error": name, "error_description": description}, headers=headers)


ROUTES: Final = (Route("POST", bearer.OAUTH_PATH, _token, Api.OAUTH),)
