from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import assume, example, given
from hypothesis import strategies as st

from canvas_progress.core.backoff import backoff
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CertificateError,
    NetworkError,
    ServerError,
    ThrottledError,
)
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Pace, Policy, next_wait, next_wait_for_a_tool
from canvas_progress.core.usual_durations import Prior, prior_from

AGES = st.floats(0, 1e12)
PERCENT = st.none() | st.floats(0, 100) | st.floats(allow_nan=False, allow_infinity=False)
CHANGES = st.lists(st.tuples(AGES, st.floats(0, 100)), max_size=6).map(tuple)
SEEN = st.lists(st.tuples(AGES, PERCENT), max_size=12).map(lambda seen: sorted(seen, key=lambda pair: pair[0]))
DURATIONS = st.lists(st.floats(5e-324, 1.7e308) | st.floats(1, 1e6) | st.integers(1, 10**9).map(float), max_size=60)
POLICIES = st.builds(
    Policy,
    min_wait=st.floats(0.5, 2),
    max_wait=st.floats(2, 100),
    fraction=st.floats(0, 1),
    sqrt_scale=st.floats(0, 2),
    unevenness=st.floats(0, 3),
) | st.sampled_from([Policy(), Policy(timeout=1), Policy(stall_timeout=1)])
RUNNING = {"outcome": Outcome.RUNNING, "policy": Policy()}
QUEUED = {"outcome": Outcome.QUEUED, "policy": Policy()}
ERRORS = st.sampled_from([NetworkError("x"), CertificateError("x"), AnswerError("x"), ServerError("x")]) | st.builds(
    lambda kind, seconds: kind("x", retry_after=seconds),
    st.sampled_from([ServerError, ThrottledError]),
    st.none() | st.floats(0, 1e12),
)


@given(changes=CHANGES, seen=SEEN, age=AGES, outcome=st.sampled_from(Outcome), policy=POLICIES, durations=DURATIONS)
@example(changes=((0.0, 0.0), (5e-324, 1e-3)), seen=[], age=1e12, **RUNNING, durations=[])
@example(changes=((9.0, 50.0), (1.0, 10.0)), seen=[], age=0.0, **RUNNING, durations=[1e308] * 9)
@example(changes=(), seen=[(0.0, 0.0), (1.0, 5e-324)], age=2.0, **RUNNING, durations=[])
@example(changes=(), seen=[(0.0, -1e308), (1.0, 1e308)], age=2.0, **RUNNING, durations=[])
@example(changes=(), seen=[(float(number), float(number)) for number in range(9)], age=2.0, **RUNNING, durations=[])
@example(changes=(), seen=[], age=0.0, **QUEUED, durations=[5e-324] * 9)
@example(changes=(), seen=[], age=0.0, **QUEUED, durations=[5e-324, 1.0, 1.0, 1.0, 1.7e308])
def test_after_any_history_the_next_wait_is_a_time_within_the_bounds(  # noqa: PLR0913 - one for each thing it depends on
    *,
    changes: tuple[tuple[float, float], ...],
    seen: list[tuple[float, float | None]],
    age: float,
    outcome: Outcome,
    policy: Policy,
    durations: list[float],
) -> None:
    by_hand, unsorted, pace = Pace(changes), Pace(), Pace()
    for moment, percent in changes:
        unsorted = unsorted.after(moment, percent)
    for moment, completion in seen:
        pace = pace.after(moment, completion)
        left = pace.left(moment)
        assert left is None or math.isfinite(left)
        assert len(pace.latest) <= 4
        assert _rises(pace)
    for known in (pace, unsorted, by_hand) if _rises(by_hand) else (pace, unsorted):
        wait = next_wait(policy, outcome, known, age, prior_from(durations))
        assert policy.min_wait <= wait <= policy.max_wait
        assert next_wait(replace(policy, interval=7.5), outcome, known, age, prior_from(durations)) == 7.5


@given(still=AGES, policy=POLICIES, interval=st.none() | st.floats(1, 1e9))
def test_for_a_tool_too_the_next_wait_is_a_time_within_the_bounds(
    still: float, policy: Policy, interval: float | None
) -> None:
    policy = replace(policy, interval=interval)
    assert (interval or min(2, policy.max_wait)) <= next_wait_for_a_tool(policy, still) <= (interval or policy.max_wait)


@given(durations=DURATIONS, age=AGES)
def test_what_is_learned_from_any_durations_can_be_reckoned_with(durations: list[float], age: float) -> None:
    prior = prior_from(durations)
    assume(prior is not None)
    assert isinstance(prior, Prior)
    assert min(durations) <= prior.median <= max(durations)
    assert 1 <= prior.spread < math.inf
    assert 0 <= prior.surely_left(age) < math.inf


@given(failures=st.integers(0, 10**9), jitter=st.floats(0, 1), error=ERRORS)
@example(failures=10**9, jitter=1.0, error=ThrottledError("x", retry_after=1e300))
def test_every_pause_after_failures_is_between_half_a_second_and_an_hour(
    failures: int, jitter: float, error: CanvasProgressError
) -> None:
    asked_for = getattr(error, "retry_after", None)
    least, most = (0.5, 30.0) if asked_for is None else (1.0, 3600.0)
    assert least <= backoff(failures, jitter, error) <= most


@given(failures=st.integers(1, 100), jitter=st.floats(0, 1), error=ERRORS)
def test_one_more_failure_never_makes_a_pause_shorter(failures: int, jitter: float, error: CanvasProgressError) -> None:
    assert backoff(failures + 1, jitter, error) >= backoff(failures, jitter, error)


def _rises(pace: Pace) -> bool:
    """Whether this is a pace that a job may have had: each change later than the one before, and higher."""
    pairs = zip(pace.latest, pace.latest[1:], strict=False)
    return all(before[0] <= after[0] and after[1] - before[1] >= 1e-3 for before, after in pairs)
