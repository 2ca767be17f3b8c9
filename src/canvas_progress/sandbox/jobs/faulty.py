"""The jobs of the default scenario that themselves are well, while something goes wrong between them and the client."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.jobs import kinds
from canvas_progress.sandbox.writes import run

_STRUCK: Final = {
    Fault(FaultKind.SERVER_ERROR, 60, count=2): "its first two requests meet an error of Canvas, 500",
    Fault(FaultKind.BAD_GATEWAY, 61, count=None, until=5.0): "for 5 s the load balancer answers 502",
    Fault(FaultKind.UNAVAILABLE, 62, count=None, since=3.0, until=8.0): "from 3 s to 8 s it is 503",
    Fault(FaultKind.GATEWAY_TIMEOUT, 63, count=2): "its first two requests meet a 504",
    Fault(FaultKind.EMPTY, 64, count=2): "its first two requests meet a 500 without a word",
    Fault(FaultKind.THROTTLED, 65, count=2, status=403): "is throttled twice in the old way, 403",
    Fault(
        FaultKind.THROTTLED, 66, first=2, count=2, status=429, retry_after="2"
    ): "is throttled at its second and third request, 429 with Retry-After",
    Fault(FaultKind.MALFORMED, 67): "its first answer claims to be JSON",
    Fault(FaultKind.CUT_SHORT, 68): "its first answer is half a JSON document",
    Fault(FaultKind.HTML_PAGE, 69, count=None): "a maintenance page stands in its place, with status 200",
    Fault(FaultKind.LOGIN_REDIRECT, 70, count=None): "redirects to the login page of another host",
    Fault(FaultKind.HTTPS_REDIRECT, 71, count=None): "redirects to https",
    Fault(FaultKind.DROPPED, 72): "its first answer is lost with the connection",
    Fault(FaultKind.RESET, 73): "its first connection is reset",
    Fault(FaultKind.STALLED, 74): "its first request is never answered",
    Fault(FaultKind.TRUNCATED, 75): "its first answer ends before its announced length",
    Fault(FaultKind.TOKEN_EXPIRED, 76, count=None, since=5.0): "the token expires after 5 s",
    Fault(FaultKind.TOKEN_REVOKED, 77, count=None, since=5.0): "the token is revoked after 5 s",
    Fault(FaultKind.DROPPED, 78, method="POST"): "the answer to its first cancel is lost",
    Fault(FaultKind.GATEWAY_TIMEOUT, 79, method="POST"): "its first cancel works but answers 504",
}

FAULTS: Final = tuple(_STRUCK)
JOBS: Final = tuple(kinds.modules(60 + place, about, run(1, 14)) for place, about in enumerate(_STRUCK.values()))
