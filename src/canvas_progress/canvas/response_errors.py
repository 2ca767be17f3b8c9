"""What an answer that is no job means: from status, header and the body's `status` to one of our errors.

Never from translated prose; the few English sentences compared here are hard-coded in Canvas.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from canvas_progress.canvas.response import in_short, shortened
from canvas_progress.core.credentials import ARGUMENTS, ENVIRONMENT, SANDBOX, adding
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CredentialError,
    NoSuchJobError,
    NotCanvasError,
    NotPermittedError,
    ServerError,
    ThrottledError,
)
from canvas_progress.core.kinds.progress import PROGRESS
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from canvas_progress.canvas.response import Response
    from canvas_progress.core.credentials import Access
    from canvas_progress.core.kinds.kind import Kind

_THROTTLED: Final = "Rate Limit Exceeded"
# The title of what stands in the place of a Canvas for a while. It only decides whether to wait for the first answer.
_MAINTENANCE: Final = r"(?i)maint[ae]n|manuten|wartung|onderhoud|unavailable|temporar|be (?:right )?back|503"
_UNKNOWN_RECORD: Final = "Couldn't find"  # Rails, where Canvas does not put it into its own words
_NO_SCOPE: Final = "Insufficient scopes on access token."
_LTI_NOT_PERMITTED: Final = frozenset(
    {"Insufficient permissions", "Access Token not linked to a Tool associated with this Context"}
)
_CHECK_BASE: Final = "is the base URL right? `canvas-progress profile list` shows it"


@record
class RequestContext:
    """What was requested where, for the messages: `what` in words, such as `progress 12`."""

    access: Access
    what: str
    course: int | None = None
    kind: Kind = PROGRESS

    @property
    def where(self) -> str:
        """The host, as users know it."""
        return self.access.base.netloc


def error_in(response: Response, context: RequestContext) -> CanvasProgressError | None:  # noqa: C901, PLR0911  # a table
    """Return what is wrong with an answer, None for a 2xx that is not a web page."""
    match response.status // 100, response.status:
        case 3, _:
            return _not_canvas(shortened(_redirection(response)), context)
        case (5, _) | (_, 408 | 425):  # the latter are a proxy's: the request came too slowly, or too early
            return ServerError(f"{context.where} answered {_in_short(response)}", retry_after=response.retry_after)
        case _, 429:
            return _throttled(response, context)
        case _, 403 if _THROTTLED in response.text:
            return _throttled(response, context)
        case _, 403:
            return _forbidden(response, context)
        case _ if response.is_html:
            page = f'it answered with a web page ("{response.said}")'
            return _not_canvas(page, context, stands_in=re.search(_MAINTENANCE, response.said) is not None)
        case 2, _:
            return None
        case _, 401:
            return _unauthorized(response, context)
        case _, 404:
            return _not_found(response, context)
        case _, 400 if _is_list_of_strings(response.json_object().get("errors")):  # of an account without such jobs
            return _not_permitted(response, context)
        case _, 422 if context.course is not None:
            return _not_permitted(response, context)
        case _:
            message = f"{context.where} gave an unexpected answer about {context.what}: {_in_short(response)}"
            return AnswerError(message)


def _is_list_of_strings(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)


def _throttled(response: Response, context: RequestContext) -> ThrottledError:
    """Return the error for a quota that is used up; or for a client that Canvas blocks, which it says alike."""
    why, hint = "its quota is used up for the moment", "run fewer programs at once with this token"
    if response.status == 403 and response.headers.get("x-rate-limit-remaining") == "0.0":  # noqa: PLR2004
        why = "no quota is left"
        hint = "if it goes on, Canvas may have this client on its block list: ask its administrator"
    message = f"{context.where} throttles {_credential(context)} ({response.status}): {why}"
    return ThrottledError(message, hint=hint, retry_after=response.retry_after)


def _unauthorized(response: Response, context: RequestContext) -> CanvasProgressError:
    body = response.json_object()
    if response.said == _NO_SCOPE:
        return NotPermittedError(
            f"the token of {context.access.name} lacks a scope for {context.what} on {context.where}",
            hint=f"its developer key needs {context.kind.scopes}",
        )
    is_credential = "www-authenticate" in response.headers or body.get("status") == "unauthenticated"
    is_lti = isinstance(body.get("errors"), dict)
    if is_credential or (is_lti and response.said not in _LTI_NOT_PERMITTED):
        return refused_credential(response, context)
    return _not_permitted(response, context)


def refused_credential(response: Response, context: RequestContext) -> CredentialError:
    """Return the error for a token that Canvas does not take, with the way to a new one."""
    expired = re.search(r'"expired_at"\s*:\s*"([0-9]{4}-[0-9]{2}-[0-9]{2})', response.text)
    why = f"expired {expired[1]}" if expired else response.said.rstrip(".") or "no reason given"
    if context.access.renewed is not None:
        hint = "is the tool's developer key on, has it the progress scope, and is the tool installed in this course?"
    elif context.course is not None:
        hint = "jobs of a course need a profile with the key of an LTI tool: `profile add --lti`"
    elif context.access.name == ENVIRONMENT:
        hint = "make a new token under Account, Settings, New access token, and put it into the variable"
    elif context.access.name == ARGUMENTS:
        hint = "make a new token under Account, Settings, New access token, and pass it as `token`"
    elif context.access.name == SANDBOX:
        hint = "this job of the sandbox shows what a token that ends looks like: there is none to renew"
    else:
        renew = adding(context.access.name, context.access.base)
        hint = f"make a new token under Account, Settings, New access token, then run {renew}"
    return CredentialError(f"{context.where} refused {_credential(context)} ({response.status}, {why})", hint=hint)


def _forbidden(response: Response, context: RequestContext) -> CanvasProgressError:
    if response.is_html or not response.json_object():
        return NotPermittedError(
            f"{context.where} refused the request before Canvas saw it ({_in_short(response)})",
            hint="a firewall or proxy in front of Canvas may do this: ask who runs it",
        )
    return _not_permitted(response, context)


def _not_permitted(response: Response, context: RequestContext) -> NotPermittedError:
    return NotPermittedError(f"{context.where} does not permit {context.what} to this user ({_in_short(response)})")


def _not_found(response: Response, context: RequestContext) -> CanvasProgressError:
    body = response.json_object()
    unknown = (_UNKNOWN_RECORD, context.kind.record or _UNKNOWN_RECORD)
    if "errors" not in body and not str(body.get("message")).startswith(unknown):
        # A proxy's, whose Canvas may be restarting: Canvas itself says it in JSON.
        return NotCanvasError(
            f"{context.where} answered 404, but not as Canvas does ({_in_short(response)})", hint=_CHECK_BASE
        )
    if '"not_found"' in response.text:  # Canvas's answer to a path that it has no route for
        error = NotCanvasError if context.kind.everywhere else NoSuchJobError  # the latter loses no other job
        return error(f"{context.access.base} has no {context.kind.title} API at that path (404)", hint=_CHECK_BASE)
    if context.course is not None:
        course = f"course {context.course} on {context.where}"
        return NoSuchJobError(f"there is no {context.what} in {course}, or the course is missing or concluded")
    return NoSuchJobError(f"there is no {context.what} on {context.where}, or it was deleted")


def _redirection(response: Response) -> str:
    if "location" not in response.headers:
        return f"it answered {response.status}"
    try:
        to = urlsplit(response.headers["location"])
    except ValueError:
        return "it redirects to no address at all"
    place = f"{to.scheme}://{to.netloc.rpartition('@')[2]}{to.path}" if to.hostname else to.path or "nowhere"
    return f"it redirects to {place}"


def _not_canvas(why: str, context: RequestContext, *, stands_in: bool = False) -> NotCanvasError:
    message = f"this does not look like a Canvas API at {context.access.base}: {why}"
    return NotCanvasError(message, hint=_CHECK_BASE, stands_in=stands_in)


def _credential(context: RequestContext) -> str:
    if context.access.name == ENVIRONMENT:
        return f"the token in the environment ({context.access.reason})"
    if context.access.name == ARGUMENTS:
        return "the token that was passed"
    return f"the token of profile `{context.access.name}`"


def _in_short(response: Response) -> str:
    words = in_short(response)
    report = response.json_object().get("error_report_id")
    if isinstance(report, int):
        words = f"{words}, error report {report}"
    request_id = response.headers.get("x-request-context-id")
    return f"{words}, request id {shortened(request_id)}" if request_id else words
