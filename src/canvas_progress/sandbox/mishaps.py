"""What a client meets when a fault strikes: an answer made instead of Canvas's own, or what is left of that one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.messages import Delivery
from canvas_progress.sandbox.replies import Reply
from canvas_progress.sandbox.routes import Place
from canvas_progress.sandbox.shapes import timestamp

if TYPE_CHECKING:
    from canvas_progress.sandbox.controller import Visit

LOGIN_PAGE: Final = "https://login.example.org/login/saml"

_PAGES: Final = {
    FaultKind.BAD_GATEWAY: (502, "502 Bad Gateway"),
    FaultKind.UNAVAILABLE: (503, "503 Service Temporarily Unavailable"),
    FaultKind.GATEWAY_TIMEOUT: (504, "504 Gateway Time-out"),
    FaultKind.HTML_PAGE: (200, "Canvas is down for maintenance"),
}
_TOKEN_WORDS: Final = {
    FaultKind.TOKEN_EXPIRED: "Expired access token.",
    FaultKind.TOKEN_REVOKED: "Revoked access token.",
    FaultKind.TOKEN_INVALID: "Invalid access token.",
}
_DELIVERIES: Final = {
    FaultKind.DROPPED: Delivery.DROPPED,
    FaultKind.RESET: Delivery.RESET,
    FaultKind.TRUNCATED: Delivery.TRUNCATED,
    FaultKind.STALLED: Delivery.STALLED,
}
_MALFORMED: Final = b'{"id": 1, "workflow_state": running}'


def instead(fault: Fault, visit: Visit) -> Reply:
    """Answer a request that a fault keeps from Canvas."""
    if fault.kind in _PAGES:
        return _page(fault.kind)
    match fault.kind:
        case FaultKind.TOKEN_EXPIRED | FaultKind.TOKEN_REVOKED | FaultKind.TOKEN_INVALID:
            return _token_refused(fault.kind, visit)
        case FaultKind.THROTTLED:
            return _throttled(fault, visit)
        case FaultKind.SERVER_ERROR:
            return replies.generic_error(500, report=70077)
        case FaultKind.LOGIN_REDIRECT | FaultKind.HTTPS_REDIRECT:
            return _redirect(fault.kind, visit)
        case _:
            return Reply(status=fault.status or 500, body=b"", from_edge=True)


def afterwards(fault: Fault, reply: Reply) -> Reply:
    """Return what a fault leaves of an answer that Canvas has given."""
    if fault.kind in _DELIVERIES:
        return replace(reply, delivery=_DELIVERIES[fault.kind])
    if fault.kind in _PAGES:
        return _page(fault.kind)
    return replace(reply, body=_MALFORMED if fault.kind is FaultKind.MALFORMED else reply.body[: len(reply.body) // 2])


def _token_refused(kind: FaultKind, visit: Visit) -> Reply:
    if visit.route.place is Place.LTI_SHOW:
        return replies.lti_error(401, "Access token expired")
    expired_at = timestamp(visit.now) if kind is FaultKind.TOKEN_EXPIRED else None
    return replies.bad_token(_TOKEN_WORDS[kind], expired_at=expired_at)


def _throttled(fault: Fault, visit: Visit) -> Reply:
    throttle = visit.installation.throttle
    return replies.throttled(fault.status or throttle.status, retry_after=fault.retry_after or throttle.retry_after)


def _redirect(kind: FaultKind, visit: Visit) -> Reply:
    if kind is FaultKind.LOGIN_REDIRECT:
        return replies.redirect(302, LOGIN_PAGE)
    return replies.redirect(301, f"https://{visit.request.header('host')}{visit.request.target}")


def _page(kind: FaultKind) -> Reply:
    status, title = _PAGES[kind]
    return replies.page(status, title, from_edge=True)
