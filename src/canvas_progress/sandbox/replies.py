"""The bodies Canvas and the machines in front of it answer with, apart from the Progress itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from canvas_progress.sandbox.messages import Delivery, Headers, Json

JSON_TYPE: Final = "application/json; charset=utf-8"
HTML_TYPE: Final = "text/html; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
_UNPROCESSABLE: Final = 422
CHALLENGE: Final = (("www-authenticate", 'Bearer realm="canvas-lms"'),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, without the headers that every answer has."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Headers = ()
    from_edge: bool = False  # made in front of Canvas, hence without Canvas's own headers
    delivery: Delivery = Delivery.WHOLE
    extra_cost: float = 0.0  # units of the throttle, beside those of every request


def json_reply(status: int, document: Json, *, headers: Headers = ()) -> Reply:
    """Render JSON as Rails does, with `<`, `>` and `&` escaped."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Reply(status=status, body=text.encode("utf-8", "replace"), headers=headers)


def error(status: int, message: str, *, headers: Headers = ()) -> Reply:
    """Answer with the usual list of one message."""
    return json_reply(status, {"errors": [{"message": message}]}, headers=headers)


def bad_token(message: str = "Invalid access token.", *, expired_at: str | None = None) -> Reply:
    """Refuse a token, with the header that marks a credential problem."""
    problem: dict[str, Json] = {"message": message}
    if expired_at is not None:
        problem["expired_at"] = expired_at
    return json_reply(401, {"errors": [problem]}, headers=CHALLENGE)


def unauthenticated() -> Reply:
    """Require a token."""
    document: Json = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
    return json_reply(401, document, headers=CHALLENGE)


def missing_record() -> Reply:
    """Answer that no row has that id."""
    return error(404, "The specified resource does not exist.")


def generic_error(status: int, *, report: int | None = None) -> Reply:
    """Answer as Canvas does for an exception that it has no words for."""
    document: dict[str, Json] = {"errors": [{"message": "An error occurred.", "error_code": symbol(status)}]}
    if report is not None:
        document["error_report_id"] = report
    return json_reply(status, document)


def symbol(status: int) -> str:
    """Return Rails' name of a status; Python 3.13 has another one for 422."""
    return "unprocessable_entity" if status == _UNPROCESSABLE else HTTPStatus(status).name.lower()


def lti_error(status: int, message: str) -> Reply:
    """Answer in the shape of the LTI services: an object instead of a list."""
    return json_reply(status, {"errors": {"type": symbol(status), "message": message}})


def throttled(status: int, retry_after: str | None) -> Reply:
    """Refuse a request as the throttle does."""
    headers = (("retry-after", retry_after),) if retry_after is not None else ()
    text = f"{status} {HTTPStatus(status).phrase} (Rate Limit Exceeded)\n"
    return Reply(status=status, body=text.encode(), content_type=TEXT_TYPE, headers=headers)


def no_user_agent() -> Reply:
    """Refuse a request without a User-Agent, as the edge of hosted Canvas does."""
    message = "You are not authorized to access this site because you have not provided a valid user agent."
    body = json.dumps({"error": "Forbidden", "message": message}).encode()
    return Reply(status=403, body=body, from_edge=True)


def page(status: int, title: str, *, from_edge: bool = False, headers: Headers = ()) -> Reply:
    """Answer with an HTML page."""
    html = (
        f"<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n"
        f"<body>\n<h1>{title}</h1>\n<p>This page was made up by a sandbox.</p>\n</body>\n</html>\n"
    )
    return Reply(status=status, body=html.encode(), content_type=HTML_TYPE, headers=headers, from_edge=from_edge)


def redirect(status: int, location: str) -> Reply:
    """Send the client elsewhere."""
    return page(status, HTTPStatus(status).phrase, from_edge=True, headers=(("location", location),))
