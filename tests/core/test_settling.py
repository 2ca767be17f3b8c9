from __future__ import annotations

import pytest

from canvas_progress.core.settling import HOLDS_AFTER, Settling
from jobs import a_job

MARKED = a_job("failed", message="canceled", completion=20.0)


def marked() -> Settling:
    return Settling("canceled", MARKED, 100.0, 100.0)


def test_a_cancellation_has_held_when_nothing_changed_for_a_while() -> None:
    state = marked().after(MARKED, 100.0 + HOLDS_AFTER - 1)
    assert state.verdict is None
    assert state.after(MARKED, 100.0 + HOLDS_AFTER).verdict == "the cancellation has held for 30 s"


def test_a_completion_that_keeps_rising_shows_that_work_goes_on() -> None:
    climbing = a_job("failed", message="canceled", completion=40.0)
    state = marked().after(climbing, 120.0)
    assert state.after(climbing, 140.0).verdict is None
    assert state.after(climbing, 150.0).verdict is not None


def test_a_job_that_completes_has_written_over_it() -> None:
    assert marked().after(a_job("completed"), 101.0).verdict == "the job wrote over the cancellation and completed"


def test_a_crash_that_replaces_the_message_is_told_with_it() -> None:
    crashed = a_job("failed", message="Unexpected error, ID: 7")
    verdict = marked().after(crashed, 101.0).verdict
    assert verdict == "the job wrote over the cancellation: failed, Unexpected error, ID: 7"


def test_a_message_that_was_wiped_is_told_without_one() -> None:
    assert marked().after(a_job("failed"), 101.0).verdict == "the job wrote over the cancellation: failed"


@pytest.mark.parametrize("state", ["queued", "running", "waiting_for_external_tool", "hibernating"])
def test_a_job_that_was_started_anew_is_read_on_to_its_end(state: str) -> None:
    assert marked().after(a_job(state), 500.0).verdict is None


def test_it_is_read_soon_at_first_and_seldom_later_and_right_when_it_will_have_held() -> None:
    state = marked()
    assert [state.next_read(now) for now in (100.0, 104.0, 108.0, 120.0, 127.0)] == [1, 1, 2, 5, 3]
