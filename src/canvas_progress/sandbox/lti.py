"""The LTI Progress service: another token, another order of checks and another shape of errors than the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.sandbox import bearer, replies
from canvas_progress.sandbox.access import carried_token, lti_token_for
from canvas_progress.sandbox.controller import Visit, render
from canvas_progress.sandbox.installation import LTI_SCOPE

if TYPE_CHECKING:
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.scripts import Script


def service(visit: Visit) -> Reply:
    """Answer a request for a Progress of an assignment that is linked to the tool."""
    script, row = visit.script, visit.row
    refusal = _token_refused(visit) or _course_refused(visit)
    if refusal is not None:
        return refusal
    if script is None or row is None:
        return replies.missing_record()
    return _job_refused(script) or render(visit, script, row, lti_course=visit.route.course)


def _token_refused(visit: Visit) -> Reply | None:
    problem = _token_problem(visit)
    return None if problem is None else replies.lti_error(401, problem)


def _token_problem(visit: Visit) -> str | None:
    """Return what is wrong with the token, then with its developer key, then with its scopes."""
    carried = carried_token(visit.request)
    if carried is None:
        return "Missing access token"
    known, scoped = visit.installation.lti_key_active, visit.installation.lti_scope
    if carried != lti_token_for(visit.token):  # which is a token of this service without having been asked for
        host = visit.request.header("host") or "canvas.example.edu"
        if problem := bearer.refusal(visit.token, carried, host=host, now=visit.now):
            return problem
        jwt = bearer.read_jwt(carried)
        claims = {} if jwt is None else jwt.claims
        known = known and any(tool.client_id == claims.get("sub") for tool in visit.installation.lti_tools)
        scoped = scoped and LTI_SCOPE in str(claims.get("scopes")).split()
    if not known:
        return "Unknown or inactive Developer Key"
    return None if scoped else "Insufficient permissions"


def _course_refused(visit: Visit) -> Reply | None:
    course = next((one for one in visit.installation.lti_courses if one.id == visit.route.course), None)
    if course is None or course.concluded:
        return replies.missing_record()
    if not course.key_enabled:
        return replies.lti_error(401, "Invalid Developer Key")
    if not course.has_tool:
        return replies.lti_error(401, "Access Token not linked to a Tool associated with this Context")
    return None


def _job_refused(script: Script) -> Reply | None:
    if script.context_type != "Assignment":
        message = "Tool does not have permission to view a Progress not associated with an Assignment"
        return replies.lti_error(403, message)
    if not script.lti_linked:
        return replies.lti_error(422, "Progress associated with Assignment that isn't linked to this Tool")
    return None
