"""Who is asking: Canvas tells a missing token, a bad one and an LTI one apart before it looks at anything else."""

from __future__ import annotations

import hashlib
from enum import Enum, auto
from typing import TYPE_CHECKING

from canvas_progress.sandbox.bearer import is_ours, read_jwt

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Request


class Identity(Enum):
    """Whose request it is."""

    ANONYMOUS = auto()
    CALLER = auto()
    LTI_TOOL = auto()
    UNKNOWN = auto()  # there is a token, but not one of ours


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
    """Tell whose request it is in a sandbox with the given API token."""
    carried = carried_token(request)
    if carried is None:
        return Identity.ANONYMOUS
    if carried == token:
        return Identity.CALLER
    jwt = read_jwt(carried)
    of_tool = carried == lti_token_for(token) or (jwt is not None and is_ours(token, jwt))
    return Identity.LTI_TOOL if of_tool else Identity.UNKNOWN
