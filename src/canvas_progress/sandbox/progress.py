"""Progress jobs in the REST API: the checks of Canvas's controller, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.access import denied
from canvas_progress.sandbox.routes import Identity, Route
from canvas_progress.sandbox.scripts import CALLER, Cancel
from canvas_progress.sandbox.serializer import json_answer, progress_json

if TYPE_CHECKING:
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange
    from canvas_progress.sandbox.scripts import Script


def render(exchange: Exchange, script: Script, *, path: str = "/api/v1/progress") -> Reply:
    """Answer with the Progress, its ids as the client wants them; `path` leads to it in its `url`."""
    row = exchange.row
    if row is None:
        return replies.missing_record()
    first_seen = exchange.state.jobs[script.id].first_seen
    document = progress_json(script, row, first_seen=first_seen, base=f"http://{exchange.host}", path=path)
    return json_answer(exchange.request, document)


def _show(exchange: Exchange) -> Reply:
    script = exchange.script
    if script is None or exchange.row is None:
        return replies.missing_record()
    if exchange.identity is Identity.ANONYMOUS and not script.public:
        return replies.unauthenticated()
    return render(exchange, script) if script.readable else denied(exchange)


def _cancel(exchange: Exchange) -> Reply:
    """Fail the row whatever its state: Canvas has no guard here, and a missing message becomes null."""
    script = exchange.script
    if script is None or exchange.row is None:
        return replies.missing_record()
    if exchange.identity is Identity.ANONYMOUS:
        return replies.unauthenticated()
    if script.owner != CALLER:
        return denied(exchange)
    try:
        message = exchange.request.parameter("message")
    except ValueError:
        return replies.page(400, "Bad Request")
    exchange.state.cancel(script.id, Cancel(exchange.now, message))
    return render(exchange, script)


ROUTES: Final = (
    Route("GET", "/api/v1/progress/:id", _show),
    Route("POST", "/api/v1/progress/:id/cancel", _cancel),
)
