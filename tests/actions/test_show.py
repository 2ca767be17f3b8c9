from __future__ import annotations

import json
from dataclasses import replace

import pytest

from canvas_doors import ask
from canvas_progress.actions.show import ShowPlan, show
from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.polling_policy import Policy
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.scenarios import default
from canvas_progress.terminal.terminal import Format
from stage import Stage, a_terminal

JSON, PLAIN, TABLE = ShowPlan(Format.JSON), ShowPlan(Format.PLAIN), ShowPlan(Format.TABLE)
COMPLETED, FAILED_LATER, CANCELED, MISSING, HIBERNATING, FORBIDDEN, BROKEN = 9, 5, 30, 99, 38, 51, 61


def test_json_is_what_canvas_sent_byte_for_byte() -> None:
    stage = Stage()
    show(stage.targets(48), stage.adapters, JSON)
    sent = ask(stage.world, "GET /api/v1/progress/48", now=stage.clock()).body.decode()
    assert json.loads(sent).keys() > {"id", "workflow_state"}
    assert stage.out == json.dumps(json.loads(sent), separators=(",", ":"), ensure_ascii=False) + "\n"


def test_json_is_one_object_on_a_line_for_each_job() -> None:
    stage = Stage()
    show(stage.targets(COMPLETED, 1, 2), stage.adapters, JSON)
    assert [job["id"] for job in stage.json_lines()] == [COMPLETED, 1, 2]


def test_plain_is_seven_fields_between_tabs() -> None:
    stage = Stage()
    show(stage.targets(COMPLETED), stage.adapters, PLAIN)
    fields = stage.out.rstrip("\n").split("\t")
    assert fields[:4] == ["9", "completed", "100", "upload_via_url"]
    assert len(fields) == 7


def test_a_message_with_tabs_and_newlines_stays_on_one_plain_line() -> None:
    stage = Stage()
    show(stage.targets(45), stage.adapters, PLAIN)
    stage.clock.sleep(60)
    show(stage.targets(45), stage.adapters, PLAIN)
    assert stage.out.count("\n") == 2
    assert "\\n" in stage.out


@pytest.mark.parametrize("plan", [PLAIN, TABLE, JSON])
def test_escape_sequences_of_the_server_never_reach_the_output(plan: ShowPlan) -> None:
    stage = Stage(terminal=a_terminal(tty=True, environment={"TERM": "dumb"}))
    show(stage.targets(47), stage.adapters, plan)
    stage.clock.sleep(60)
    show(stage.targets(47), stage.adapters, plan)
    assert "\x1b" not in stage.out
    assert "\x9b" not in stage.out
    assert "owned" in stage.out


def test_rich_markup_of_the_server_is_shown_as_text() -> None:
    stage = Stage()
    show(stage.targets(46), stage.adapters, TABLE)
    stage.clock.sleep(60)
    show(stage.targets(46), stage.adapters, TABLE)
    assert "[bold red]x[/]" in stage.out


def test_a_state_unknown_to_this_version_is_shown_as_it_came() -> None:
    stage = Stage()
    show(stage.targets(HIBERNATING), stage.adapters, PLAIN)
    stage.clock.sleep(60)
    show(stage.targets(HIBERNATING), stage.adapters, PLAIN)
    assert "\tunknown (hibernating)\t" in stage.out


def test_one_missing_job_does_not_hide_the_others() -> None:
    stage = Stage()
    code = show(stage.targets(MISSING, COMPLETED), stage.adapters, PLAIN)
    assert stage.out.startswith("9\tcompleted")
    assert "there is no progress 99 on canvas.example.edu" in stage.err
    assert code is ExitCode.NO_JOB


def test_a_forbidden_job_is_5_and_says_so() -> None:
    stage = Stage()
    assert show(stage.targets(FORBIDDEN), stage.adapters, PLAIN) is ExitCode.NO_JOB
    assert "does not permit progress 51" in stage.err


def test_a_failed_job_is_0_unless_the_exit_status_is_asked_for() -> None:
    stage = Stage()
    show(stage.targets(FAILED_LATER), stage.adapters, PLAIN)
    stage.clock.sleep(60)
    assert show(stage.targets(FAILED_LATER), stage.adapters, PLAIN) is ExitCode.OK
    assert show(stage.targets(FAILED_LATER), stage.adapters, ShowPlan(Format.PLAIN, exit_status=True)) is (
        ExitCode.JOB_FAILED
    )


@pytest.mark.parametrize(
    ("id_", "code"),
    [(COMPLETED, ExitCode.OK), (1, ExitCode.PENDING), (CANCELED, ExitCode.JOB_CANCELED), (31, ExitCode.PENDING)],
)
def test_exit_status_tells_the_outcome(id_: int, code: ExitCode) -> None:
    stage = Stage()
    assert show(stage.targets(id_), stage.adapters, ShowPlan(Format.PLAIN, exit_status=True)) is code


def test_a_502_is_asked_again_aloud_and_given_up_after_three_attempts() -> None:
    stage = Stage()
    assert show(stage.targets(BROKEN), stage.adapters, PLAIN) is ExitCode.GAVE_UP
    assert len(stage.world.log) == 3
    assert stage.err.count("retrying in") == 2
    assert "error: canvas.example.edu answered 502: Bad Gateway" in stage.err


def test_a_server_that_is_broken_for_three_jobs_in_a_row_is_not_asked_for_the_others() -> None:
    stage = Stage(scenario=replace(default(), faults=(Fault(kind=FaultKind.BAD_GATEWAY, count=None),)))
    show(stage.targets(1, 2, 3, 4, 5), stage.adapters, PLAIN)
    assert len(stage.world.log) == 3
    assert "2 jobs of that Canvas not requested" in stage.err


def test_one_job_that_canvas_cannot_show_does_not_hide_the_others() -> None:
    stage = Stage(scenario=replace(default(), faults=(Fault(kind=FaultKind.SERVER_ERROR, job=2, count=None),)))
    assert show(stage.targets(1, 2, 3), stage.adapters, PLAIN) is ExitCode.GAVE_UP
    assert [line.split("\t")[0] for line in stage.out.splitlines()] == ["1", "3"]


def test_a_refused_token_names_the_profile_and_never_the_token() -> None:
    stage = Stage(token="WRONG-marked-token")
    assert show(stage.targets(1, 2), stage.adapters, PLAIN) is ExitCode.NO_CREDENTIAL
    assert "refused the token of profile `school`" in stage.err
    assert "hint: make a new token" in stage.err
    assert "canvas-progress profile add school" in stage.err
    assert "marked" not in stage.err
    assert len(stage.world.log) == 1


def test_the_table_of_one_job_tells_who_started_it_and_when() -> None:
    stage = Stage()
    show(stage.targets(COMPLETED), stage.adapters, TABLE)
    assert "user 10 (you)" in stage.out
    assert "UTC, 24 h ago" in stage.out


def test_the_table_of_several_jobs_has_a_row_for_each_within_80_columns() -> None:
    stage = Stage(terminal=a_terminal(environment={"COLUMNS": "80"}))
    show(stage.targets(1, 4, COMPLETED, CANCELED, 45, 47), stage.adapters, TABLE)
    lines = stage.out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert [line.split()[0] for line in lines if line.strip()[:1].isdigit()] == ["1", "4", "9", "30", "45", "47"]


def test_a_job_with_warnings_is_not_said_to_be_not_completed() -> None:
    stage = Stage()
    watch((stage.sis_import(4003),), stage.adapters, WatchPlan(Policy(), Format.JSON))
    code = show((*stage.targets(30), stage.sis_import(4003)), stage.adapters, replace(PLAIN, exit_status=True))
    assert code is ExitCode.JOB_CANCELED
    plan = replace(PLAIN, exit_status=True, strict=True)
    assert show((*stage.targets(30), stage.sis_import(4003)), stage.adapters, plan) is ExitCode.JOB_FAILED
    assert stage.err.splitlines()[-3:] == [
        "not completed: 30 canceled",
        "not completed: 30 canceled",
        "sis_import:4003 completed with 4 warnings",
    ]
