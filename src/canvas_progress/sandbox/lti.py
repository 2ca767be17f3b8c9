"""The LTI Progress service: another token, another order of checks and another shape of errors than the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import bearer, replies
from canvas_progress.sandbox.access import carried_token, lti_token_for
from canvas_progress.sandbox.ids import read_id
from canvas_progress.sandbox.installation import LTI_SCOPE
from canvas_progress.sandbox.progress import render
from canvas_progress.sandbox.routes import Api, Route

if TYPE_CHECKING:
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange
    from canvas_progress.sandbox.scripts import Script


def _show(exchange: Exchange) -> Reply:
    """Answer a request for a Progress of an assignment that is linked to the tool."""
    if problem := _token_problem(exchange):
        return replies.lti_error(401, problem)
    installation = exchange.scenario.installation
    id_ = read_id(exchange.parameters["course"])
    course = next((one for one in installation.lti_courses if one.id == id_), None)
    if course is None or course.concluded:
        return replies.missing_record()
    if not course.key_enabled:
        return replies.lti_error(401, "Invalid Developer Key")
    if not course.has_tool:
        return replies.lti_error(401, "Access Token not linked to a Tool associated with this Context")
    script = exchange.script
    if script is None or exchange.row is None:
        return replies.missing_record()
    return _job_refusal(script) or render(exchange, script, path=f"/api/lti/courses/{course.id}/progress")


def _token_problem(exchange: Exchange) -> str | None:
    """Return what is wrong with the token, then with its developer key, then with its scopes."""
    carried = carried_token(exchange.request)
    if carried is None:
        return "Missing access token"
    installation = exchange.scenario.installation
    known, scoped = installation.lti_key_active, installation.lti_scope
    if carried != lti_token_for(exchange.token):  # which is a token of this service without having been requested
        claims = bearer.verify(exchange.token, carried, host=exchange.host, now=exchange.now)
        if isinstance(claims, str):
            return claims
        known = known and any(tool.client_id == claims.get("sub") for tool in installation.lti_tools)
        scoped = scoped and LTI_SCOPE in str(claims.get("scopes")).split()
    if not known:
        return "Unknown or inactive Developer Key"
    return None if scoped else "Insufficient permissions"


def _job_refusal(script: Script) -> Reply | None:
    if script.context[0] != "Assignment":
        message = "Tool does not have permission to view a Progress not associated with an Assignment"
        return replies.lti_error(403, message)
    if not script.lti_linked:
        return replies.lti_error(422, "Progress associated with Assignment that isn't linked to this Tool")
    return None


ROUTES: Final = (Route("GET", "/api/lti/courses/:course/progress/:id", _show, Api.LTI),)
