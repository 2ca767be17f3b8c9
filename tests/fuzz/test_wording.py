from __future__ import annotations

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import TEXT, TOKENS
from canvas_progress.core.wording import in_words, percent, quoted, soon, stopwatch, visible

# Whatever a clock, a server and a file may tell: see what parse_job and the history let through.
SECONDS = st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12).map(float)


@given(text=TEXT | st.text(st.characters()))
@example(text="\x1b]0;title\x07\x9b31m\u202e\ud800")
def test_nothing_that_a_terminal_obeys_is_visible_and_the_rest_is_as_it_was(text: str) -> None:
    shown = visible(text)
    assert not [letter for letter in shown if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    assert visible(shown) == shown
    assert shown.encode().decode() == shown
    assert shown == text or any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp", "Cf", "Cn"} for letter in text)


@given(text=TEXT | st.text(max_size=400), ref=st.booleans())
def test_what_somebody_typed_is_quoted_as_far_as_there_is_room(*, text: str, ref: bool) -> None:
    shown = quoted(text, ref=ref)
    assert len(shown) <= 203
    assert shown in {f"`{text}`", f"`{text[:200]}…`"} or "may be a token" in shown


@given(token=st.from_regex(r"[1-9]~[A-Za-z][A-Za-z0-9]{24}", fullmatch=True), before=TEXT, after=st.text(max_size=400))
@example(token="7~" + "a1" * 20, before="x" * 190 + " ", after="")
@example(token="eyJhbGciOi.J9.x" * 3, before="", after="")
def test_what_may_be_a_token_is_not_quoted(token: str, before: str, after: str) -> None:
    assert token[-20:] not in quoted(f"{before}{token}{after}")


@given(token=TOKENS)
@example(token="abcdefgh-12345678")
def test_where_a_ref_is_meant_nothing_long_of_letters_and_digits_is_quoted(token: str) -> None:
    is_long = re.fullmatch(r"[A-Za-z0-9_~-]{16,}", token) and re.search("[0-9]", token) and re.search("[A-Za-z]", token)
    assert token not in quoted(token, ref=True) or not is_long


@given(seconds=SECONDS)
def test_every_span_is_told_in_a_few_characters(seconds: float) -> None:
    assert re.fullmatch(
        r"[0-9]{1,3} s|[0-9]{1,3} min|[0-9]{1,2} h( [0-9]{1,2} min)?|[0-9]{1,8} days", in_words(seconds)
    )
    assert re.fullmatch(r"[0-9]{1,2}:[0-9]{2}|[0-9]{1,9}:[0-9]{2}:[0-9]{2}", stopwatch(seconds))
    assert soon(seconds) != "0 s"


@given(seconds=st.floats(0, 1e9))
def test_a_stopwatch_tells_the_whole_seconds_that_have_passed(seconds: float) -> None:
    parts = [int(part) for part in stopwatch(seconds).split(":")]
    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == int(seconds)


@given(completion=st.floats(allow_nan=False))
@example(completion=99.99)
@example(completion=-0.5)
@example(completion=float("inf"))
def test_every_percentage_is_told_in_five_characters_and_100_only_at_the_end(completion: float) -> None:
    told = percent(completion)
    assert re.fullmatch("<0%|>999%|[0-9]{1,3}%", told)
    assert completion >= 100 or told not in {"100%", ">999%"}
