from __future__ import annotations

import json
import math
import tracemalloc
from datetime import UTC
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import TEXT, TOKENS, Json, corpus, json_of, mixture, quoted_as_json, spelled, strings_in
from canvas_progress.canvas.response import Response, without
from canvas_progress.core.credentials import Secret
from canvas_progress.core.wording import MASK

RANDOMS = st.randoms(use_true_random=True)
SAYING = ("errors", "message", "error", "error_description", "base", "status")
DATES = mixture(
    "Mon, 23 Nov 2026 03:00:00 GMT", "Mon, ", "23 Nov ", "9999", "0000", " -9999", " +2400", "61:61:61", "GMT"
)
DIGITS = mixture("0", "1", "9" * 9, "-", ".", "e9", "inf", "nan", "\u0661", most=4)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "date": DATES | TEXT,
        "retry-after": DATES | DIGITS | TEXT,
        "x-rate-limit-remaining": DIGITS | TEXT,
        "x-request-cost": DIGITS | TEXT,
        "x-canvas-user-id": DIGITS | TEXT,
        "content-type": st.sampled_from(["application/json", "text/html; charset=utf-8", "TEXT/HTML"]) | TEXT,
    },
)
PAGES = mixture(
    "<", "<title>", "</title>", "<TITLE lang='x'>", "&lt;", "&#", "&#x", "9" * 12, ";", '{"errors":', "\\u", "}"
)
TOKEN = "7~topsecret0"  # of the files that are kept


@given(headers=HEADERS)
@example(headers={"date": "Mon, 01 Jan 0001 00:00:00 +2359", "retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"})
@example(headers={"retry-after": "9" * 999, "x-request-cost": "9e9999"})
def test_any_headers_tell_numbers_that_can_be_reckoned_with_or_nothing(headers: dict[str, str]) -> None:
    reply = Response(200, headers, b"")
    about = reply.about
    assert about.date is None or about.date.tzinfo is UTC
    assert about.user_id is None or 0 <= about.user_id < 10**30
    assert all(number is None or math.isfinite(number) for number in (about.cost, about.quota))
    assert reply.retry_after is None or 0 <= reply.retry_after < math.inf


@given(seconds=st.integers(0, 999_999_999))
def test_seconds_to_wait_are_read_as_they_were_sent(seconds: int) -> None:
    assert Response(503, {"retry-after": f" {seconds} "}, b"").retry_after == seconds


@given(headers=HEADERS, body=st.binary(max_size=60) | PAGES.map(lambda page: page.encode("utf-8", "replace")))
def test_any_body_says_something_on_one_line_or_nothing(headers: dict[str, str], body: bytes) -> None:
    reply = Response(400, headers, body)
    assert len(reply.said) <= 200
    assert reply.said.split() == reply.said.split(" ") or not reply.said
    assert isinstance(reply.json_object(), dict)


@given(value=json_of(SAYING), random=RANDOMS)
def test_any_json_says_what_its_strings_say_on_one_line(value: Json, random: Random) -> None:
    said = Response(400, {}, spelled(value, random).encode("utf-8", "replace")).said
    assert len(said) <= 200
    assert not said or any(text.strip() for text in strings_in(value))


@given(
    sentence=st.from_regex(r"[a-z]{1,20}( [a-z]{1,20}){0,3}", fullmatch=True),
    wrapped=st.lists(st.integers(0, 3), max_size=3),
)
def test_what_canvas_has_to_say_is_found_in_any_of_its_shapes(sentence: str, wrapped: list[int]) -> None:
    value: Json = sentence
    for shape in wrapped:
        value = [{"errors": value, "id": 7}, {"message": value}, [value], {"error": value, "status": "x"}][shape]
    assert Response(400, {}, json.dumps(value).encode()).said == sentence


@given(token=TOKENS, before=TEXT, after=TEXT, random=RANDOMS, as_key=st.booleans())
@example(token="7~topsecret0", before="", after="", random=Random(1), as_key=False)
@example(token="00000000", before="", after="000", random=Random(260), as_key=False)
@example(token='abc"def\\ghi', before="\\", after="", random=Random(2), as_key=True)
@example(token="a\\\\bcdefgh", before="", after="", random=Random(3), as_key=False)
@example(token="\\\\\\\\\\\\\\\\", before="x", after="y", random=Random(4), as_key=False)
def test_of_a_token_nothing_is_left_in_a_body_however_json_spells_it(
    *, token: str, before: str, after: str, random: Random, as_key: bool
) -> None:
    text = f"{before}{token}{after}"
    document = spelled({text: 1} if as_key else {"message": [text]}, random)
    masked = without(Response(200, {"x": text}, document.encode("utf-8", "replace")), Secret(token))
    values = json.loads(masked.text)
    assert not any(token in found for found in strings_in(values))
    assert token not in masked.headers["x"]
    assert token not in masked.said


@given(
    token=st.from_regex(r"[1-9][0-9]{0,4}~[A-Za-z0-9]{8,64}", fullmatch=True), before=TEXT, after=TEXT, random=RANDOMS
)
def test_all_but_the_token_stays_as_it_was_said(token: str, before: str, after: str, random: Random) -> None:
    document = spelled({"a": 1e2, "message": f"{before} {token} {after}"}, random)
    masked = without(Response(200, {}, document.encode("utf-8", "replace")), Secret(token))
    before, after = (
        text.encode("utf-8", "replace").decode() if "\\ud" not in document else text for text in (before, after)
    )
    assert json.loads(masked.text) == {"a": 1e2, "message": f"{before} {MASK} {after}"}


@given(value=json_of(SAYING), random=RANDOMS)
def test_an_answer_without_a_token_stays_as_it_is_byte_for_byte(value: Json, random: Random) -> None:
    body = spelled(value, random).encode("utf-8", "surrogatepass")
    assert without(Response(200, {}, body), Secret("7~topsecret0")).body == body


@given(token=TOKENS, random=RANDOMS, cut=st.integers(0, 30), deeper=st.booleans())
def test_nor_is_anything_left_in_json_that_is_cut_short_or_is_text_inside_of_json(
    *, token: str, random: Random, cut: int, deeper: bool
) -> None:
    inner = quoted_as_json(token, random)
    text = (
        json.dumps({"errors": inner})
        if deeper
        else f'{{"errors":{inner}, "and much more": "of it"}}'[: len(inner) + 10 + cut]
    )
    said = without(Response(400, {}, text.encode()), Secret(token)).said
    assert MASK in said
    assert token not in said
    assert inner[1:-1] not in said


@pytest.mark.parametrize("path", corpus("response"), ids=lambda path: path.name)
def test_what_is_kept_of_bodies_says_at_most_a_line_without_the_token(path: Path) -> None:
    kept = without(Response(400, {}, path.read_bytes()), Secret(TOKEN))
    assert len(kept.said) <= 200
    assert TOKEN[1:] not in kept.said
    assert "topsecret0" not in kept.text


@pytest.mark.parametrize("many", [["a"] * 6000, {f"{number}": "a" for number in range(2500)}], ids=["list", "object"])
def test_a_body_of_64_kilobytes_is_read_within_a_few_megabytes(many: Json) -> None:
    body = json.dumps({"k" * 30_000: many}).encode()
    assert len(body) < 64 * 2**10
    tracemalloc.start()
    try:
        assert len(Response(400, {}, body).said) == 200
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()
