"""The tables as they are printed at the usual widths, byte for byte as kept in `tests/golden`.

`UPDATE_GOLDEN=1 pytest tests/terminal/test_golden_tables.py` writes them anew: look at the difference before you commit
it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import RenderableType

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.cancel_conclusion import Action, Conclusion
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.history import history_entry
from canvas_progress.core.job import Job
from canvas_progress.core.kinds.report import REPORT
from canvas_progress.core.refs import Target
from canvas_progress.terminal.profile_list import profile_list
from canvas_progress.terminal.table import candidates, details, history_table, overview
from stage import Stream, a_terminal

GOLDEN = Path(__file__).parent.parent / "golden"
BASE = parse_base_url("canvas.example.edu")
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATER = NOW + timedelta(seconds=72)


def a_job(id_: int, state: str, completion: float | None, tag: str, *, message: str | None = None) -> Job:
    return Job(id_, state, completion, tag, "Course", 812, 1203, NOW, LATER, message)


JOBS = (
    a_job(4101, "completed", 100.0, "course_batch_update", message="17 courses processed"),
    a_job(4102, "running", 63.4, "custom_columns_submissions_update"),
    a_job(4103, "queued", None, "course_pace_publish"),
    a_job(
        4105, "failed", 38.0, "gradebook_to_csv", message="Unexpected error, ID: 8812\nsee https://canvas.example.edu"
    ),
    a_job(10000000000023, "failed", 99.9, "content_export", message="canceled"),
    a_job(1234567890123456789, "hibernating", 5.0, "convert_course_to_horizon"),
)
ANSWERS = tuple(
    (Target(str(job.id), job.id, BASE, profile="school"), Answer(job, About(date=LATER, user_id=1203))) for job in JOBS
)
ENTRIES = tuple(history_entry(target, answer.job, LATER.timestamp()) for target, answer in ANSWERS)
ENDED = "it has already completed, and Canvas would rewrite it as failed"
FOUND = (
    Conclusion(Action.REFUSED, ENDED, ExitCode.REFUSED),
    Conclusion(Action.DRY_RUN, "", ExitCode.OK),
    Conclusion(Action.DRY_RUN, "", ExitCode.OK),
    Conclusion(Action.DRY_RUN, "", ExitCode.OK, forced="it has already failed, and Canvas would replace its message"),
    Conclusion(Action.REFUSED, "it was started without an owner", ExitCode.REFUSED),
    Conclusion(Action.DRY_RUN, "", ExitCode.OK),
)
REPORTS = REPORT.usual(part="provisioning_csv")
LISTED = tuple(
    (
        Target(REPORT.label(REPORTS, number), number, BASE, profile="school", collection=REPORTS),
        Answer(replace(job, id=number, tag="provisioning_csv", context_type=None, context_id=None), About(date=LATER)),
    )
    for number, job in zip((5007, 5006, 10000000005005), JOBS[1:4], strict=True)
)
PROFILES = [
    ("school", "https://canvas.example.edu", "token from the command `pass`", "in use: the default profile"),
    ("college", "https://a-long-name.canvas.example.org/canvas", "token from $CANVAS_PROGRESS_COLLEGE_TOKEN", ""),
]
TABLES: dict[str, Callable[[int], RenderableType]] = {
    "show": lambda width: overview(ANSWERS, LATER, width=width, unicode=True),
    "show-one": lambda width: details(*ANSWERS[3], LATER, width=width, unicode=True),
    "recent": lambda width: history_table(ENTRIES, LATER.timestamp() + 90, width=width, unicode=True),
    "profile-list": lambda width: profile_list(PROFILES, width=width, unicode=True),
    "cancel": lambda width: candidates(
        tuple((*row, found) for row, found in zip(ANSWERS, FOUND, strict=True)), width=width, unicode=True
    )[0],
    "list": lambda width: overview(LISTED, LATER, width=width, unicode=True, as_list=True),
}
WIDTHS = [40, 60, 80, 100, 120, 200]


def printed(name: str, width: int) -> list[str]:
    terminal = a_terminal(environment={"COLUMNS": str(width)})
    terminal.print_table(TABLES[name](width))
    assert isinstance(terminal.stdout, Stream)
    return terminal.stdout.text.splitlines()


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_as_it_was_approved(name: str) -> None:
    parts = ["\n".join([f"--- {width} columns", *printed(name, width)]) + "\n" for width in WIDTHS]
    path, shown = GOLDEN / f"table-{name}.txt", "".join(parts)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["show", "recent", "cancel"])
@pytest.mark.parametrize("width", range(40, 201, 7))
def test_id_and_outcome_are_whole_at_every_width(name: str, width: int) -> None:
    lines = printed(name, width)
    for job in JOBS:
        [at] = [at for at, line in enumerate(lines) if line.split()[:1] == [str(job.id)]]
        assert job.outcome.value in " ".join(lines[at : at + 2]).split()
