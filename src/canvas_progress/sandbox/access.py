"""Whose request it is: no token, a bad one and an LTI one are distinguished before anything else is looked at."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.bearer import is_ours, read_jwt
from canvas_progress.sandbox.routes import Api, Identity

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json, Request
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange


def lti_token_for(token: str) -> str:
    """Return the LTI access token of a sandbox: three parts like a JWT, and not usable as an API token."""
    return f"sandbox.{hashlib.sha256(token.encode()).hexdigest()}.lti"


def carried_token(request: Request) -> str | None:
    """Return the token a request carries; `Bearer` is compared with its case, and other schemes are no token."""
    scheme, _, credential = (request.header("authorization") or "").partition(" ")
    if scheme == "Bearer" and credential.strip():
        return credential.strip()
    return request.query("access_token")


def identify(request: Request, token: str) -> Identity:
    """Return whose request it is in a sandbox with the given API token."""
    carried = carried_token(request)
    if carried is None:
        return Identity.ANONYMOUS
    if carried == token:
        return Identity.CALLER
    jwt = read_jwt(carried)
    of_tool = carried == lti_token_for(token) or (jwt is not None and is_ours(token, jwt))
    return Identity.LTI_TOOL if of_tool else Identity.UNKNOWN


def rest_refusal(exchange: Exchange) -> Reply | None:
    """Refuse a bad token, or one without the scope of the route; all routes of the REST API begin with this check."""
    route, identity, scopes = exchange.route, exchange.identity, exchange.scenario.installation.scopes
    if route.api is not Api.REST or identity is Identity.ANONYMOUS:
        return None
    if identity is not Identity.CALLER:
        return replies.bad_token()
    if scopes is not None and f"url:{route.method}|{route.path}" not in scopes:
        return replies.error(401, "Insufficient scopes on access token.")
    return None


def denied(exchange: Exchange) -> Reply:
    """Answer that the user has not the right."""
    installation = exchange.scenario.installation
    document: Json = {"status": installation.denial_word, "errors": [{"message": installation.denial_text}]}
    return replies.json_reply(installation.denial_status, document)
