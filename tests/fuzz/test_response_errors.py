from __future__ import annotations

from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import TEXT, Json, json_of, mixture, spelled
from canvas_progress.canvas.lti.errors import TokenRequest, blames_the_clock, refusal
from canvas_progress.canvas.response import Response, without
from canvas_progress.canvas.response_errors import RequestContext, error_in, refused_credential
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.credentials import ENVIRONMENT, Access, LtiKey, Secret
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.wording import visible

TOKEN = Secret("7~topsecret0")
BASE = BaseUrl("https", "canvas.example.edu", 443)
ACCESSES = st.sampled_from([Access(BASE, TOKEN, "school", "-p"), Access(BASE, TOKEN, ENVIRONMENT, "CANVAS_URL")])
ASKED = st.builds(RequestContext, ACCESSES, st.just("progress 12"), st.none() | st.just(9))
BIDS = st.builds(
    TokenRequest,
    st.builds(LtiKey, st.just("10000000000003"), st.just("/keys/tool.pem"), st.none() | st.just("key-1")),
    st.just(f"{BASE}/login/oauth2/token"),
)
OFFERED = TokenRequest(LtiKey("1", "k"), f"{BASE}/x")
STATUSES = st.sampled_from([200, 302, 400, 401, 403, 404, 405, 408, 422, 429, 500, 503]) | st.integers(100, 999)
PLACES = mixture("https://", "//", "[", "]", ":", "@", "login", "?token=", TOKEN.reveal(), "a" * 300)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "text/html"]) | TEXT,
        "www-authenticate": TEXT,
        "location": PLACES,
        "retry-after": st.integers(0, 10**10).map(str) | TEXT,
        "date": TEXT,
        "x-request-context-id": TEXT | st.just("r" * 9000) | st.just(TOKEN.reveal()),
    },
)
SAYING = ("errors", "message", "error", "error_description", "status", "expired_at", "type")
WORDS = (
    "Rate Limit Exceeded",
    "unauthenticated",
    "unauthorized",
    "not_found",
    "Insufficient scopes on access token.",
    "Insufficient permissions",
    "2026-11-23T03:00:00Z",
    "invalid_request",
    "invalid_client",
    "invalid_scope",
    "JWS signature invalid",
    "JWK Error",
    "the 'aud' is wrong",
    "the 'exp' is past",
    "eyJhbGciOi.J9.x",
    TOKEN.reveal(),
    "no " * 500,
)
ANSWERS = st.builds(
    lambda value, random: spelled(value, random).encode("utf-8", "replace"),
    json_of(SAYING, st.sampled_from(WORDS) | TEXT | st.integers()),
    st.randoms(use_true_random=True),
)
BODIES = (
    ANSWERS
    | st.binary(max_size=40)
    | mixture("<html>", "<title>", "</title>", *WORDS).map(lambda page: page.encode("utf-8", "replace"))
)
DEEP = b'{"error":' + b"[" * 980 + b"]" * 980 + b"}"


def the_reply(status: int, headers: Json, body: bytes) -> Response:
    """Return an answer as those who judge it get it."""
    return without(Response(status, headers, body), TOKEN)


def fits(error: CanvasProgressError) -> bool:
    """Whether an error is fit to be shown: short, on one line, without the token and what a terminal obeys."""
    told = f"{error.message} {error.hint}"
    shown = visible(told)
    return len(error.message) <= 600 and len(told) <= 1200 and TOKEN.reveal() not in told and visible(shown) == shown


ABOUT_X = RequestContext(Access(BASE, TOKEN, "a"), "x")


@given(status=STATUSES, headers=HEADERS, body=BODIES, asked=ASKED)
@example(status=302, headers={"location": "/" * 9000}, body=b"", asked=ABOUT_X)
@example(status=302, headers={"location": "//[" * 9}, body=b"", asked=ABOUT_X)
@example(status=404, headers={"x-request-context-id": "r" * 9000}, body=b"", asked=ABOUT_X)
@example(status=403, headers={"x-request-context-id": "r" * 9000}, body=b"", asked=ABOUT_X)
@example(status=418, headers={}, body=b"<title>&#" + b"1" * 5000 + b";</title>", asked=ABOUT_X)
@example(status=500, headers={}, body=b'{"message":"' + b"\xff" * 9000 + b'"}', asked=ABOUT_X)
def test_any_answer_is_good_or_an_error_that_is_fit_to_be_shown(
    status: int, headers: dict[str, str], body: bytes, asked: RequestContext
) -> None:
    error = error_in(the_reply(status, headers, body), asked)
    assert error is None or fits(error)
    assert error is not None or 200 <= status < 300


@given(headers=HEADERS, body=BODIES, asked=ASKED)
def test_a_refused_credential_is_an_error_that_is_fit_to_be_shown(
    headers: dict[str, str], body: bytes, asked: RequestContext
) -> None:
    assert fits(refused_credential(the_reply(401, headers, body), asked))


@given(status=STATUSES, headers=HEADERS, body=BODIES, bid=BIDS)
@example(status=400, headers={}, body=DEEP, bid=OFFERED)
@example(
    status=400, headers={}, body=b'{"error":' + b"1" * 4400 + b"}", bid=TokenRequest(LtiKey("1", "k"), f"{BASE}/x")
)
def test_any_answer_without_an_lti_token_is_an_error_that_is_fit_to_be_shown(
    status: int, headers: dict[str, str], body: bytes, bid: TokenRequest
) -> None:
    reply = the_reply(status, headers, body)
    assert fits(refusal(reply, bid))
    assert not blames_the_clock(reply) or reply.json_object()["error"] == "invalid_request"


@given(seconds=st.integers(0, 999_999_999), status=st.sampled_from([429, 500, 502, 503, 504]), asked=ASKED)
def test_the_rest_that_a_server_asks_for_is_kept(seconds: int, status: int, asked: RequestContext) -> None:
    error = error_in(the_reply(status, {"retry-after": str(seconds)}, b""), asked)
    assert getattr(error, "retry_after", None) == seconds


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), random=st.randoms(use_true_random=True))
def test_nothing_of_an_assertion_is_repeated(words: list[str], random: Random) -> None:
    body = spelled({"error": "x", "error_description": " ".join([*words, "eyJ0eXAi.eyJpc3Mi.c2ln"])}, random)
    assert "eyJ" not in refusal(the_reply(400, {}, body.encode()), OFFERED).message
