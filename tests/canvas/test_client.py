from __future__ import annotations

import gzip
from collections.abc import Callable
from itertools import repeat

import httpx
import pytest

from canvas_doors import Unread
from canvas_progress.canvas.client import Canvas, Clients, HttpOptions
from canvas_progress.canvas.connection import Request
from canvas_progress.canvas.time_limits import Limits
from canvas_progress.core.answers import Exchange
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, Secret, Settings
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CredentialError,
    NetworkError,
    NotCanvasError,
    RefusedError,
    UnreadableJobError,
    UsageError,
)
from canvas_progress.core.refs import Target

BASE = parse_base_url("https://canvas.example.edu/lms")
JOB = Target("12", 12, BASE)
PROGRESS = b'{"id":12,"workflow_state":"running"}'
Handler = Callable[[httpx.Request], httpx.Response]


def a_canvas(handler: Handler, wire: HttpOptions | None = None) -> Canvas:
    transport = Unread(handler)
    given = wire or HttpOptions(lambda: 0.0)
    return Canvas(
        Access(BASE, Secret("marked-token"), "school"),
        HttpOptions(given.monotonic, given.on_exchange, transport, given.limits),
    )


def answering(status: int = 200, content: bytes = PROGRESS, **headers: str) -> Handler:
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, headers=spelled, stream=httpx.ByteStream(content))


def noting(seen: list[httpx.Request], handler: Handler) -> Handler:
    """Answer as this one does, and note what was asked."""

    def noted(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        return handler(request)

    return noted


@pytest.fixture
def seen() -> list[httpx.Request]:
    return []


@pytest.mark.parametrize(("course", "path"), [(None, "v1/progress/12"), (7, "lti/courses/7/progress/12")])
def test_a_read_is_a_get_below_the_base_with_token_and_user_agent(
    seen: list[httpx.Request], course: int | None, path: str
) -> None:
    assert a_canvas(noting(seen, answering())).read(Target("12", 12, BASE, course)).job.id == 12
    (request,) = seen
    assert (request.method, str(request.url)) == ("GET", f"https://canvas.example.edu/lms/api/{path}")
    assert request.headers["authorization"] == "Bearer marked-token"
    assert request.headers["user-agent"].startswith("canvas-progress/")


@pytest.mark.parametrize("path", ["/api/v1/courses/../../login", "/api/v1/./x", "/api/v1/%2e%2e/x"])
def test_nothing_is_sent_to_a_path_that_leads_out_of_the_base(seen: list[httpx.Request], path: str) -> None:
    with pytest.raises(RefusedError, match="would be looked for outside of https://"):
        a_canvas(noting(seen, answering())).find(Target("", 0, BASE, link=path))
    assert seen == []


def test_an_answer_about_another_job_is_none() -> None:
    with pytest.raises(UnreadableJobError, match="answered with progress 13 instead of progress 12"):
        a_canvas(answering(content=b'{"id":13,"workflow_state":"completed"}')).read(JOB)


def test_a_cancel_always_sends_its_message(seen: list[httpx.Request]) -> None:
    a_canvas(noting(seen, answering())).cancel(JOB, "wrong term & ü")
    (request,) = seen
    assert (request.method, request.url.path) == ("POST", "/lms/api/v1/progress/12/cancel")
    assert request.content == b"message=wrong+term+%26+%C3%BC"


def test_a_redirect_is_not_followed_and_its_query_not_told(seen: list[httpx.Request]) -> None:
    elsewhere = answering(302, location="https://login.elsewhere.org/saml?state=secret")
    with pytest.raises(NotCanvasError, match=r"redirects to https://login\.elsewhere\.org/saml$"):
        a_canvas(noting(seen, elsewhere)).read(JOB)
    assert [request.url.host for request in seen] == ["canvas.example.edu"]


def test_a_cookie_that_canvas_sets_is_not_sent_back(seen: list[httpx.Request]) -> None:
    canvas = a_canvas(noting(seen, answering(set_cookie="_session=1; path=/")))
    canvas.read(JOB)
    canvas.read(JOB)
    assert [request.headers.get("cookie") for request in seen] == [None, None]


def test_headers_tell_the_caller_and_the_quota() -> None:
    about = a_canvas(answering(x_canvas_user_id="89000000000004668", x_rate_limit_remaining="611.5")).read(JOB).about
    assert (about.user_id, about.quota) == (89000000000004668, 611.5)


def test_a_compressed_answer_is_read() -> None:
    handler = answering(content=gzip.compress(PROGRESS), content_encoding="gzip")
    assert a_canvas(handler).read(JOB).job.state == "running"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not valid JSON"),
        (b'{"id":12,"workf', "not valid JSON"),
        (b"[]", "not an object"),
        (b'{"errors":[]}', "not a Progress"),
        (b'{"id":12,"workflow_state":"\xff"}', "not UTF-8"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_an_answer_that_is_no_progress_is_named_as_such(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableJobError, match=f"canvas.example.edu made no sense about progress 12: .*{why}"):
        a_canvas(answering(content=content)).read(JOB)


def test_a_broken_compression_is_an_answer_without_sense() -> None:
    with pytest.raises(AnswerError, match="cannot be unpacked"):
        a_canvas(answering(content=b"not gzip", content_encoding="gzip")).read(JOB)


@pytest.mark.parametrize(("timeout", "seconds"), [(None, 120), (5, 20)])
def test_an_answer_that_drips_for_ever_is_cut_off_in_proportion_to_the_timeout_of_the_profile(
    timeout: float | None, seconds: int
) -> None:
    time = iter(range(0, 10_000, 9))
    transport = Unread(lambda _: httpx.Response(200, content=repeat(b" ")))
    access = Access(BASE, Secret("marked-token"), "school", settings=Settings(timeout=timeout))
    with pytest.raises(NetworkError, match=f"still answering after {seconds} s"):
        Canvas(access, HttpOptions(lambda: float(next(time)), transport=transport)).read(JOB)


def test_each_exchange_is_told_without_token_or_query() -> None:
    told: list[Exchange] = []
    clock = iter([0.0, 0.0, 0.001, 0.02, 0.035, 0.04])
    wire = HttpOptions(lambda: next(clock, 0.04), told.append)
    a_canvas(answering(x_request_cost="0.02", x_rate_limit_remaining="600"), wire).read(JOB)
    assert [(e.method, e.path, e.status, e.cost, e.quota) for e in told] == [
        ("GET", "/api/v1/progress/12", 200, 0.02, 600.0)
    ]
    assert "marked" not in repr(told)


def test_an_exchange_without_an_answer_is_told_too() -> None:
    told: list[Exchange] = []

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(NetworkError):
        a_canvas(handler, HttpOptions(lambda: 0.0, told.append)).read(JOB)
    assert [exchange.status for exchange in told] == [None]


def test_the_check_takes_the_404_of_a_missing_record_for_proof() -> None:
    missing = b'{"errors":[{"message":"The specified resource does not exist."}]}'
    handler = answering(404, missing, content_type="application/json", x_canvas_user_id="7")
    assert a_canvas(handler).check().user_id == 7


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (401, b'{"errors":[{"message":"Invalid access token."}]}', CredentialError),
        (404, b"<html><title>Not here</title>", NotCanvasError),
        (404, b'{"errors":[{"message":"An error occurred.","error_code":"not_found"}]}', NotCanvasError),
        (200, b"<html><title>Welcome</title>", NotCanvasError),
    ],
)
def test_the_check_fails_for_everything_else(status: int, content: bytes, error: type[CanvasProgressError]) -> None:
    with pytest.raises(error):
        a_canvas(answering(status, content, www_authenticate="Bearer")).check()


def test_the_token_is_in_no_repr_of_what_knows_it() -> None:
    access = Access(BASE, Secret("marked-token"), "school")
    assert "marked" not in repr(access) + str(access) + repr(a_canvas(answering()))


@pytest.mark.parametrize(
    ("timeout", "limits"),
    [
        (None, Limits(connect=10.0, read=30.0, whole=120.0)),
        (5.0, Limits(connect=5.0, read=5.0, whole=20.0)),
        (300.0, Limits(connect=10.0, read=300.0, whole=1200.0)),
        (float("inf"), Limits(connect=10.0, read=86_400.0, whole=345_600.0)),
    ],
)
def test_the_timeout_of_a_profile_limits_the_wait_for_a_byte_and_bounds_the_rest(
    timeout: float | None, limits: Limits
) -> None:
    assert Limits().scaled_to(timeout) == limits


def test_a_setting_that_makes_no_sense_is_told_before_anything_is_asked() -> None:
    access = Access(BASE, Secret("marked-token"), "school", settings=Settings(ca_bundle="/no/such.pem"))
    with pytest.raises(UsageError, match=r"`ca_bundle` of profile `school` cannot be used: /no/such\.pem"):
        Clients((access,), HttpOptions(lambda: 0.0))


def test_a_request_shows_its_token_in_no_repr() -> None:
    assert "marked" not in repr(Request("GET", "/", "it", {"Authorization": "marked"}, {"message": "marked"}))


@pytest.mark.parametrize("account", ["a" * 70_000, "\udcff"])
def test_an_address_that_no_request_can_carry_is_refused_and_nothing_is_sent(
    seen: list[httpx.Request], account: str
) -> None:
    with pytest.raises(RefusedError, match=r"canvas\.example\.edu cannot be sent a request about") as caught:
        a_canvas(noting(seen, answering())).read(
            Target("5", 5, BASE, collection=f"/api/v1/accounts/{account}/sis_imports")
        )
    assert seen == []
    assert len(caught.value.message) < 400
