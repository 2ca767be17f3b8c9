"""Whatever a job reports, and whatever is set, the policy returns a time at which it is asked for again."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from canvas_progress.core.outcome import Outcome
from canvas_progress.core.policy import Pace, Policy, next_wait, next_wait_for_a_tool
from canvas_progress.core.prior import Prior

ANY = st.floats(allow_nan=False, allow_infinity=False)
AGES = st.floats(min_value=0, max_value=1e12)
SECONDS = st.floats(min_value=1e-3, max_value=1e9)


@given(
    seen=st.lists(st.tuples(AGES, st.one_of(st.none(), ANY, st.floats(0, 100)))),
    age=AGES,
    outcome=st.sampled_from(Outcome),
    prior=st.one_of(st.none(), st.builds(Prior, SECONDS, SECONDS)),
    still=AGES,
)
@example(seen=[(0.0, 0.0), (1.0, 5e-324)], age=2.0, outcome=Outcome.RUNNING, prior=None, still=0.0)
@example(seen=[(0.0, -1e308), (1.0, 1e308)], age=2.0, outcome=Outcome.RUNNING, prior=None, still=0.0)
def test_every_wait_is_a_finite_time_within_its_bounds(
    *, seen: list[tuple[float, float | None]], age: float, outcome: Outcome, prior: Prior | None, still: float
) -> None:
    policy, pace = Policy(), Pace()
    for moment, completion in sorted(seen, key=lambda pair: pair[0]):
        pace = pace.after(moment, completion)
        left = pace.left(moment)
        assert left is None or math.isfinite(left)
    for wait in (next_wait(policy, outcome, pace, age, prior), next_wait_for_a_tool(policy, still)):
        assert policy.min_wait <= wait <= policy.max_wait
