from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from canvas_progress.core.events import Seen
from canvas_progress.terminal.jsonl import event_line
from jobs import a_job, a_link, a_target


@pytest.mark.parametrize(("microsecond", "written"), [(0, "000"), (7_999, "007"), (123_456, "123"), (999_999, "999")])
def test_a_time_has_three_digits_of_a_second(microsecond: int, written: str) -> None:
    at = datetime(2026, 11, 23, 3, 0, 5, microsecond, UTC)
    line = json.loads(event_line(Seen(a_target(), a_job()), at))
    assert line["at"] == f"2026-11-23T03:00:05.{written}Z"


def test_an_event_has_the_url_of_the_migration_that_its_job_was_named_by() -> None:
    owned = replace(a_link(7), label="12", id=12, link="")
    lines = [
        json.loads(event_line(Seen(target, a_job()), datetime(2026, 11, 23, tzinfo=UTC)))
        for target in (owned, a_target())
    ]
    assert [line.get("url") for line in lines] == [f"{owned.base}{owned.parent_path}", None]
