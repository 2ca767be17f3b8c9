"""The jobs of the default scenario that themselves are well, while something goes wrong between them and the client."""

from __future__ import annotations

from typing import Final

from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.rows import Write
from canvas_progress.sandbox.scripts import OnCancel, Script
from canvas_progress.sandbox.timelines import run


def _job(number: int, about: str) -> Script:
    return Script(
        id=number,
        about=about,
        tag="context_module_batch_update",
        on_cancel=OnCancel.COOPERATES,
        writes=run(1, 14),
    )


_STRUCK: Final = (
    (Fault(kind=FaultKind.SERVER_ERROR, job=60, count=2), "its first two requests meet an error of Canvas, 500"),
    (Fault(kind=FaultKind.BAD_GATEWAY, job=61, count=None, until=5.0), "for 5 s the load balancer answers 502"),
    (Fault(kind=FaultKind.UNAVAILABLE, job=62, count=None, since=3.0, until=8.0), "from 3 s to 8 s it is 503"),
    (Fault(kind=FaultKind.GATEWAY_TIMEOUT, job=63, count=2), "its first two requests meet a 504"),
    (Fault(kind=FaultKind.EMPTY, job=64, count=2), "its first two requests meet a 500 without a word"),
    (Fault(kind=FaultKind.THROTTLED, job=65, count=2, status=403), "is throttled twice in the old way, 403"),
    (
        Fault(kind=FaultKind.THROTTLED, job=66, first=2, count=2, status=429, retry_after="2"),
        "is throttled at its second and third request, 429 with Retry-After",
    ),
    (Fault(kind=FaultKind.MALFORMED, job=67), "its first answer claims to be JSON"),
    (Fault(kind=FaultKind.CUT_SHORT, job=68), "its first answer is half a JSON document"),
    (Fault(kind=FaultKind.HTML_PAGE, job=69, count=None), "a maintenance page stands in its place, with status 200"),
    (Fault(kind=FaultKind.LOGIN_REDIRECT, job=70, count=None), "redirects to the login page of another host"),
    (Fault(kind=FaultKind.HTTPS_REDIRECT, job=71, count=None), "redirects to https"),
    (Fault(kind=FaultKind.DROPPED, job=72), "its first answer is lost with the connection"),
    (Fault(kind=FaultKind.RESET, job=73), "its first connection is reset"),
    (Fault(kind=FaultKind.STALLED, job=74), "its first request is never answered"),
    (Fault(kind=FaultKind.TRUNCATED, job=75), "its first answer ends before its announced length"),
    (Fault(kind=FaultKind.TOKEN_EXPIRED, job=76, count=None, since=5.0), "the token expires after 5 s"),
    (Fault(kind=FaultKind.TOKEN_REVOKED, job=77, count=None, since=5.0), "the token is revoked after 5 s"),
    (Fault(kind=FaultKind.DROPPED, job=78, method="POST"), "the answer to its first cancel is lost"),
    (Fault(kind=FaultKind.GATEWAY_TIMEOUT, job=79, method="POST"), "its first cancel works but answers 504"),
)

_LTI: Final = (
    Script(
        id=80,
        about="an assignment of the LTI tool",
        tag="upload_via_url",
        context_type="Assignment",
        context_id=301,
        lti_linked=True,
        writes=run(0, 10, results={"id": 4713}),
    ),
    Script(
        id=81,
        about="an assignment of another tool",
        tag="upload_via_url",
        context_type="Assignment",
        context_id=302,
        writes=run(0, 10, results={"id": 4714}),
    ),
    Script(
        id=82,
        about="an assignment of the LTI tool whose file could not be fetched",
        tag="upload_via_url",
        context_type="Assignment",
        context_id=301,
        lti_linked=True,
        writes=(
            Write(at=0, state="running"),
            Write(at=5, state="failed", message="Unexpected error, ID: 8814"),
        ),
    ),
)

JOBS: Final = (*(_job(60 + place, about) for place, (_, about) in enumerate(_STRUCK)), *_LTI)
FAULTS: Final = tuple(fault for fault, _ in _STRUCK)
