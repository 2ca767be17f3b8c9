from __future__ import annotations

import pytest

from canvas_progress.core.backoff import backoff
from canvas_progress.core.errors import CredentialError, NetworkError, ServerError, ThrottledError


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30)])
def test_the_wait_doubles_from_one_second_to_thirty(failures: int, seconds: float) -> None:
    assert backoff(failures, 1.0, ServerError("down")) == seconds


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (4, 30), (5, 30)])
def test_a_throttled_token_is_left_alone_from_five_seconds_on(failures: int, seconds: float) -> None:
    assert backoff(failures, 1.0, ThrottledError("slow down")) == seconds


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 4), (0.5, 6), (1.0, 8)])
def test_jitter_takes_half_to_all_of_the_wait(jitter: float, seconds: float) -> None:
    assert backoff(4, jitter, NetworkError("lost")) == seconds


def test_a_million_failures_do_not_overflow() -> None:
    assert backoff(10**6, 1.0, NetworkError("lost")) == 30


def test_no_failure_yet_waits_like_the_first() -> None:
    assert backoff(0, 1.0, NetworkError("lost")) == 1


@pytest.mark.parametrize("error", [ServerError("down", retry_after=42), ThrottledError("slow", retry_after=42)])
def test_what_the_server_asked_for_goes_before_our_own_wait(error: Exception) -> None:
    assert backoff(9, 0.0, error) == 42


def test_no_server_puts_us_off_for_more_than_an_hour() -> None:
    assert backoff(1, 1.0, ServerError("down", retry_after=10**9)) == 3600


def test_an_error_that_knows_no_retry_after_waits_as_usual() -> None:
    assert backoff(2, 1.0, CredentialError("no")) == 2


def test_a_server_that_asks_for_no_wait_at_all_is_not_asked_in_a_hot_loop() -> None:
    assert backoff(3, 0.0, ServerError("down", retry_after=0.0)) == 1
