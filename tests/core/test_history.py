from __future__ import annotations

from dataclasses import replace

import pytest

from canvas_progress.core.base_url import BaseUrl, parse_base_url
from canvas_progress.core.history import Filter, HistoryEntry, history_entry
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.refs import JobRef
from jobs import a_job, a_target


def test_of_a_job_is_remembered_what_finds_it_again_and_nothing_about_people() -> None:
    job = a_job("failed", message="Ann was not found", results={"ann": 1}, updated_at="2026-11-23T03:00:07Z")
    assert history_entry(a_target(12, course=9), job, 5.0) == HistoryEntry(
        id=12,
        base="https://canvas.example.edu",
        course=9,
        profile="",
        tag="course_batch_update",
        context="Course 812",
        outcome=Outcome.FAILED,
        created=1795402800.0,
        updated=1795402807.0,
        seen=5.0,
        canceled_by_us=False,
    )


def test_what_an_answer_does_not_tell_is_remembered_as_nothing() -> None:
    bare = a_job(tag=None, context_type=None, context_id=None, created_at=None, updated_at=None)
    kept = history_entry(a_target(), bare, 5.0, canceled=True)
    assert (kept.tag, kept.context, kept.created, kept.updated, kept.canceled_by_us) == (None, None, None, None, True)


def test_half_a_character_that_no_file_can_hold_is_replaced() -> None:
    assert history_entry(a_target(), a_job(tag="\ud800x"), 5.0).tag == "?x"


def test_a_job_is_pending_until_it_was_seen_to_have_ended() -> None:
    states = ("queued", "completed", "paused")
    assert [history_entry(a_target(), a_job(state), 5.0).is_pending for state in states] == [True, False, True]


def test_an_entry_names_its_job_with_the_canvas_and_the_profile_it_was_seen_with() -> None:
    entry = replace(
        history_entry(a_target(12, course=9), a_job(), 5.0), profile="school", base="http://127.0.0.1:8080/c"
    )
    assert entry.url == "http://127.0.0.1:8080/c/api/lti/courses/9/progress/12"
    assert entry.ref == JobRef(12, 9, BaseUrl("http", "127.0.0.1", 8080, "/c"), "school")


SEEN = history_entry(a_target(), a_job(tag="copy"), 100.0)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Filter(), True),
        (Filter(pending=True), True),
        (Filter(tags=("copy",)), True),
        (Filter(tags=("export", "copy")), True),
        (Filter(tags=("export",)), False),
        (Filter(outcomes=(Outcome.RUNNING, Outcome.FAILED)), True),
        (Filter(outcomes=(Outcome.FAILED,)), False),
        (Filter(since=100.0), True),
        (Filter(since=100.1), False),
        (Filter(tags=("copy",), outcomes=(Outcome.FAILED,)), False),
        (Filter(profile=SEEN.profile), True),
        (Filter(profile="another"), False),
    ],
)
def test_a_job_is_wanted_that_fits_all_that_is_given(wanted: Filter, *, fits: bool) -> None:
    assert wanted.fits(SEEN) is fits


def test_a_job_that_has_ended_is_not_pending() -> None:
    assert not Filter(pending=True).fits(replace(SEEN, outcome=Outcome.GONE))


@pytest.mark.parametrize(
    ("course", "collection", "home", "name"),
    [
        (None, "", "https://canvas.example.edu", "12"),
        (None, "", "https://test.example.edu", "https://canvas.example.edu/api/v1/progress/12"),
        (None, "", None, "https://canvas.example.edu/api/v1/progress/12"),
        (9, "", "https://canvas.example.edu", "https://canvas.example.edu/api/lti/courses/9/progress/12"),
        (None, "/api/v1/accounts/self/sis_imports", "https://canvas.example.edu", "sis_import:12"),
    ],
)
def test_an_id_names_a_job_where_a_command_would_take_it_for_that_one(
    course: int | None, collection: str, home: str | None, name: str
) -> None:
    entry = replace(history_entry(a_target(12, course=course), a_job(), 5.0), collection=collection)
    assert entry.name(parse_base_url(home) if home else None) == name
