"""Whatever the jobs and whatever the width: what a table or the live view says of a job is not cut where that lies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import RenderableType

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.cancel_conclusion import Action, Conclusion
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.history import history_entry
from canvas_progress.core.job import Job
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target, parse_ref
from canvas_progress.core.targets import targets_of
from canvas_progress.core.wording import percent
from canvas_progress.terminal.frame import Screen, frame
from canvas_progress.terminal.output import Output
from canvas_progress.terminal.profile_list import profile_list
from canvas_progress.terminal.symbols import SYMBOL_OF
from canvas_progress.terminal.table import candidates, details, history_table, overview, results
from canvas_progress.terminal.terminal import Color, Format
from cases import table
from jobs import a_target
from stage import Stream, a_terminal
from watching import asked

SCHOOL, COLLEGE = parse_base_url("canvas.example.edu"), parse_base_url("a-long-name.canvas.example.org")
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
STATES = ["queued", "running", "waiting_for_external_tool", "completed", "failed", "canceled", "hibernating" * 3]
LARGEST = 2**63 - 1

of_shards = st.builds(lambda shard, local: shard * 10**13 + local, st.integers(1, 922_000), st.integers(1, 10**9))
numbers = st.integers(1000, LARGEST) | st.integers(10**18, LARGEST) | of_shards
words = st.text("abcdef_", max_size=40)
sentences = st.lists(st.text("abcdefghij", min_size=1, max_size=30), max_size=20).map(" ".join)
jobs = st.builds(
    Job,
    id=numbers,
    state=st.sampled_from(STATES),
    completion=st.none() | st.floats(0, 100),
    tag=st.none() | words,
    context_type=st.sampled_from(["Course", "ContentMigration", "LearningOutcomeGroup"]),
    context_id=numbers,
    user_id=st.none() | numbers,
    created_at=st.just(NOW) | st.none(),
    updated_at=st.just(NOW + timedelta(seconds=9)) | st.none(),
    message=st.none() | sentences,
    results=st.none() | words,
)
Rows: TypeAlias = tuple[tuple[Target, Answer], ...]
names_of_kinds = st.one_of(
    st.sampled_from(["{}", "sis_import:{}", "outcome_import:{}", "report:provisioning_csv:{}"]),
    st.from_regex("report:[a-z_]{1,100}:{}", fullmatch=True),
    numbers.map("blueprint_sync:{}:{{}}".format),
)
widths = st.integers(40, 200)
seldom = settings(deadline=None, database=None)


def answered(jobs: list[Job], *, twice: bool = False, named: str = "{}") -> Rows:
    """Return the jobs as answers, `named` like this.

    With `twice` another Canvas has jobs of the same ids, so URLs tell them apart.
    """
    bases = (SCHOOL, COLLEGE) if twice else (SCHOOL,)
    asked = [(job, base) for job in jobs for base in bases]
    refs = tuple(parse_ref(named.format(job.id)) for job, _ in asked)
    places = tuple((base, "school") for _, base in asked)
    answers = [Answer(job, About(date=NOW, user_id=10)) for job, _ in asked]
    return tuple(zip(targets_of(refs, places), answers, strict=True))


rows_of_jobs = st.builds(
    answered,
    st.lists(jobs, min_size=1, max_size=5, unique_by=lambda job: job.id),
    twice=st.booleans(),
    named=names_of_kinds,
)


def watched(rows: Rows) -> Watch:
    watch = Watch(tuple(target for target, _ in rows), Policy(), 0.0)
    answers = dict(rows)
    for _ in rows:
        target = asked(watch, 0.0)
        watch.record(target, answers[target], 0.0, 0.5)
    return watch


def printed(table: RenderableType, width: int) -> list[str]:
    terminal = a_terminal(environment={"COLUMNS": str(width)})
    terminal.print_table(table)
    assert isinstance(terminal.stdout, Stream)
    return terminal.stdout.text.splitlines()


def assert_told(lines: list[str], target: Target, job: Job, *, done: bool = True, live: bool = False) -> None:
    """The lines of a row name the job, and tell its outcome and its percentage, all of them whole."""
    finishing = live and job.outcome is Outcome.RUNNING and job.completion == 100
    symbol = SYMBOL_OF[job.outcome].unicode
    named, told = "".join(map(str.strip, lines)), " ".join(lines).split()
    assert named.removeprefix(f"{symbol} ").startswith(target.label)
    assert ("finishing" if finishing else job.outcome.value) in told
    assert symbol in told
    assert not done or job.completion is None or percent(job.completion) in told


def assert_no_part_of_a_number(lines: list[str], rows: Rows) -> None:
    known = {str(number) for _, a in rows for number in (a.job.id, a.job.context_id, a.job.user_id)}
    known |= {number for target, _ in rows for number in re.findall("[0-9]+", target.label)}
    assert {run for line in lines for run in re.findall("[0-9]{4,}", line)} <= known


def rows_in(lines: list[str], width: int, *, headed: bool = True) -> list[list[str]]:
    """Return the lines of each row; those after the first one begin with a space."""
    assert all(cell_len(line) <= width for line in lines)
    if headed:
        [rule] = [number for number, line in enumerate(lines) if line.strip("─-") == ""]
        lines = lines[rule + 1 :]
    rows: list[list[str]] = []
    for line in lines:
        if line.startswith(" "):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def overviewed(rows: Rows, width: int, *, unicode: bool = True, as_list: bool = False) -> list[str]:
    return printed(overview(rows, NOW, width=width, unicode=unicode, as_list=as_list), width)


def asked_about(rows: Rows, width: int, reason: str, *, forced: bool = False) -> list[str]:
    """Return the question of a cancel: about jobs that are left alone for a reason, unless that is overridden."""
    action = Action.REFUSED if reason and not forced else Action.DRY_RUN
    found = Conclusion(action, reason, ExitCode.OK, forced=reason if forced else "")
    return printed(candidates(tuple((*row, found) for row in rows), width=width, unicode=True)[0], width)


def remembered_of(rows: Rows, width: int) -> list[str]:
    known = tuple(history_entry(target, answer.job, 0.0) for target, answer in rows)
    return printed(history_table(known, 172_799.0, width=width, unicode=True), width)


@table(
    "draw done",
    {
        "overview": (overviewed, True),
        "results of a watch": (
            lambda rows, width: printed(results(watched(rows).jobs, width=width, unicode=True), width),
            True,
        ),
        "list": (lambda rows, width: overviewed(rows, width, as_list=True), True),
        "question of a cancel": (lambda rows, width: asked_about(rows, width, ""), True),
        "question with a reason": (
            lambda rows, width: asked_about(rows, width, "it was started without an owner"),
            True,
        ),
        "recent jobs": (remembered_of, False),
    },
)
@seldom
@given(rows=rows_of_jobs, width=widths)
def test_no_table_cuts_an_id_an_outcome_or_a_percentage(
    draw: Callable[[Rows, int], list[str]], rows: Rows, width: int, *, done: bool
) -> None:
    lines = draw(rows, width)
    if draw is remembered_of:  # the profile tells two Canvases apart
        rows = tuple((replace(t, label=t.kind.label(t.collection, t.id)), answer) for t, answer in rows)
    for row, (target, answer) in zip(rows_in(lines, width), rows, strict=True):
        assert_told(row, target, answer.job, done=done)
    assert_no_part_of_a_number(lines, rows)


@seldom
@given(rows=rows_of_jobs, width=widths)
def test_the_live_view_cuts_no_id_no_outcome_and_no_percentage(rows: Rows, width: int) -> None:
    lines = [line.plain for line in frame(watched(rows), 40.0, Screen(width, None))]
    for row, (target, answer) in zip(rows_in(lines[1:], width, headed=False), rows, strict=True):
        assert_told(row, target, answer.job, live=True)
    assert_no_part_of_a_number(lines[1:], rows)


@seldom
@given(jobs, widths)
def test_a_single_job_is_shown_with_its_id_and_its_percentage_whole(job: Job, width: int) -> None:
    [(target, answer)] = answered([job])
    lines = printed(details(target, answer, NOW, width=width, unicode=True), width)
    assert all(cell_len(line) <= width for line in lines)
    assert str(job.id) in lines[0].split()
    [completion] = [line for line in lines if line.startswith(" completion")]
    assert completion.endswith(f" {percent(job.completion)}") or job.completion is None


@seldom
@given(rows=rows_of_jobs, width=st.integers(20, 39))
def test_below_forty_columns_an_id_is_still_whole(rows: Rows, width: int) -> None:
    tables = overviewed(rows, width), [line.plain for line in frame(watched(rows), 0.0, Screen(width, None))]
    for lines in tables:
        text = "".join(line.strip() for line in lines)
        assert all(target.label in text for target, _ in rows)
        assert all(any(str(target.id) in line for line in lines) for target, _ in rows)


@pytest.mark.parametrize("width", [20, 40, 60])
def test_a_url_in_the_title_of_a_single_job_is_not_broken(width: int) -> None:
    target, answer = answered([TYPICAL], twice=True)[0]
    lines = printed(details(target, answer, NOW, width=width, unicode=True), width)
    assert "https://canvas.example.edu/api/v1/progress/1234567" in " ".join(lines).split()


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_address_of_a_file_is_in_one_piece_and_without_what_is_signed(width: int) -> None:
    address = "https://canvas.example.edu/courses/812/files/123456789/download/a-file-with-a-long-name-for-a-table.zip"
    job = replace(TYPICAL, link=f"{address}?verifier=S3CRET", results=f'{{"url": "{address}?sf_verifier=S3CRET"}}')
    target = Target("1", 1, SCHOOL, profile="school")
    lines = printed(details(target, Answer(job), NOW, width=width, unicode=True), width)
    assert " ".join(lines).split()[-6:] == ["file", address, "signed:", "see", "`show", "--json`"]
    assert address in (part for line in lines for part in line.split())
    assert "S3CRET" not in "".join(lines)


def test_no_table_and_no_live_view_shows_the_signature_in_a_message() -> None:
    job = replace(TYPICAL, state="failed", message="made\nhttps://canvas.example.edu/files/7/download?verifier=S3CRET.")
    rows = answered([job])
    drawn = (
        printed(details(*rows[0], NOW, width=200, unicode=True), 200),
        overviewed(rows, 400),
        printed(results(watched(rows).jobs, width=200, unicode=True), 200),
        [line.plain for line in frame(watched(rows), 40.0, Screen(200, 24))],
    )
    for lines in map("".join, drawn):
        assert "download?verifier=****" in lines
        assert "S3CRET" not in lines


def test_the_address_of_a_file_is_a_hyperlink_on_a_terminal_alone() -> None:
    address = "https://canvas.example.edu/files/7/download"
    row = (a_target(), Answer(replace(TYPICAL, link=f"{address}?verifier=S3CRET")))
    for tty in (True, False):
        terminal = a_terminal(tty=tty, color=Color.ALWAYS)
        Output(terminal, Format.TABLE).jobs((row,), NOW)
        assert isinstance(terminal.stdout, Stream)
        assert (f";{address}\x1b\\{address}\x1b]8;;" in terminal.stdout.text) is tty
        assert address in terminal.stdout.text
        assert "S3CRET" not in terminal.stdout.text


TYPICAL = Job(1234567, "running", 63.0, "content_migration", "Course", 812, 10, NOW, NOW, "17 courses processed")


def head(lines: list[str]) -> list[str]:
    return lines[0].split()


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (40, ["id", "outcome", "done"]),
        (60, ["id", "outcome", "progress", "done", "message"]),
        (80, ["id", "outcome", "progress", "done", "tag", "message"]),
        (100, ["id", "outcome", "progress", "done", "tag", "context", "updated", "message"]),
        (140, ["id", "outcome", "progress", "done", "tag", "context", "started", "by", "age", "updated", "message"]),
    ],
)
def test_the_overview_has_the_columns_that_there_is_room_for(width: int, columns: list[str]) -> None:
    assert head(overviewed(answered([TYPICAL]), width)) == columns


def test_a_context_is_whole_or_not_there() -> None:
    for width in range(40, 120):
        text = "\n".join(overviewed(answered([TYPICAL]), width))
        assert ("Course 812" in text) == ("context" in text)


def test_the_bar_goes_before_the_percentage() -> None:
    rows = answered([replace(TYPICAL, id=LARGEST, state="completed", completion=100.0)])
    lines = overviewed(rows, 40)
    assert lines[2] == f"{LARGEST}  ✓ completed  100%"


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (40, ["id", "outcome", "seen"]),
        (60, ["id", "outcome", "seen", "tag"]),
        (70, ["id", "outcome", "seen", "tag", "context"]),
        (80, ["id", "outcome", "seen", "tag", "context", "profile"]),
    ],
)
def test_of_recent_jobs_the_profile_goes_first_and_then_the_context(width: int, columns: list[str]) -> None:
    job = history_entry(answered([TYPICAL])[0][0], TYPICAL, 0.0)
    assert head(printed(history_table((job,), 7300.0, width=width, unicode=True), width)) == columns


def test_a_state_that_nobody_knows_pushes_nothing_out() -> None:
    rows = answered([replace(TYPICAL, id=LARGEST, state="hibernating", message=None)])
    assert overviewed(rows, 40)[2] == f"{LARGEST}  ? unknown (h…   63%"
    assert "  ? unknown (hibernating)  " in overviewed(rows, 60)[2]


def test_an_absurd_completion_pushes_nothing_out() -> None:
    rows = answered([replace(TYPICAL, id=LARGEST, completion=1e300)])
    assert overviewed(rows, 40)[2] == f"{LARGEST}  ● running  >999%"


def test_a_message_is_broken_at_words() -> None:
    rows = answered([replace(TYPICAL, message="the course was not found on this server")])
    lines = overviewed(rows, 80)
    assert " ".join(line[55:].strip() for line in lines[2:]) == "the course was not found on this server"


def test_all_else_but_the_percentage_gives_way_before_a_message() -> None:
    rows = answered([replace(TYPICAL, message="the course was not found on this server " * 2)])
    assert head(overviewed(rows, 50)) == ["id", "outcome", "done", "message"]
    assert head(overviewed(rows, 80)) == ["id", "outcome", "progress", "done", "tag", "message"]
    lines = printed(results(watched(rows).jobs, width=50, unicode=True), 50)
    assert head(lines) == ["id", "outcome", "done", "message"]


def test_a_message_takes_what_is_left_over() -> None:
    assert overviewed(answered([replace(TYPICAL, message="m" * 39)]), 69)[2].endswith("   63%  " + "m" * 39)


def test_beside_a_long_id_the_bar_goes_before_the_outcome_and_the_percentage() -> None:
    rows = answered([replace(TYPICAL, message=None, tag=None, state="completed", completion=100.0)])
    long = tuple((replace(target, label="report:provisioning_csv:5007"), answer) for target, answer in rows)
    assert overviewed(long, 47)[2] == "report:provisioning_csv:5007  ✓ completed  100%"


def test_an_id_that_leaves_no_room_beside_it_is_on_a_line_of_its_own() -> None:
    rows = answered([replace(TYPICAL, message=None)], named="report:provisioning_csv:{}")
    assert overviewed(rows, 40) == [
        "id",
        "  outcome    progress  done",
        "─" * 27,
        "report:provisioning_csv:1234567",
        "  ● running  ━━━━━┄┄┄   63%",
    ]
    longer = answered([replace(TYPICAL, id=LARGEST)], named="report:provisioning_csv:{}")
    assert overviewed(longer, 40)[3:] == [
        "report:provisioning_csv:",
        f"  {LARGEST}",
        "  ● running   63%  17 courses processed",
    ]


def test_the_reason_why_a_job_is_left_alone_leaves_the_tag_whole() -> None:
    rows = answered([replace(TYPICAL, tag="custom_columns_submissions_update")])
    reason = "it has already completed, and Canvas would rewrite it as failed"
    lines = asked_about(rows, 86, reason)
    assert "custom_columns_submissions_update" in lines[2].split()
    assert " ".join(word for line in lines[2:] for word in line[61:].split()) == f"leave alone: {reason}"
    assert asked_about(rows, 118, reason)[2].endswith("  leave alone: it has already completed, and")


def test_the_question_says_what_is_to_be_done_and_what_is_forced() -> None:
    rows = answered([replace(TYPICAL, state="completed", completion=100.0)])
    reason = "it has already completed, and Canvas would rewrite it as failed"
    assert asked_about(rows, 90, "")[2].endswith("  100%  content_migration  Course 812  user 10 (you)  cancel")
    for forced, words in ((False, "leave alone"), (True, "cancel by force")):
        lines = asked_about(rows, 200, reason, forced=forced)
        assert " ".join(" ".join(line[73:] for line in lines[2:]).split()) == f"{words}: {reason}"


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_list_has_the_age_of_each_job_and_no_tag_that_its_name_says_already(width: int) -> None:
    job = replace(TYPICAL, id=5007, tag="provisioning_csv", created_at=NOW - timedelta(minutes=3))
    rows = answered([job], named="report:provisioning_csv:{}")
    lines = overviewed(rows, width, as_list=True)
    assert "age" in head(lines)
    assert "tag" not in head(lines)
    assert "  3 min" in lines[2]


def test_a_message_stays_beside_the_age_in_a_list_on_80_columns() -> None:
    job = replace(TYPICAL, id=5007, created_at=NOW - timedelta(minutes=59))
    rows = answered([job], named="report:provisioning_csv:{}")
    assert head(overviewed(rows, 80, as_list=True)) == ["id", "outcome", "done", "age", "message"]


def test_a_column_in_which_no_job_says_anything_is_left_out() -> None:
    rows = answered([replace(TYPICAL, message=None)])
    assert "message" not in head(overviewed(rows, 200))


PROFILES = [
    ("school", "https://canvas.example.edu", "token from the command `pass`", "in use: the default profile"),
    ("college", "https://a-long-name.canvas.example.org/canvas", "token from $CANVAS_PROGRESS_COLLEGE_TOKEN", ""),
]


@pytest.mark.parametrize("width", range(40, 201, 10))
def test_no_url_and_no_variable_of_a_profile_is_broken_and_none_is_left_out(width: int) -> None:
    lines = printed(profile_list(PROFILES, width=width, unicode=True), width)
    words = "\n".join(lines).split()
    assert {word for row in PROFILES for cell in row for word in cell.split()} <= set(words)
    assert all(len(line) <= max(width, len("  https://a-long-name.canvas.example.org/canvas")) for line in lines)


def test_profiles_are_a_table_where_there_is_room_for_one() -> None:
    assert [len(printed(profile_list(PROFILES, width=width, unicode=True), width)) for width in (80, 110)] == [7, 6]


def test_the_profile_in_use_has_a_heading_and_no_column_where_there_is_none() -> None:
    assert head(printed(profile_list(PROFILES, width=200, unicode=True), 200)) == [
        "name",
        "url",
        "credential",
        "status",
    ]
    lines = printed(profile_list(PROFILES[1:], width=200, unicode=True), 200)
    assert head(lines) == ["name", "url", "credential"]


def test_a_screen_without_the_symbols_gets_no_mark_where_text_is_cut() -> None:
    rows = answered([replace(TYPICAL, tag="x" * 90)], twice=True)
    lines = overviewed(rows, 60, unicode=False)
    assert not any("…" in line for line in lines)
