from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.errors import NoSuchJobError, UsageError
from canvas_progress.core.job import Job
from canvas_progress.core.newest import check_age, check_since, newest_of, parts_in, unknown_part
from canvas_progress.core.refs import parse_ref
from cases import refused, table

FOUND = "the kinds that Canvas has a list of are `sis_import`, `report:TYPE`, `blueprint_sync:COURSE`"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sis_import", "/api/v1/accounts/3/sis_imports"),
        (" sis_import ", "/api/v1/accounts/3/sis_imports"),
        ("sis_import:latest", "/api/v1/accounts/3/sis_imports"),
        ("report:x_csv", "/api/v1/accounts/3/reports/x_csv"),
        ("outcome_import", "/api/v1/accounts/3/outcome_imports"),
        ("blueprint_sync:5", "/api/v1/courses/5/blueprint_templates/default/migrations"),
    ],
)
def test_a_kind_alone_is_the_newest_of_it(text: str, path: str) -> None:
    ref = newest_of(text, "3")
    assert (ref.id, ref.collection) == (0, path)


@table(
    "text message hint",
    {
        "no kind": ("foo", "`foo` is not a kind of job", FOUND),
        "a part of one": ("sis", "`sis` is not a kind of job", "did you mean `sis_import`?"),
        "more than one": ("account_report", "`account_report` is not a kind of job", "did you mean `report`?"),
        "too short a part": ("s", "`s` is not a kind of job", FOUND),
        "an id": ("7", "`7` is not a kind of job", FOUND),
        "without its type": (
            "report",
            "an account report is found by its type: `report:TYPE`",
            "such as `report:provisioning_csv`; Canvas answers GET /api/v1/accounts/self/reports with all types",
        ),
        "without its course": (
            "blueprint_sync:",
            "a blueprint sync is found by its course: `blueprint_sync:COURSE`",
            "it is the id of the blueprint course, as in the address of its page",
        ),
        "of which Canvas has no list": (
            "progress",
            "Canvas does not say which progress is the newest",
            "`canvas-progress recent` lists those that this machine has seen",
        ),
    },
)
def test_a_kind_that_cannot_be_found_says_what_can(text: str, message: str, hint: str) -> None:
    assert refused(UsageError, newest_of, text, None) == (message, hint)


NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATEST = parse_ref("sis_import:latest")
NO_TIME = "Canvas does not say how old sis_import:77 is, which has to be within 6 h"
STARTED = "has the one that is meant been started?"


def made(hours_ago: float | None, *, date: datetime | None = NOW) -> Answer:
    """Answer with an import that was made so long before a moment; at that moment, by the clock of the server."""
    created = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    return Answer(Job(77, "imported", created_at=created), About(date=date))


def test_the_newest_may_be_as_old_as_was_said_by_the_clock_of_the_server() -> None:
    check_age(made(6), LATEST.collection, 6 * 3600)
    check_age(made(6, date=NOW - timedelta(hours=5)), LATEST.collection, 3600)


@table(
    "answer message",
    {
        "of yesterday": (made(23), "the newest SIS import, sis_import:77, was created 23 h ago, not within 6 h"),
        "of no known time": (made(None), NO_TIME),
        "at no known time": (made(6, date=None), NO_TIME),
    },
)
def test_a_newest_one_that_is_too_old_is_not_the_one_that_is_meant(answer: Answer, message: str) -> None:
    assert refused(NoSuchJobError, check_age, answer, LATEST.collection, 6 * 3600) == (message, STARTED)


TYPES = '[{"report": "provisioning_csv"}, {"report": "sis_export_csv"}, {"report": 7}, {"title": "x"}, 5]'


def test_the_types_of_reports_are_read_from_what_canvas_lists() -> None:
    assert parts_in(TYPES) == ("provisioning_csv", "sis_export_csv")
    assert parts_in('{"reports": []}') == ()


@table(
    "part hint",
    {
        "misspelled": ("provisionning_csv", "did you mean `report:provisioning_csv`?"),
        "like none": ("x", "it has provisioning_csv, sis_export_csv"),
    },
)
def test_a_type_that_canvas_does_not_have_is_no_empty_list(part: str, hint: str) -> None:
    error = unknown_part(parse_ref(f"report:{part}:latest"), parts_in(TYPES))
    assert error is not None
    assert (error.message, error.hint) == (f"Canvas has no account report of the type `{part}`", hint)


def test_nothing_is_said_of_a_type_that_is_known_or_where_none_is() -> None:
    assert unknown_part(parse_ref("report:sis_export_csv:latest"), parts_in(TYPES)) is None
    assert unknown_part(parse_ref("report:x:latest"), ()) is None


def test_an_age_is_refused_where_no_newest_job_is_named() -> None:
    check_since((parse_ref("9"), LATEST))
    said = ("`--since` is about the newest job of a kind", "such as `sis_import:latest`")
    migration = parse_ref("https://canvas.example.edu/api/v1/courses/5/content_migrations/31")
    for refs in ((), (parse_ref("9"), parse_ref("sis_import:77")), (migration,)):
        assert refused(UsageError, check_since, refs) == said
