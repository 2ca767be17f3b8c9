from __future__ import annotations

import pytest

from canvas_progress.core.durations import parse_duration, seconds
from canvas_progress.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("30", 30),
        ("30s", 30),
        ("10m", 600),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1h30m5s", 5405),
        ("1h5s", 3605),
        ("90m", 5400),
        (" 5s ", 5),
        ("1H30M", 5400),
    ],
)
def test_a_duration_is_read_in_seconds(text: str, long: float) -> None:
    assert parse_duration(text, option="--timeout") == long


@pytest.mark.parametrize(
    "text",
    ["", " ", "s", "h", "1.5h", "1,5h", "abc", "10 m", "30m1h", "1d", "1e3", "+5", "inf", "nan", "\u0663s", "1" * 10],
)
def test_what_is_no_duration_is_a_usage_error_that_shows_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a duration for `--timeout`") as caught:
        parse_duration(text, option="--timeout")
    assert caught.value.hint == "give seconds, or a form like 30s, 10m, 1h, 1h30m"


def test_the_argument_that_is_no_duration_is_named() -> None:
    with pytest.raises(UsageError, match=r"^`soon` is not a duration for `--interval`$"):
        parse_duration("soon", option="--interval")


@pytest.mark.parametrize("text", ["0", "0s", "0m", "0h0m0s", "-1", "-5m"])
def test_zero_and_negatives_are_usage_errors_that_tell_how_to_go_without_a_limit(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(text, option="--timeout")
    assert str(caught.value.hint).startswith("to go without `--timeout`, leave it out")


def test_an_option_that_was_left_out_is_no_duration_and_any_other_is_read() -> None:
    assert seconds(None, "--timeout") is None
    assert seconds("10m", "--timeout") == 600


def test_a_duration_of_zero_is_repeated_with_its_option() -> None:
    with pytest.raises(UsageError, match=r"^`--timeout 0m` must be greater than zero$"):
        parse_duration("0m", option="--timeout")
