from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from canvas_doors import Unread
from canvas_progress.canvas.client import Canvas, HttpOptions
from canvas_progress.canvas.response import Response
from canvas_progress.canvas.response_errors import RequestContext, error_in
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.credentials import ENVIRONMENT, SANDBOX, Access, Secret
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
from canvas_progress.core.kinds.outcome_import import OUTCOME_IMPORT
from canvas_progress.core.refs import Target
from cases import table

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN: Final = "7~topsecret"
BASE: Final = BaseUrl("https", "canvas.example.edu", 443)
PROFILE: Final = Access(BASE, Secret(TOKEN), "school", "-p")
IN_ENVIRONMENT: Final = Access(BASE, Secret(TOKEN), ENVIRONMENT, "CANVAS_URL and CANVAS_TOKEN")
ASKED: Final = RequestContext(PROFILE, "progress 12")
LTI: Final = RequestContext(PROFILE, "progress 12", course=9)
REALM: Final = {"www-authenticate": 'Bearer realm="canvas-lms"'}
JSON: Final = {"content-type": "application/json; charset=utf-8"}
TEXT: Final = {"content-type": "text/plain; charset=utf-8"}
HTML: Final = {"content-type": "text/html"}


def a_reply(status: int, body: object, headers: Mapping[str, str] = JSON) -> Response:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Response(status, headers, content)


def judged(
    status: int, body: object = "", headers: Mapping[str, str] = JSON, asked: RequestContext = ASKED
) -> CanvasProgressError:
    error = error_in(a_reply(status, body, headers), asked)
    assert error is not None
    return error


def errors(message: str, **more: object) -> dict[str, object]:
    """Write the usual shape of Canvas's errors."""
    return {"errors": [{"message": message}], **more}


def lti_errors(kind: str, message: str) -> dict[str, object]:
    """Write the shape of the errors of Canvas's LTI endpoints."""
    return {"errors": {"type": kind, "message": message}}


SCOPES = "Insufficient scopes on access token."
DENIED = errors("user not authorized to perform that action", status="unauthorized")
TRANSLATED = errors("Benutzer nicht berechtigt", status="nicht berechtigt")
MISSING = errors("The specified resource does not exist.")
NO_ROUTE = {"errors": [{"message": "An error occurred.", "error_code": "not_found"}], "error_report_id": 5}

OF_A_TOKEN: list[tuple[int, object, dict[str, str], type[CanvasProgressError]]] = [
    (401, errors("user authorization required", status="unauthenticated"), REALM, CredentialError),
    (401, errors("user authorization required", status="unauthenticated"), {}, CredentialError),
    (401, errors("Invalid access token."), REALM, CredentialError),
    (401, {"errors": [{"message": "Expired access token.", "expired_at": "2026-08-01T"}]}, REALM, CredentialError),
    (401, errors("Revoked access token."), REALM, CredentialError),
    (401, errors("Insufficient scopes on access token."), {}, NotPermittedError),
    (401, errors("Insufficient scopes on access token.", error_report_id=5), {}, NotPermittedError),
    (401, DENIED, {}, NotPermittedError),
    (401, TRANSLATED, {}, NotPermittedError),
    (403, DENIED, {}, NotPermittedError),
    (403, TRANSLATED, {}, NotPermittedError),
    (401, {"errors": "Invalid as_user_id"}, {}, NotPermittedError),
    (401, {"errors": "Cannot change masquerade"}, {}, NotPermittedError),
    (401, errors("verify your email", status="unverified"), {}, NotPermittedError),
    (403, {"error": "Forbidden", "message": "no valid user agent"}, {}, NotPermittedError),
    (403, "", {}, NotPermittedError),
]
OF_OTHER_KINDS: list[tuple[int, object, dict[str, str], type[CanvasProgressError]]] = [
    (404, MISSING, {}, NoSuchJobError),
    (404, errors("The specified resource does not exist.", error_report_id=5), {}, NoSuchJobError),
    (404, NO_ROUTE, {}, NotCanvasError),
    (404, {"message": "Couldn't find OutcomeImport with 'id'=77"}, {}, NoSuchJobError),
    (404, {"message": "no Route matched with those values"}, {}, NotCanvasError),
    (400, errors("message is missing"), {}, AnswerError),
    (400, {"errors": {"message": [{"attribute": "message", "message": "too long"}]}}, {}, AnswerError),
    (400, "bad request", TEXT, AnswerError),
    (406, errors("An error occurred."), {}, AnswerError),
    (422, errors("An error occurred."), {}, AnswerError),
    (500, errors("An error occurred.", error_report_id=5), {}, ServerError),
    (500, "", {}, ServerError),
    (502, "<html><title>502 Bad Gateway</title></html>", HTML, ServerError),
    (503, "<html><title>Maintenance</title></html>", HTML, ServerError),
    (504, "", {}, ServerError),
    (408, "<html><title>408 Request Timeout</title></html>", HTML, ServerError),
    (425, "", {}, ServerError),
    (403, "403 Forbidden (Rate Limit Exceeded)\n", TEXT, ThrottledError),
    (429, "429 Too Many Requests (Rate Limit Exceeded)\n", TEXT, ThrottledError),
    (429, "", {}, ThrottledError),
    (429, "<html>slow down</html>", HTML, ThrottledError),
    (301, "", {"location": "https://canvas.example.edu/login"}, NotCanvasError),
    (302, "<html>", HTML, NotCanvasError),
    (304, "", {}, NotCanvasError),
    (200, "<html><title>Welcome</title></html>", HTML, NotCanvasError),
    (200, "<!DOCTYPE html>", JSON, NotCanvasError),
    (401, "<html><title>Log in</title></html>", HTML, NotCanvasError),
    (404, "<html><title>Not here</title></html>", HTML, NotCanvasError),
    (403, "<html><title>Blocked</title></html>", HTML, NotPermittedError),
]
EVERY_ROW = OF_A_TOKEN + OF_OTHER_KINDS

OF_LTI: list[tuple[int, object, type[CanvasProgressError]]] = [
    *((401, lti_errors("unauthorized", message), CredentialError) for message in (
        "Missing access token",
        "Invalid access token format",
        "Invalid access token signature",
        "Access token signature algorithm not allowed",
        "Access token expired",
        "Invalid access token field/s: the 'aud' is invalid",
        "Access token invalid - signature likely incorrect",
        "Unknown or inactive Developer Key",
        "Invalid Developer Key",
    )),
    (401, lti_errors("unauthorized", "Insufficient permissions"), NotPermittedError),
    (
        401,
        lti_errors("unauthorized", "Access Token not linked to a Tool associated with this Context"),
        NotPermittedError,
    ),
    (404, MISSING, NoSuchJobError),
    (403, lti_errors("forbidden", "Tool does not have permission to view a Progress"), NotPermittedError),
    (422, lti_errors("unprocessable_entity", "Assignment that isn't linked to this Tool"), NotPermittedError),
    (504, lti_errors("gateway_timeout", "failed to communicate with file service"), ServerError),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "headers", "kind"), EVERY_ROW)
def test_each_answer_of_canvas_means_one_of_our_errors_which_names_the_host(
    status: int, body: object, headers: dict[str, str], kind: type[CanvasProgressError]
) -> None:
    error = judged(status, body, headers)
    assert type(error) is kind
    assert "canvas.example.edu" in error.message


@pytest.mark.parametrize(("status", "body", "kind"), OF_LTI)
def test_each_answer_of_the_lti_endpoint_means_one_of_our_errors(
    status: int, body: object, kind: type[CanvasProgressError]
) -> None:
    assert type(judged(status, body, asked=LTI)) is kind


def repeating(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return the same answer with the token in whatever a person would read there."""
    if isinstance(value, str):
        return value.replace("<title>", f"<title>{TOKEN} ") if "<" in value else f"{value} {TOKEN}"
    if isinstance(value, list):
        return [repeating(item) for item in value]
    return {key: repeating(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(("status", "body", "headers", "_"), EVERY_ROW)
@pytest.mark.parametrize("access", [PROFILE, IN_ENVIRONMENT])
def test_no_error_shows_the_token_though_the_answer_repeats_it(
    status: int, body: object, headers: dict[str, str], _: object, access: Access
) -> None:
    said = repeating(body)
    location = {"location": f"https://canvas.example.edu/{TOKEN}"} if status // 100 == 3 else {}
    response = httpx.Response(
        status,
        headers=JSON | headers | location | {"x-request-context-id": TOKEN},
        stream=httpx.ByteStream((said if isinstance(said, str) else json.dumps(said)).encode()),
    )
    canvas = Canvas(access, HttpOptions(lambda: 0.0, transport=Unread(lambda _: response)))
    with pytest.raises(CanvasProgressError) as caught:
        canvas.read(Target("12", 12, BASE))
    error = caught.value
    assert "topsecret" not in f"{error!r} {error.message} {error.hint}"


@pytest.mark.parametrize("status", [200, 201, 204])
@pytest.mark.parametrize("body", ["", "{}", "no"])
def test_a_success_that_is_no_web_page_is_no_error(status: int, body: str) -> None:
    assert error_in(a_reply(status, body), ASKED) is None


REFUSED = (401, errors("Invalid access token."), REALM)
BY_ENVIRONMENT = (401, errors("Invalid access token."), REALM, RequestContext(IN_ENVIRONMENT, "progress 12"))
EXPIRED = {"errors": [{"message": "Expired access token.", "expired_at": "2026-08-01T06:00:00Z"}]}
WELCOME = "<html><title>Welcome to Example U</title></html>"
BLOCKED = "<html><title>Blocked</title></html>"
BELOW = Access(BaseUrl("https", "example.edu", 8443, "/canvas"), Secret(TOKEN), "school")
NO_API = "this does not look like a Canvas API at https://canvas.example.edu: "


@table(
    "answer message hint",
    {
        "refused token": (
            REFUSED,
            "canvas.example.edu refused the token of profile `school` (401, Invalid access token)",
            "`canvas-progress profile add school --url https://canvas.example.edu`",
        ),
        "refused token of the environment": (
            BY_ENVIRONMENT,
            "the token in the environment (CANVAS_URL and CANVAS_TOKEN)",
            "put it into the variable",
        ),
        "refused token of the sandbox": (
            (401, EXPIRED, REALM, RequestContext(Access(BASE, Secret(TOKEN), SANDBOX), "progress 76")),
            "the token of profile `sandbox`",
            "there is none to renew",
        ),
        "expired token": ((401, EXPIRED, REALM), "(401, expired 2026-08-01)", ""),
        "refused token, no reason": ((401, "", REALM), "(401, no reason given)", ""),
        "missing scope to read": ((401, errors(SCOPES)), "", "url:GET|/api/v1/progress/:id"),
        "missing scope to cancel": ((401, errors(SCOPES)), "", "url:POST|/api/v1/progress/:id/cancel"),
        **{
            f"no permission {status}": (
                (status, TRANSLATED),
                f"canvas.example.edu does not permit progress 12 to this user ({status}: Benutzer nicht berechtigt)",
                "",
            )
            for status in (401, 403)
        },
        "refused in front of Canvas": (
            (403, BLOCKED, HTML),
            "canvas.example.edu refused the request before Canvas saw it (403: Blocked)",
            "firewall",
        ),
        "throttled for a while": (
            (403, "403 Forbidden (Rate Limit Exceeded)", TEXT | {"x-rate-limit-remaining": "12.5"}),
            "throttles the token of profile `school` (403): its quota is used up for the moment",
            "run fewer programs at once with this token",
        ),
        "throttled without any quota": (
            (403, "403 Forbidden (Rate Limit Exceeded)", TEXT | {"x-rate-limit-remaining": "0.0"}),
            "throttles the token of profile `school` (403): no quota is left",
            "Canvas may have this client on its block list",
        ),
        "missing job": ((404, MISSING), "there is no progress 12 on canvas.example.edu, or it was deleted", ""),
        "missing job in a course": ((404, MISSING, JSON, LTI), "in course 9", ""),
        "missing job in a course that may be over": ((404, MISSING, JSON, LTI), "concluded", ""),
        "no latest one": (
            (
                404,
                {"message": "OutcomeImport"},
                JSON,
                RequestContext(PROFILE, "latest import", kind=OUTCOME_IMPORT),
            ),
            "there is no latest import on canvas.example.edu",
            "",
        ),
        "another kind's words": ((404, {"message": "OutcomeImport"}), "answered 404, but not as Canvas does", "URL"),
        "no route": ((404, NO_ROUTE), "https://canvas.example.edu has no Progress API", "is the base URL right?"),
        "no route below a path": (
            (404, NO_ROUTE, JSON, RequestContext(BELOW, "progress 12")),
            "https://example.edu:8443/canvas",
            "",
        ),
        "request id": (
            (500, errors("An error occurred."), {"x-request-context-id": "a1b2-c3"}),
            "canvas.example.edu answered 500: An error occurred, request id a1b2-c3",
            "",
        ),
        "unexpected": ((418, "teapot", TEXT), "unexpected answer about progress 12: 418: teapot", ""),
        "web page": ((200, WELCOME, HTML), f'{NO_API}it answered with a web page ("Welcome to Example U")', ""),
    },
)
def test_an_error_is_told_with_what_is_known_of_it_and_what_to_do(
    answer: tuple[Any, ...], message: str, hint: str
) -> None:
    error = judged(*answer)
    assert message in error.message
    assert hint in str(error.hint)


@pytest.mark.parametrize("access", [PROFILE, IN_ENVIRONMENT])
def test_a_throttled_token_is_told_with_where_it_comes_from(access: Access) -> None:
    message = judged(429, asked=RequestContext(access, "progress 12")).message
    assert ("`school`" in message) == (access is PROFILE)
    assert ("CANVAS_TOKEN" in message) == (access is IN_ENVIRONMENT)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_wait_that_the_server_asks_for_is_kept(status: int) -> None:
    error = judged(status, "", {"retry-after": "17"})
    assert isinstance(error, ThrottledError | ServerError)
    assert error.retry_after == 17


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html><title>502 Bad Gateway</title></html>", "502: Bad Gateway"),
        ("<html><title>Down for maintenance.</title></html>", "502: Down for maintenance"),
        ("<html><title>502</title></html>", "502"),
        ("", "502"),
    ],
)
def test_an_error_of_the_server_is_told_in_short_and_its_status_once(body: str, words: str) -> None:
    assert judged(502, body).message == f"canvas.example.edu answered {words}"


@pytest.mark.parametrize(
    ("title", "stands_in"),
    [
        ("Canvas is down for maintenance", True),
        ("Scheduled Maintenance", True),
        ("Wartungsarbeiten", True),
        ("Service Temporarily Unavailable", True),
        ("We'll be right back", True),
        ("503 Service", True),
        ("Log In to Canvas", False),
        ("Welcome to nginx!", False),
        ("Page not found", False),
    ],
)
def test_a_page_that_stands_in_for_a_canvas_that_is_down_is_known_by_its_title(title: str, *, stands_in: bool) -> None:
    error = judged(200, f"<html><head><title>{title}</title></head></html>", HTML)
    assert isinstance(error, NotCanvasError)
    assert error.stands_in is stands_in


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("https://[::1", "no address at all"),
        ("::", "::"),
        ("https://ann:marked@login.example.org:8443/saml?t=marked", "https://login.example.org:8443/saml"),
        ("https://sso.example.edu/login", "https://sso.example.edu/login"),
        ("https://sso.example.edu/login?token=topsecret#x", "https://sso.example.edu/login"),
        ("https://ann:topsecret@sso.example.edu/", "https://sso.example.edu/"),
        ("/login/canvas", "/login/canvas"),
        ("", "nowhere"),
    ],
)
def test_a_redirect_is_told_with_where_it_leads_but_not_with_its_query_or_user(location: str, place: str) -> None:
    error = judged(302, "", {"location": location})
    assert error.message == (
        f"this does not look like a Canvas API at https://canvas.example.edu: it redirects to {place}"
    )


@pytest.mark.parametrize("body", [MISSING, NO_ROUTE, DENIED])
def test_what_the_english_prose_says_does_not_decide_who_may_read(body: object) -> None:
    assert type(judged(403, body)) is NotPermittedError
