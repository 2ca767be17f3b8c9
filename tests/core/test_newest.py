from __future__ import annotations

import pytest

from canvas_progress.core.errors import UsageError
from canvas_progress.core.newest import newest_of
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
