from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.core.answers import Answer
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.core.signals import Terminated
from canvas_progress.core.targets import Found
from canvas_progress.core.usual_durations import Prior
from canvas_progress.sandbox.scenarios import demo, many
from canvas_progress.terminal.terminal import Format
from stage import ReaderGone, Stage, Stream, a_terminal

JSON, PLAIN = WatchPlan(Policy(), Format.JSON), WatchPlan(Policy(), Format.PLAIN)


def of_job(events: list[dict[str, Any]], ref: str) -> list[dict[str, Any]]:
    return [event for event in events if event.get("ref") == ref]


def test_a_watch_ends_when_its_last_job_has_ended() -> None:
    stage = Stage()
    assert watch(stage.targets(1, 9), stage.adapters, PLAIN) is ExitCode.OK
    assert stage.out.splitlines()[0].startswith("1\tcompleted\t100\t")
    assert stage.out.splitlines()[1].startswith("9\tcompleted\t100\t")
    assert 5 < stage.clock.passed < 9  # the job runs for about six seconds


@pytest.mark.parametrize(
    ("id_", "code"),
    [
        (9, ExitCode.OK),
        (5, ExitCode.JOB_FAILED),
        (30, ExitCode.JOB_CANCELED),
        (99, ExitCode.NO_JOB),
        (51, ExitCode.NO_JOB),
        (44, ExitCode.NO_JOB),
        (32, ExitCode.OK),
        (37, ExitCode.OK),
        (7, ExitCode.OK),
        (35, ExitCode.OK),
        (36, ExitCode.OK),
        (61, ExitCode.OK),
        (65, ExitCode.OK),
        (66, ExitCode.OK),
        (72, ExitCode.OK),
        (73, ExitCode.OK),
        (75, ExitCode.OK),
    ],
)
def test_each_way_to_end_has_its_exit_code(id_: int, code: ExitCode) -> None:
    stage = Stage()
    assert watch(stage.targets(id_), stage.adapters, PLAIN) is code


def test_a_job_that_had_already_failed_counts_the_same() -> None:
    stage = Stage()
    watch(stage.targets(5), stage.adapters, PLAIN)
    assert watch(stage.targets(5), stage.adapters, PLAIN) is ExitCode.JOB_FAILED


@pytest.mark.parametrize("id_", [31, 38])
def test_waiting_and_unknown_states_are_watched_on_until_the_time_limit(id_: int) -> None:
    stage = Stage()
    assert watch(stage.targets(id_), stage.adapters, WatchPlan(Policy(timeout=600), Format.PLAIN)) is ExitCode.TIMED_OUT
    assert stage.clock.passed == pytest.approx(600, abs=0.01)


def test_a_time_limit_names_the_unfinished_jobs_and_the_command_that_goes_on() -> None:
    stage = Stage()
    plan = WatchPlan(Policy(timeout=10), Format.PLAIN, again=("canvas-progress", "-p", "school", "watch"))
    assert watch(stage.targets(2, 9), stage.adapters, plan) is ExitCode.TIMED_OUT
    assert re.search(r"the time limit of 10 s is over: 2 running [0-9]+%", stage.err)
    assert "hint: resume with `canvas-progress -p school watch 2`" in stage.err


def test_a_failed_job_outranks_nothing_but_pending_and_canceled_ones() -> None:
    stage = Stage()
    assert watch(stage.targets(5, 30, 99), stage.adapters, PLAIN) is ExitCode.NO_JOB
    assert "3 of 3 jobs did not complete: 5 failed: Unexpected error, ID: 8812; 30 canceled; 99 missing" in stage.err


def test_the_sentence_about_a_failed_job_has_no_signature_of_its_message() -> None:
    stage = Stage()
    (target,) = stage.targets(1)
    stage.adapters.jobs.cancel(target, "see https://example.edu/files/7/download?verifier=S3CRET")
    watch((target,), stage.adapters, PLAIN)
    assert "\n1 failed: see https://example.edu/files/7/download?verifier=********\n" in stage.err
    assert "S3CRET" not in stage.err


def test_what_was_learned_of_a_tag_saves_requests() -> None:
    spent = []
    for prior in (None, Prior(60.0, 1.0)):
        stage = Stage()
        (target,) = stage.targets(1)
        tag = stage.adapters.jobs.read(target).job.tag
        priors = {(str(target.base), str(tag)): prior} if prior else {}
        watch((target,), stage.adapters, WatchPlan(Policy(timeout=30), Format.JSON, priors=priors))
        spent.append(stage.json_lines()[-1]["requests"])
    assert spent[1] < spent[0]


def test_exit_zero_forgives_jobs_that_failed_or_were_canceled() -> None:
    stage = Stage()
    plan = WatchPlan(Policy(), Format.PLAIN, exit_zero=True)
    assert watch(stage.targets(5, 30), stage.adapters, plan) is ExitCode.OK


def test_a_token_that_expires_meanwhile_ends_the_watch_at_once() -> None:
    stage = Stage()
    assert watch(stage.targets(76, 2), stage.adapters, PLAIN) is ExitCode.NO_CREDENTIAL
    assert "refused the token of profile `school` (401, expired" in stage.err
    assert stage.clock.passed < 60


def test_every_job_has_seen_first_and_finished_last_and_the_stream_ends_with_a_summary() -> None:
    stage = Stage()
    code = watch(stage.targets(1, 5, 30), stage.adapters, JSON)
    events = stage.json_lines()
    for ref in ("1", "5", "30"):
        assert [of_job(events, ref)[0]["event"], of_job(events, ref)[-1]["event"]] == ["seen", "finished"]
    assert events[-1]["event"] == "summary"
    assert events[-1]["outcomes"] == {"1": "completed", "5": "failed", "30": "canceled"}
    assert events[-1]["exit_code"] == code == ExitCode.JOB_FAILED
    assert events[-1]["requests"] == len(stage.world.log)


def test_a_changed_event_comes_only_when_the_job_differs() -> None:
    stage = Stage()
    watch(stage.targets(2), stage.adapters, JSON)
    jobs = [event["job"] for event in of_job(stage.json_lines(), "2") if event["event"] != "finished"]
    assert len(jobs) > 3
    assert all(before != after for before, after in pairwise(jobs))


def test_a_fault_is_an_error_event_that_says_when_it_asks_again() -> None:
    stage = Stage()
    watch(stage.targets(61), stage.adapters, JSON)
    first = next(event for event in stage.json_lines() if event["event"] == "error")
    assert first["code"] == "server"
    assert 0 < first["retry_in"] <= 1
    assert "502" in first["message"]


def test_lines_on_standard_error_tell_changes_and_repeat_nothing() -> None:
    stage = Stage()
    watch(stage.targets(1), stage.adapters, PLAIN)
    told = [line.split(" ", 1)[1] for line in stage.err.splitlines()]
    assert told[0] == "1 queued course_batch_update"
    assert told[-1].startswith("1 completed 100% course_batch_update")
    assert len(told) == len(set(told))


class Interrupting:
    """Jobs of a Canvas that is interrupted at the n-th request, the way a signal reaches the main thread."""

    def __init__(self, stage: Stage, error: BaseException, *, at: int) -> None:
        self.stage, self.error, self.left = stage, error, at

    def read(self, target: Target) -> Answer:
        self.left -= 1
        if self.left == 0:
            raise self.error
        return self.stage.adapters.jobs.read(target)

    def find(self, link: Target) -> Found:
        return self.stage.adapters.jobs.find(link)

    def limit(self, target: Target) -> float:
        return self.stage.adapters.jobs.limit(target)

    def cancel(self, target: Target, message: str) -> Answer:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "interrupted"),
        (Terminated(), ExitCode.TERMINATED, "terminated"),
    ],
)
def test_a_signal_ends_the_stream_with_a_summary_and_says_how_to_go_on(
    error: BaseException, code: ExitCode, word: str
) -> None:
    stage = Stage()
    adapters = replace(stage.adapters, jobs=Interrupting(stage, error, at=3))
    assert watch(stage.targets(2), adapters, JSON) is code
    assert stage.json_lines()[-1]["exit_code"] == code
    assert f"{word}, nothing was canceled: 2 " in stage.err
    assert "resume with `canvas-progress watch 2`" in stage.err


def test_a_reader_that_goes_away_ends_the_watch_with_a_broken_pipe() -> None:
    stage = Stage()
    stage.terminal.stdout = io.TextIOWrapper(ReaderGone(), encoding="utf-8")
    with pytest.raises(BrokenPipeError):
        watch(stage.targets(2), stage.adapters, JSON)


def test_two_hundred_jobs_are_watched_without_one_throttled_request() -> None:
    stage = Stage(scenario=many(200))
    ids = [script.id for script in stage.scenario.jobs]
    assert watch(stage.targets(*ids), stage.adapters, PLAIN) is ExitCode.OK
    assert stage.world.throttled == 0
    assert stage.out.count("\tcompleted\t") == 200


def test_the_demo_ends_as_scripted_within_twenty_seconds() -> None:
    stage = Stage(scenario=demo())
    ids = [script.id for script in stage.scenario.jobs]
    assert watch(stage.targets(*ids), stage.adapters, PLAIN) is ExitCode.JOB_FAILED
    assert stage.clock.passed < 20
    for id_, state in stage.scenario.expected.items():
        assert stage.state(id_) == state


def test_no_watch_ever_cancels_anything() -> None:
    stage = Stage()
    watch(stage.targets(1, 2, 5, 31), stage.adapters, WatchPlan(Policy(timeout=30), Format.PLAIN))
    assert stage.posts() == 0


def test_bars_on_a_screen_leave_the_last_frame_and_write_nothing_to_standard_output() -> None:
    stage = Stage(terminal=a_terminal(tty=True))
    watch(stage.targets(1, 5), stage.adapters, WatchPlan(Policy(), Format.TABLE))
    assert stage.out == ""
    assert "✗ " in stage.err
    assert "100%" in stage.err


def test_a_note_after_the_bars_is_a_line_of_its_own() -> None:
    stage = Stage(terminal=a_terminal(tty=True))
    watch(stage.targets(1), stage.adapters, WatchPlan(Policy(), Format.TABLE))
    drawn = stage.err
    stage.terminal.note("that was all")
    assert stage.err == f"{drawn}that was all\n"


def test_forced_colour_draws_no_bars_where_there_is_no_screen() -> None:
    stage = Stage(terminal=a_terminal(environment={"FORCE_COLOR": "1", "TERM": "xterm"}))
    watch(stage.targets(1), stage.adapters, WatchPlan(Policy(), Format.TABLE))
    assert not re.search(r"\x1b\[[0-9;?]*[ABCDEFGHJKlh]", stage.out + stage.err)
    assert "\x1b[32m" in stage.out  # colour there is


def test_a_dumb_terminal_gets_lines() -> None:
    stage = Stage(terminal=a_terminal(tty=True, environment={"TERM": "dumb"}))
    watch(stage.targets(1), stage.adapters, WatchPlan(Policy(), Format.PLAIN))
    assert "\x1b" not in stage.err
    assert "1 completed 100% course_batch_update" in stage.err


def test_json_on_a_screen_is_not_torn_by_bars() -> None:
    stage = Stage(terminal=a_terminal(tty=True))
    watch(stage.targets(1), stage.adapters, JSON)
    assert "\x1b" not in stage.err
    assert stage.json_lines()[-1]["event"] == "summary"


def test_json_in_a_pipe_has_bars_beside_it_on_the_screen() -> None:
    stage = Stage(terminal=a_terminal(tty=True))
    stage.terminal.stdout = Stream()
    watch(stage.targets(1), stage.adapters, JSON)
    assert "━" in stage.err
    assert stage.json_lines()[-1]["event"] == "summary"


@pytest.mark.parametrize(("strict", "code"), [(False, ExitCode.OK), (True, ExitCode.JOB_FAILED)])
def test_a_job_with_warnings_is_named_at_the_end_whatever_it_counts_as(code: ExitCode, *, strict: bool) -> None:
    stage = Stage()
    plan = WatchPlan(Policy(strict=strict), Format.PLAIN)
    assert watch((stage.sis_import(4003), *stage.targets(9)), stage.adapters, plan) is code
    assert stage.err.splitlines()[-2:] == [
        "sis_import:4003 completed with 4 warnings",
        "hint: `canvas-progress show http://canvas.example.edu/api/v1/accounts/1/sis_imports/4003` shows more",
    ]


def test_a_job_that_failed_without_a_message_is_reported_with_its_results() -> None:
    stage = Stage()
    assert watch(stage.targets(40), stage.adapters, PLAIN) is ExitCode.JOB_FAILED
    assert '40 failed: [{"assignment_id": 301, "due_at": ["must be before the lock date"]}' in stage.err
    stage = Stage()
    watch(stage.targets(40), stage.adapters, JSON)
    assert json.loads(stage.json_lines()[-1]["reasons"]["40"])[0]["assignment_id"] == 301


@pytest.mark.parametrize(
    ("ids", "counted"),
    [
        ((5, 30, 31, 9), "2 of 4 jobs failed or were canceled: 5 failed: Unexpected error, ID: 8812; 30 canceled"),
        ((30, 31), "1 of 2 jobs failed or was canceled: 30 canceled"),
        ((30, 99, 31), "2 of 3 jobs failed, were canceled or could not be read: 30 canceled; 99 missing"),
    ],
)
def test_while_others_are_pending_the_count_is_of_those_that_have_ended(ids: tuple[int, ...], counted: str) -> None:
    stage = Stage()
    watch(stage.targets(*ids), stage.adapters, WatchPlan(Policy(timeout=60), Format.PLAIN))
    assert counted in stage.err.splitlines()
    assert "the time limit of 60 s is over: 31 " in stage.err
