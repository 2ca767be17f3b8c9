from __future__ import annotations

import pytest

from canvas_progress.core.job import Job
from canvas_progress.core.outcome import Outcome
from canvas_progress.terminal.symbols import bar, outcome_word


@pytest.mark.parametrize(
    ("completion", "unicode", "drawn"),
    [
        (None, True, "┄┄┄┄"),
        (None, False, "...."),
        (-5.0, True, "┄┄┄┄"),
        (0.0, True, "┄┄┄┄"),
        (50.0, True, "━━┄┄"),
        (60.0, True, "━━╸┄"),
        (60.0, False, "##.."),
        (99.99, True, "━━━╸"),  # it is not full before the job is
        (99.99, False, "###."),
        (100.0, True, "━━━━"),
        (100.0, False, "####"),
        (250.0, True, "━━━━"),
    ],
)
def test_a_bar_is_as_full_as_the_job_is_done(completion: float | None, drawn: str, *, unicode: bool) -> None:
    assert bar(Outcome.RUNNING, completion, 4, unicode=unicode) == drawn


def test_a_state_that_this_version_does_not_know_is_shown_as_it_came_with_nothing_to_obey() -> None:
    assert outcome_word(Outcome.UNKNOWN, Job(1, "sleep\x1bing")) == "unknown (sleep\\x1bing)"
    assert outcome_word(Outcome.UNKNOWN, None) == "unknown"
