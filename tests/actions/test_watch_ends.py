"""The ways to end a watch early, and what a watch sets off elsewhere."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.clock import SystemClock
from canvas_progress.core.credentials import Secret
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.profile_choice import without_tokens
from canvas_progress.processes import Programs
from canvas_progress.sandbox.scenarios import default, many
from canvas_progress.terminal.terminal import Format
from stage import TOKEN, Stage, Stream, a_terminal

QUICK, SLOW, FAILS, CANCELED, SILENT_FOR_EVER, REFUSES = 1, 2, 5, 30, 31, 61


def a_plan(*, format: Format = Format.PLAIN, hook: tuple[str, ...] = (), **policy: float | bool) -> WatchPlan:  # noqa: A002
    return WatchPlan(Policy(**policy), format, hook=hook)  # type: ignore[arg-type]


def test_any_ends_with_0_when_one_has_completed_whatever_the_others_do() -> None:
    stage = Stage()
    code = watch(stage.targets(CANCELED, QUICK, SLOW), stage.adapters, a_plan(stop_at_first_completed=True))
    assert code is ExitCode.OK
    assert stage.clock.passed < 10


def test_any_without_one_that_completes_tells_the_worst() -> None:
    stage = Stage()
    code = watch(stage.targets(CANCELED, FAILS), stage.adapters, a_plan(stop_at_first_completed=True))
    assert code is ExitCode.JOB_FAILED


def test_fail_fast_ends_at_the_first_that_does_not_complete() -> None:
    stage = Stage()
    code = watch(stage.targets(SLOW, CANCELED), stage.adapters, a_plan(stop_at_first_failed=True))
    assert code is ExitCode.JOB_CANCELED
    assert stage.clock.passed == 0


def test_a_job_in_which_nothing_changes_is_left_and_the_others_go_on() -> None:
    stage = Stage()
    code = watch(stage.targets(SILENT_FOR_EVER, SLOW), stage.adapters, a_plan(stall_timeout=10))
    assert code is ExitCode.TIMED_OUT
    assert "2\tcompleted" in stage.out
    assert "no longer watched" in stage.err
    assert "resume with `canvas-progress watch 31`" in stage.err


def test_a_stall_is_an_event_with_its_seconds() -> None:
    stage = Stage()
    watch(stage.targets(SILENT_FOR_EVER), stage.adapters, a_plan(format=Format.JSON, stall_timeout=10))
    stalled = stage.json_lines()[-2]
    assert (stalled["event"], stalled["ref"], stalled["outcome"]) == ("stalled", "31", "waiting")
    assert stalled["seconds"] == pytest.approx(10, abs=0.1)


def test_a_fixed_interval_is_kept() -> None:
    stage = Stage()
    watch(stage.targets(SLOW), stage.adapters, a_plan(interval=5))
    times = [logged.time for logged in stage.world.log]
    assert [round(later - first) for first, later in pairwise(times)] == [5] * (len(times) - 1)


def test_giving_up_takes_as_long_as_it_was_told_to() -> None:
    stage = Stage()
    stage.world = type(stage.world)(stage.scenario, token=TOKEN)
    code = watch(stage.targets(69), stage.adapters, a_plan(give_up_after=20))
    assert code is ExitCode.UNEXPECTED
    assert stage.clock.passed == 20  # its page stands in for a Canvas that is being maintained


def test_a_heartbeat_breaks_a_long_silence_and_nothing_else() -> None:
    stage = Stage()
    plan = replace(a_plan(timeout=100), heartbeat=30.0)
    watch(stage.targets(SILENT_FOR_EVER), stage.adapters, plan)
    beats = [line for line in stage.err.splitlines() if "still waiting" in line]
    assert len(beats) == 3


def a_hook(folder: Path, script: str) -> tuple[tuple[str, ...], Path]:
    """Write a program that gets its own folder as its last argument."""
    program = folder / "hook.py"
    program.write_text(f"import json, os, sys\n{script}\n")
    return (sys.executable, str(program), str(folder)), folder


KEEPS = """
with open(os.path.join(sys.argv[1], os.environ["CANVAS_PROGRESS_ID"]), "w") as file:
    json.dump({"input": sys.stdin.read(), "environment": dict(os.environ)}, file)
"""


def test_a_tag_that_no_variable_can_hold_keeps_no_hook_from_running(tmp_path: Path) -> None:
    scenario = default()
    jobs = tuple(replace(job, tag="a\0b") if job.id == QUICK else job for job in scenario.jobs)
    stage = Stage(scenario=replace(scenario, jobs=jobs))
    hook, folder = a_hook(tmp_path, KEEPS)
    watch(stage.targets(QUICK), stage.adapters, a_plan(hook=hook))
    assert json.loads((folder / "1").read_text())["environment"]["CANVAS_PROGRESS_TAG"] == "ab"


def test_of_many_jobs_the_first_twenty_are_named_and_the_others_counted() -> None:
    stage = Stage(scenario=many(25, median=500.0))
    ids = [script.id for script in stage.scenario.jobs]
    watch(stage.targets(*ids), stage.adapters, replace(a_plan(timeout=8), format=Format.PLAIN))
    (told,) = [line for line in stage.err.splitlines() if line.startswith("the time limit of 8 s is over: ")]
    assert told.endswith(" and 5 more")
    assert str(ids[19]) in told
    assert str(ids[20]) not in told


def test_the_hook_runs_once_for_each_job_that_ends_with_its_json_and_four_variables(tmp_path: Path) -> None:
    stage = Stage()
    hook, folder = a_hook(tmp_path, KEEPS)
    assert watch(stage.targets(QUICK, CANCELED), stage.adapters, a_plan(hook=hook)) is ExitCode.JOB_CANCELED
    kept = json.loads((folder / "1").read_text())
    assert json.loads(kept["input"])["workflow_state"] == "completed"
    assert {name: value for name, value in kept["environment"].items() if name.startswith("CANVAS")} == {
        "CANVAS_PROGRESS_ID": "1",
        "CANVAS_PROGRESS_KIND": "progress",
        "CANVAS_PROGRESS_OUTCOME": "completed",
        "CANVAS_PROGRESS_TAG": "course_batch_update",
        "CANVAS_PROGRESS_URL": "http://canvas.example.edu/api/v1/progress/1",
    }
    assert json.loads((folder / "30").read_text())["environment"]["CANVAS_PROGRESS_OUTCOME"] == "canceled"


def test_a_hook_that_fails_is_reported_with_what_it_said_and_changes_nothing(tmp_path: Path) -> None:
    stage = Stage()
    hook, _ = a_hook(tmp_path, "print('no mail \\x1b[2J today'); print('nor tomorrow', file=sys.stderr); sys.exit(3)")
    assert watch(stage.targets(QUICK), stage.adapters, a_plan(hook=hook)) is ExitCode.OK
    assert "no mail \\x1b[2J today" in stage.err
    assert "nor tomorrow" in stage.err
    assert "failed for 1 with exit code 3" in stage.err
    assert stage.out.startswith("1\tcompleted")


def test_a_hook_that_is_not_there_is_reported() -> None:
    stage = Stage()
    assert watch(stage.targets(QUICK), stage.adapters, a_plan(hook=("/no/such/hook",))) is ExitCode.OK
    assert "warning: `/no/such/hook` could not be run for 1: No such file or directory" in stage.err


def test_no_variable_with_a_token_reaches_other_programs(tmp_path: Path) -> None:
    stage = Stage()
    environment = {"PATH": "/bin", "MINE": f"x{TOKEN}x", "CANVAS_API_TOKEN": "other", "CANVAS_TOKEN": "o", "HOME": "/h"}
    clean = without_tokens(environment, (Secret(TOKEN),))
    assert clean == {"PATH": "/bin", "HOME": "/h"}
    hook, folder = a_hook(tmp_path, KEEPS)
    watch(
        stage.targets(QUICK),
        replace(stage.adapters, programs=Programs(lambda: clean, SystemClock())),
        a_plan(hook=hook),
    )
    assert TOKEN not in (folder / "1").read_text()


def test_notify_rings_the_bell_at_the_end_and_only_then() -> None:
    stage = Stage(terminal=a_terminal(tty=True))
    watch(stage.targets(QUICK), stage.adapters, replace(a_plan(), notify=True))
    assert stage.err.count("\a") == 1


def test_notify_rings_nothing_in_a_log() -> None:
    stage = Stage()
    watch(stage.targets(QUICK), stage.adapters, replace(a_plan(), notify=True))
    assert "\a" not in stage.err


@pytest.mark.parametrize(
    ("environment", "reads"),
    [
        ({"TERM": "xterm"}, False),
        ({"WT_SESSION": "1"}, True),
        ({"ConEmuANSI": "ON"}, True),
        ({"TERM_PROGRAM": "ghostty"}, True),
        ({"TERM_PROGRAM": "iTerm.app"}, False),
        ({"VTE_VERSION": "8000"}, True),
        ({"VTE_VERSION": "7600"}, False),
        ({"WT_SESSION": "1", "TMUX": "/tmp/x"}, False),
        ({"WT_SESSION": "1", "STY": "12.pts-0.host"}, False),
    ],
)
def test_the_taskbar_is_used_in_terminals_that_read_it_so_and_always_cleared(
    environment: dict[str, str], *, reads: bool
) -> None:
    stage = Stage(terminal=a_terminal(tty=True, environment=environment))
    watch(stage.targets(QUICK), stage.adapters, replace(a_plan(), notify=True))
    assert isinstance(stage.terminal.stderr, Stream)
    assert ("\x1b]9;4;1;" in stage.err) is reads
    if reads:
        assert stage.err.rindex("\x1b]9;4;0;") > stage.err.rindex("\x1b]9;4;1;")


def test_of_a_hook_that_prints_megabytes_the_last_lines_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    stage = Stage()
    hook, _ = a_hook(tmp_path, "for number in range(300_000): print('line', number)\nsys.exit(3)")
    watch(stage.targets(QUICK), stage.adapters, a_plan(hook=hook))
    said = [line for line in stage.err.splitlines() if line.startswith(f"{sys.executable}: ")]
    assert said[0] == f"{sys.executable}: … and 299900 more lines before these"
    assert said[1:] == [f"{sys.executable}: line {number}" for number in range(299_900, 300_000)]
    assert f"warning: `{sys.executable}` failed for 1 with exit code 3\n" in stage.err
