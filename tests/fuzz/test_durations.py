from __future__ import annotations

import math

from hypothesis import assume, example, given
from hypothesis import strategies as st

from arbitrary import mixture, tried
from canvas_progress.core.durations import parse_duration
from canvas_progress.core.errors import CanvasProgressError, UsageError

PART = st.none() | st.integers(0, 999_999_999)


@given(hours=PART, minutes=PART, seconds=PART, capital=st.booleans())
def test_hours_minutes_and_seconds_add_up(
    *, hours: int | None, minutes: int | None, seconds: int | None, capital: bool
) -> None:
    total = 3600 * (hours or 0) + 60 * (minutes or 0) + (seconds or 0)
    assume(total)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    text = "".join(f"{number}{unit.upper() if capital else unit}" for number, unit in parts if number is not None)
    assert parse_duration(f" {text} ", option="--timeout") == total


@given(seconds=st.integers(1, 999_999_999))
def test_a_number_alone_is_that_many_seconds(seconds: int) -> None:
    assert parse_duration(str(seconds), option="--timeout") == seconds


@given(text=mixture("1", "0", "h", "m", "s", "-", ".", "e", "inf", "nan", "9" * 9, " ", "\u0661"))
@example(text="0h0m0s")
@example(text="h")
@example(text="inf")
@example(text="-1")
def test_any_text_is_a_time_above_zero_with_an_end_or_a_usage_error(text: str) -> None:
    read = tried(lambda: parse_duration(text, option="--timeout"))
    if isinstance(read, CanvasProgressError):
        assert (type(read), bool(read.hint)) == (UsageError, True)
    else:
        assert 1 <= read < math.inf
