"""The LTI Progress service: another token, another order of checks and another shape of errors than the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.access import Identity, carried_token
from canvas_progress.sandbox.controller import Visit, render

if TYPE_CHECKING:
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.scripts import Script

_JWT_DOTS: Final = 2


def service(visit: Visit) -> Reply:
    """Answer a request for a Progress of an assignment that is linked to the tool."""
    script, row = visit.script, visit.row
    refusal = _token_refused(visit) or _course_refused(visit)
    if refusal is not None:
        return refusal
    if script is None or row is None:
        return replies.missing_record()
    return _job_refused(script) or render(visit, script, row, lti_course=visit.route.course)


def bad_token(visit: Visit) -> Reply | None:
    """Refuse a request without a token of this service, in words that depend on what it carries instead."""
    if visit.identity is Identity.LTI_TOOL:
        return None
    if visit.identity is Identity.ANONYMOUS:
        return replies.lti_error(401, "Missing access token")
    like_a_jwt = (carried_token(visit.request) or "").count(".") == _JWT_DOTS
    return replies.lti_error(401, f"Invalid access token {'signature' if like_a_jwt else 'format'}")


def _token_refused(visit: Visit) -> Reply | None:
    refusal = bad_token(visit)
    if refusal is not None:
        return refusal
    if not visit.installation.lti_key_active:
        return replies.lti_error(401, "Unknown or inactive Developer Key")
    return None if visit.installation.lti_scope else replies.lti_error(401, "Insufficient permissions")


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
