from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from canvas_progress.canvas.response import Response, without
from canvas_progress.core.answers import About
from canvas_progress.core.credentials import Secret
from canvas_progress.core.wording import MASK

ECHOED = b"<html><title>no user for 7&#126;topsecret here</title></html>"
DATE = "Mon, 23 Nov 2026 03:00:00 GMT"


def a_reply(body: object = b"", *, status: int = 404, **headers: str) -> Response:
    """Make an answer; a header's dashes are written as underscores, and a body that is not bytes becomes JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, content, 12.5)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errors": [{"message": "The specified resource does not exist."}]}, "The specified resource does not exist."),
        (
            {"errors": [{"message": "An error occurred.", "error_code": "bad_gateway"}], "error_report_id": 7},
            "An error occurred.",
        ),
        ({"status": "unauthenticated", "errors": [{"message": "please log in"}]}, "please log in"),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two"),
        ({"errors": "Invalid as_user_id", "merged_into_user_id": 9}, "Invalid as_user_id"),
        ({"errors": {"base": "cannot do that"}}, "cannot do that"),
        ({"errors": {"type": "unauthorized", "message": "Access token expired"}}, "Access token expired"),
        (
            {"errors": {"name": [{"attribute": "name", "type": "too_long", "message": "is too long"}]}},
            "name: is too long",
        ),
        ({"errors": {"a": ["no"], "b": ["neither", "nor"]}}, "a: no; b: neither; b: nor"),
        ({"errors": ["no", "never"]}, "no; never"),
        ({"message": "user_id is missing"}, "user_id is missing"),
        ({"error": "Forbidden", "message": "no valid user agent"}, "no valid user agent"),
        ({"error": "invalid_client", "error_description": "unknown client"}, "unknown client"),
        ({"error": "just so"}, "just so"),
        ("cannot set both", "cannot set both"),
        (["no"], "no"),
        ({"errors": [], "message": "no"}, "no"),
        ({"errors": None, "error": "no"}, "no"),
        ({"status": "unauthorized"}, ""),
        ({}, ""),
        ([], ""),
        (5, ""),
        (None, ""),
        ("  ", ""),
        ({"errors": {"a": 5, "b": True}}, ""),
        ({"a": {"b": {"c": {"d": {"e": {"f": "too deep"}}}}}}, ""),
    ],
)
def test_every_shape_of_errors_is_read_as_one_line(body: object, said: str) -> None:
    assert a_reply(body).said == said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"403 Forbidden (Rate Limit Exceeded)\n", "403 Forbidden (Rate Limit Exceeded)"),
        (b"cannot set both\n  of them", "cannot set both of them"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"errors":', '{"errors":'),
    ],
)
def test_what_is_no_json_is_quoted_on_one_line(body: bytes, said: str) -> None:
    assert a_reply(body).said == said


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<html><head><title>502 Bad Gateway</title></head><body>much more</body></html>", "502 Bad Gateway"),
        ('<!DOCTYPE html><TITLE lang="en">\n  Page\n  not found </TITLE>', "Page not found"),
        ("<title>Log in &amp; learn</title>", "Log in & learn"),
        ("<html><body>no title</body></html>", "a web page"),
        ("  \n<h1>It works!</h1>", "a web page"),
    ],
)
def test_a_web_page_is_reduced_to_its_title(page: str, said: str) -> None:
    assert a_reply(page.encode()).said == said


def test_prose_without_end_is_cut_short() -> None:
    said = a_reply({"message": "no " * 1000}).said
    assert len(said) == 200
    assert said.endswith("…")


def test_prose_of_200_characters_is_not_cut() -> None:
    assert a_reply({"message": "n" * 200}).said == "n" * 200


def test_errors_nested_without_end_are_no_crash() -> None:
    assert a_reply(b'{"errors":' + b"[" * 100_000).said.startswith('{"errors":[[[')


@pytest.mark.parametrize("label", ["text/html", "text/html; charset=utf-8", "TEXT/HTML", "application/xhtml+xml"])
def test_a_page_is_known_by_its_label(label: str) -> None:
    assert a_reply(b"please log in", content_type=label).is_html


@pytest.mark.parametrize("body", [b"<html>", b"  \r\n<!doctype html>"])
def test_a_page_is_known_by_its_looks_under_any_label(body: bytes) -> None:
    assert a_reply(body, content_type="application/json").is_html


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"no", b'{"message":"<html>"}'])
def test_anything_else_is_no_page(body: bytes) -> None:
    assert not a_reply(body, content_type="application/json; charset=utf-8").is_html


def test_the_headers_tell_the_date_the_user_the_cost_and_the_quota() -> None:
    reply = a_reply(
        date=DATE, x_canvas_user_id="89000000000004669", x_request_cost="0.0103", x_rate_limit_remaining="699.5"
    )
    assert reply.about == About(
        date=datetime(2026, 11, 23, 3, tzinfo=UTC), user_id=89000000000004669, cost=0.0103, quota=699.5, ms=12.5
    )


def test_an_answer_without_headers_tells_only_how_long_it_took() -> None:
    assert a_reply().about == About(ms=12.5)


@pytest.mark.parametrize("value", ["", "yesterday", "nan", "inf", "1e5", "0x10", "12.", "--1", "\u0661", "1x"])
def test_headers_that_make_no_sense_tell_nothing(value: str) -> None:
    reply = a_reply(
        date=value, x_canvas_user_id=value, x_request_cost=value, x_rate_limit_remaining=value, retry_after=value
    )
    assert (reply.about, reply.retry_after) == (About(ms=12.5), None)


@pytest.mark.parametrize(("value", "quota"), [("0.0", 0), ("-18.49", -18.49), ("700", 700)])
def test_the_quota_may_be_zero_or_below(value: str, quota: float) -> None:
    assert a_reply(x_rate_limit_remaining=value).about.quota == quota


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("30", 30), (" 30 ", 30)])
def test_retry_after_may_be_given_in_seconds(value: str, seconds: float) -> None:
    assert a_reply(retry_after=value).retry_after == seconds


@pytest.mark.parametrize(
    ("until", "seconds"),
    [
        ("Mon, 23 Nov 2026 03:02:00 GMT", 120),
        ("Mon, 23 Nov 2026 04:02:00 +0100", 120),
        ("Mon, 23 Nov 2026 02:00:00 GMT", 0),
    ],
)
def test_retry_after_may_be_a_date_by_the_servers_own_clock(until: str, seconds: float) -> None:
    assert a_reply(date=DATE, retry_after=until).retry_after == seconds


def test_a_date_to_retry_after_means_nothing_without_the_servers_clock() -> None:
    assert a_reply(retry_after=DATE).retry_after is None


@pytest.mark.parametrize("value", ["-5", "1.5", "soon", "9" * 10])
def test_a_retry_after_that_makes_no_sense_is_none(value: str) -> None:
    assert a_reply(date=DATE, retry_after=value).retry_after is None


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"no", b"\xff", b"[" * 100_000, b"null"])
def test_a_body_that_is_no_json_object_reads_as_an_empty_one(body: bytes) -> None:
    assert a_reply(body).json_object() == {}


def test_a_body_that_is_a_json_object_is_read() -> None:
    assert a_reply({"status": "unauthorized"}).json_object() == {"status": "unauthorized"}


def test_a_body_is_read_whatever_bytes_it_has() -> None:
    assert a_reply(b"caf\xe9 \xc3\xa9").text == "caf\ufffd é"


def test_a_token_that_only_the_title_of_a_page_spells_out_is_masked_too() -> None:
    assert without(a_reply(ECHOED), Secret("7~topsecret")).said == f"no user for {MASK} here"
    assert a_reply(ECHOED).said == "no user for 7~topsecret here"


def test_a_token_is_masked_before_a_long_text_is_cut() -> None:
    said = without(a_reply({"message": "x" * 195 + " 7~topsecret"}), Secret("7~topsecret")).said
    assert "7~" not in said
