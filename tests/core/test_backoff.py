from __future__ import annotations

import pytest

from canvas_progress.core.backoff import ONE_ANSWER, Failures, RetryPolicy, backoff
from canvas_progress.core.errors import (
    CanvasProgressError,
    CertificateError,
    CredentialError,
    NetworkError,
    NoSuchJobError,
    NotCanvasError,
    OversizedAnswerError,
    ServerError,
    ThrottledError,
    UnreadableJobError,
)
from cases import table

DOWN, LOST, SLOW = ServerError("down"), NetworkError("lost"), ThrottledError("slow down")
REFUSED = NetworkError("refuses connections", sent=False)
MINUTE = RetryPolicy(give_up_after=60.0)


@table(
    "error failures jitter seconds",
    {
        **{f"doubles, failure {n}": (DOWN, n, 1.0, wait) for n, wait in enumerate((1, 1, 2, 4, 8, 16, 30, 30))},
        **{f"doubles, throttled {n}": (SLOW, n, 1.0, wait) for n, wait in enumerate((5, 10, 20, 30, 30), 1)},
        **{
            f"half to all of it, jitter {jitter}": (LOST, 4, jitter, wait)
            for jitter, wait in ((0, 4), (0.5, 6), (1, 8))
        },
        "a million failures do not overflow": (LOST, 10**6, 1.0, 30),
        "as the server asks": (ServerError("down", retry_after=42), 9, 0.0, 42),
        "as it asks who is throttled": (ThrottledError("slow", retry_after=42), 9, 0.0, 42),
        "for an hour at most": (ServerError("down", retry_after=10**9), 1, 1.0, 3600),
        "for a second at least, whatever the server asks": (ServerError("down", retry_after=0.0), 3, 0.0, 1),
        "as usual after an error that knows no such wish": (CredentialError("no"), 2, 1.0, 2),
    },
)
def test_the_wait_after_failures(error: CanvasProgressError, failures: int, jitter: float, seconds: float) -> None:
    assert backoff(failures, jitter, error) == seconds


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
        (NotCanvasError("a page in its place", stands_in=True), False, True),
        (CertificateError("expired"), True, True),
        (REFUSED, False, True),
        (LOST, False, False),
        (ServerError("down"), False, False),
        (UnreadableJobError("a poem"), False, False),
    ],
)
def test_a_server_that_refuses_connections_is_none_of_ours_only_for_who_wants_one_answer(
    error: CanvasProgressError, *, by_anyone: bool, by_one_answer: bool
) -> None:
    assert (RetryPolicy().is_no_server(error), ONE_ANSWER.is_no_server(error)) == (by_anyone, by_one_answer)
