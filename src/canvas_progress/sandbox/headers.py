"""The headers of a response, which are other ones when a machine in front of Canvas has made it."""

from __future__ import annotations

import uuid
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.messages import Delivery, Headers, Response

if TYPE_CHECKING:
    from canvas_progress.sandbox.replies import Reply

_EDGE: Final = (("server", "awselb/2.0"),)


def with_headers(reply: Reply, method: str, *, canvas: Headers, now: float) -> Response:
    """Add response headers; drop the body for HEAD."""
    headers = (
        ("date", formatdate(now, usegmt=True)),
        *(_EDGE if reply.from_edge else canvas),
        *reply.headers,
        ("content-type", reply.content_type),
        ("content-length", str(len(reply.body))),
    )
    body = b"" if method == "HEAD" else reply.body
    if reply.delivery is Delivery.TRUNCATED:
        body = body[: len(body) // 2]
    return Response(reply.status, headers, body, reply.delivery)


def canvas_headers(reply: Reply, name: str, *, remaining: float, cost: float | None, user: int | None) -> Headers:
    """Return the headers that Canvas adds; `name` identifies the request, for support."""
    phrase = HTTPStatus(reply.status).phrase if reply.status else ""
    headers: Headers = (
        ("status", f"{reply.status} {phrase}"),
        ("x-request-context-id", str(uuid.uuid5(uuid.NAMESPACE_URL, name))),
        ("x-rate-limit-remaining", str(round(remaining, 4))),
    )
    if cost is not None:
        headers = (*headers, ("x-request-cost", str(round(cost, 4))))
    return headers if user is None else (*headers, ("x-canvas-user-id", str(user)))
