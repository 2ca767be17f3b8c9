"""What a client meets when a fault strikes: an answer made instead of Canvas's own, or what is left of that one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.messages import Delivery
from canvas_progress.sandbox.replies import Reply
from canvas_progress.sandbox.routes import Api
from canvas_progress.sandbox.serializer import timestamp

if TYPE_CHECKING:
    from canvas_progress.sandbox.routes import Exchange

_LOGIN_PAGE: Final = "https://login.example.org/login/saml"
_PAGES: Final = {
    FaultKind.BAD_GATEWAY: (502, "502 Bad Gateway"),
    FaultKind.UNAVAILABLE: (503, "503 Service Temporarily Unavailable"),
    FaultKind.GATEWAY_TIMEOUT: (504, "504 Gateway Time-out"),
    FaultKind.HTML_PAGE: (200, "Canvas is down for maintenance"),
}
_TOKEN_MESSAGES: Final = {
    FaultKind.TOKEN_EXPIRED: "Expired access token.",
    FaultKind.TOKEN_REVOKED: "Revoked access token.",
    FaultKind.TOKEN_INVALID: "Invalid access token.",
}
_MALFORMED: Final = b'{"id": 1, "workflow_state": running}'


def instead(fault: Fault, exchange: Exchange) -> Reply:
    """Answer a request that a fault keeps from Canvas."""
    match fault.kind:
        case FaultKind.TOKEN_EXPIRED | FaultKind.TOKEN_REVOKED | FaultKind.TOKEN_INVALID:
            return _token_refused(fault.kind, exchange)
        case FaultKind.THROTTLED:
            throttle = exchange.scenario.installation.throttle
            return replies.throttled(fault.status or throttle.status, fault.retry_after or throttle.retry_after)
        case FaultKind.SERVER_ERROR:
            return replies.generic_error(500, report=70077)
        case FaultKind.LOGIN_REDIRECT | FaultKind.HTTPS_REDIRECT:
            return _redirected(fault.kind, exchange)
        case FaultKind.EMPTY:
            return Reply(status=fault.status or 500, body=b"", from_edge=True)
        case kind:
            return replies.page(*_PAGES[kind], from_edge=True)


def afterwards(fault: Fault, reply: Reply) -> Reply:
    """Return what a fault leaves of an answer that Canvas has given."""
    match fault.kind:
        case FaultKind.GATEWAY_TIMEOUT:
            return replies.page(*_PAGES[fault.kind], from_edge=True)
        case FaultKind.MALFORMED:
            return replace(reply, body=_MALFORMED)
        case FaultKind.CUT_SHORT:
            return replace(reply, body=reply.body[: len(reply.body) // 2])
        case kind:
            return replace(reply, delivery=Delivery[kind.name])


def _token_refused(kind: FaultKind, exchange: Exchange) -> Reply:
    if exchange.route.api is Api.LTI:
        return replies.lti_error(401, "Access token expired")
    expired_at = timestamp(exchange.now) if kind is FaultKind.TOKEN_EXPIRED else None
    return replies.bad_token(_TOKEN_MESSAGES[kind], expired_at=expired_at)


def _redirected(kind: FaultKind, exchange: Exchange) -> Reply:
    if kind is FaultKind.LOGIN_REDIRECT:
        return replies.redirect(302, _LOGIN_PAGE)
    return replies.redirect(301, f"https://{exchange.request.header('host')}{exchange.request.target}")
