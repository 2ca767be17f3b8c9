from __future__ import annotations

import pytest

from canvas_progress.core.backoff import ONE_ANSWER, Failures, RetryPolicy, backoff
from canvas_progress.core.errors import (
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotAProgressError,
    NotCanvasError,
    OversizedAnswerError,
    ServerError,
    ThrottledError,
)


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


LOST, REFUSED = NetworkError("lost"), NetworkError("refuses connections", sent=False)
MINUTE = RetryPolicy(give_up_after=60.0)


@pytest.mark.parametrize(("jitter", "at"), [(0.0, 102.5), (1.0, 103.0)])
def test_a_request_that_failed_is_sent_again_after_the_backoff(jitter: float, at: float) -> None:
    assert Failures(MINUTE).retry_at(LOST, 100.0, 102.0, jitter) == at


def test_what_fails_again_and_again_is_given_up_after_the_time_since_its_first_request() -> None:
    failures = Failures(MINUTE)
    assert failures.retry_at(LOST, 100.0, 101.0, 1.0) == 102.0
    assert failures.retry_at(LOST, 150.0, 159.0, 1.0) == 160.0  # and not after the two seconds
    assert failures.retry_at(LOST, 160.0, 160.0, 1.0) is None


@pytest.mark.parametrize("error", [NoSuchJobError("none"), CredentialError("expired")])
def test_what_will_not_pass_is_not_sent_again(error: CanvasProgressError) -> None:
    assert Failures(MINUTE).retry_at(error, 100.0, 100.0, 1.0) is None


def test_time_in_which_the_process_was_stopped_does_not_count() -> None:
    failures = Failures(MINUTE)
    failures.resumed(1000.0)
    failures.retry_at(LOST, 100.0, 101.0, 1.0)
    failures.resumed(1000.0)
    assert failures.retry_at(LOST, 1102.0, 1103.0, 1.0) == 1105.0
    assert failures.retry_at(LOST, 1160.0, 1160.0, 1.0) is None


@pytest.mark.parametrize(
    ("failures", "error", "enough"),
    [
        (2, LOST, False),
        (3, LOST, True),
        (1, OversizedAnswerError("endless"), True),
        (1, ServerError("down", retry_after=30), False),
        (1, ServerError("down", retry_after=31), True),
    ],
)
def test_for_one_answer_three_attempts_are_enough_and_so_is_a_pause_of_more_than_half_a_minute(
    failures: int, error: CanvasProgressError, *, enough: bool
) -> None:
    assert ONE_ANSWER.is_enough(failures, error) is enough
    assert not RetryPolicy().is_enough(failures, error)


@pytest.mark.parametrize(("failures", "enough"), [(3, False), (4, True)])
def test_the_longest_pause_is_held_against_the_whole_backoff(failures: int, *, enough: bool) -> None:
    assert RetryPolicy(longest_pause=4.0).is_enough(failures, LOST) is enough


@pytest.mark.parametrize(
    ("error", "by_anyone", "by_one_answer"),
    [
        (NotCanvasError("a web page"), True, True),
        (CertificateError("expired"), True, True),
        (REFUSED, False, True),
        (LOST, False, False),
        (ServerError("down"), False, False),
        (NotAProgressError("a poem"), False, False),
    ],
)
def test_a_server_that_refuses_connections_is_none_of_ours_only_for_who_wants_one_answer(
    error: CanvasProgressError, *, by_anyone: bool, by_one_answer: bool
) -> None:
    assert (RetryPolicy().is_no_server(error), ONE_ANSWER.is_no_server(error)) == (by_anyone, by_one_answer)
