from __future__ import annotations

import pytest

from canvas_progress.core.exit_status import of_outcome
from canvas_progress.core.outcome import Outcome, outcome_of


@pytest.mark.parametrize(
    ("state", "message", "outcome"),
    [
        ("queued", None, "queued"),
        ("running", None, "running"),
        ("waiting_for_external_tool", None, "waiting"),
        ("completed", "17 courses processed", "completed"),
        ("failed", None, "failed"),
        ("failed", "Unexpected error, ID: 12", "failed"),
        ("failed", "canceled", "canceled"),
        *[("failed", message, "failed") for message in ("Canceled", "cancelled", "canceled by ann", " canceled", "")],
        *[(state, "canceled", state) for state in ("queued", "running", "completed")],
        ("canceled", None, "canceled"),
    ],
)
def test_each_state_of_canvas_has_its_outcome_and_failed_with_the_message_canceled_is_a_cancellation(
    state: str, message: str | None, outcome: str
) -> None:
    assert outcome_of(state, message) == outcome


@pytest.mark.parametrize("state", ["", "paused", "Completed", "gone", "unknown", "waiting"])
def test_a_state_that_this_version_does_not_know_is_unknown(state: str) -> None:
    assert outcome_of(state, None) is Outcome.UNKNOWN


def test_completed_failed_canceled_and_gone_are_final_and_nothing_else() -> None:
    assert {outcome.value for outcome in Outcome if outcome.is_final} == {"completed", "failed", "canceled", "gone"}


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("completed", 0),
        ("failed", 3),
        ("gone", 5),
        ("canceled", 9),
        ("queued", 8),
        ("running", 8),
        ("waiting", 8),
        ("unknown", 8),
    ],
)
def test_each_outcome_has_its_exit_code(outcome: str, code: int) -> None:
    assert of_outcome(Outcome(outcome)) == code
