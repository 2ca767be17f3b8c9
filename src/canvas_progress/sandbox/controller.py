"""What Canvas does with a Progress request that reaches it: the checks of its REST controller, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.access import Identity
from canvas_progress.sandbox.routes import Place, Route
from canvas_progress.sandbox.scripts import Cancel, Script, row_at
from canvas_progress.sandbox.shapes import Shown, progress_json, wants_string_ids, with_string_ids

if TYPE_CHECKING:
    from canvas_progress.sandbox.installation import Installation
    from canvas_progress.sandbox.ledger import Ledger
    from canvas_progress.sandbox.messages import Json, Request
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.rows import Row

_SCOPES = {
    Place.SHOW: "url:GET|/api/v1/progress/:id",
    Place.CANCEL: "url:POST|/api/v1/progress/:id/cancel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request inside Canvas, with all that its answer depends on."""

    request: Request
    route: Route
    identity: Identity
    script: Script | None
    installation: Installation
    ledger: Ledger
    now: float
    token: str  # the API token of this sandbox, from which its other secrets are derived

    @property
    def row(self) -> Row | None:
        """Return the row asked for as it is now, or None where there is none."""
        if self.script is None:
            return None
        record = self.ledger.jobs[self.script.id]
        cancels = tuple(Cancel(one.at - record.first_seen, one.message) for one in record.cancels)
        return row_at(self.script, max(0.0, self.now - record.first_seen), cancels=cancels)


def rest(visit: Visit) -> Reply:
    """Answer a request to one of the two REST routes."""
    if visit.identity in {Identity.UNKNOWN, Identity.LTI_TOOL}:
        return replies.bad_token()
    scopes = visit.installation.scopes
    if scopes is not None and visit.identity is Identity.CALLER and _SCOPES[visit.route.place] not in scopes:
        return replies.error(401, "Insufficient scopes on access token.")
    script, row = visit.script, visit.row
    if script is None or row is None:
        return replies.missing_record()
    return _show(visit, script, row) if visit.route.place is Place.SHOW else _cancel(visit, script)


def render(visit: Visit, script: Script, row: Row, *, lti_course: int | None = None) -> Reply:
    """Answer with the Progress, its ids as the client asked for them."""
    base = f"http://{visit.request.header('host') or 'canvas.example.edu'}"
    first_seen = visit.ledger.jobs[script.id].first_seen
    document: Json = progress_json(
        Shown(script=script, row=row, first_seen=first_seen, base=base, lti_course=lti_course)
    )
    return replies.json_reply(200, with_string_ids(document) if wants_string_ids(visit.request) else document)


def _show(visit: Visit, script: Script, row: Row) -> Reply:
    if visit.identity is Identity.ANONYMOUS and not script.public:
        return replies.unauthenticated()
    return render(visit, script, row) if script.readable else _denied(visit.installation)


def _cancel(visit: Visit, script: Script) -> Reply:
    """Fail the row whatever its state: Canvas has no guard here, and a missing message becomes null."""
    if visit.identity is Identity.ANONYMOUS:
        return replies.unauthenticated()
    if script.owner is None or script.owner != visit.installation.caller:
        return _denied(visit.installation)
    try:
        message = visit.request.parameter("message")
    except ValueError:
        return replies.page(400, "Bad Request")
    visit.ledger.cancel(script.id, Cancel(visit.now, message))
    row = visit.row
    return replies.missing_record() if row is None else render(visit, script, row)


def _denied(installation: Installation) -> Reply:
    document: Json = {"status": installation.denial_word, "errors": [{"message": installation.denial_text}]}
    return replies.json_reply(installation.denial_status, document)
