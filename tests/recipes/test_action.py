"""The GitHub Action: its steps are run in bash, with the files that a runner gives them."""

from __future__ import annotations

import json
import re
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Final

import pytest

from markdown import ROOT, blocks, rows, section
from raw_server import reply, serving
from recipes.action import ACTION, STEPS, TOKEN, Step, end_of, obeyed, read_outputs, run_step, start_step, watched

_PAGE: Final = ROOT / "docs" / "github-action.md"


def _said(folder: Path, **progress: str) -> Step:
    """Watch a job of which Canvas says this."""
    body = json.dumps({"id": 1, "workflow_state": "failed", "completion": 10} | progress)
    with serving(lambda connection, _: reply(connection, body)) as url:
        return run_step("watch", {"url": url, "token": TOKEN, "job": "1"}, folder)


def test_a_job_that_completes_gives_its_outcome_and_its_last_event(tmp_path: Path) -> None:
    step = watched(tmp_path, "9")
    assert step.code == 0, step.log
    assert step.outputs.keys() == ACTION["outputs"].keys()
    assert step.outputs["outcome"] == "completed"
    event = json.loads(step.outputs["json"])
    assert (event["event"], event["ref"], event["job"]["results"]) == ("finished", "9", {"id": 4711})


@pytest.mark.parametrize(
    ("job", "timeout", "code", "outcome"),
    [
        ("25", "30s", 0, "completed"),
        ("30", "30s", 9, "canceled"),
        ("49", "30s", 3, "failed"),
        ("56", "5s", 124, "queued"),
        ("999999", "30s", 5, "gone"),
        ("not-a-job", "30s", 2, ""),
        ("--help", "30s", 2, ""),
        ("-", "30s", 2, ""),
        ("", "30s", 2, ""),
        ("9", "0", 2, ""),
        ("9", "1s --exit-zero", 2, ""),
    ],
)
def test_the_step_ends_with_the_code_of_watch(tmp_path: Path, job: str, timeout: str, code: int, outcome: str) -> None:
    step = watched(tmp_path, job, timeout)
    assert (step.code, step.outputs["outcome"]) == (code, outcome), step.log
    assert bool(step.outputs["json"]) == bool(outcome)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_to_the_step_alone_ends_the_watch_and_leaves_outputs(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    polls, was_read = iter(range(100)), threading.Event()

    def answer(connection: socket.socket, _: str) -> None:
        if next(polls) == 1:  # the first answer was taken in
            was_read.set()
        reply(connection, json.dumps({"id": 1, "workflow_state": "running", "completion": 10}))

    with serving(answer) as url:
        process = start_step("watch", {"url": url, "token": TOKEN, "job": "1"}, tmp_path)
        assert was_read.wait(20)
        process.send_signal(number)
        began = time.monotonic()
        step = end_of(process, tmp_path)  # of all that it has started
    assert time.monotonic() - began < 20
    assert (step.code, step.outputs["outcome"]) == (code, "running"), step.log
    assert json.loads(step.outputs["json"])["job"]["completion"] == 10
    assert step.log.splitlines()[-1].strip(":") in step.log.splitlines()[1]


def test_a_script_in_an_input_is_not_run(tmp_path: Path) -> None:
    for number, job in enumerate(("$(touch ran)", "`touch ran`", "9; touch ran", '9"; touch ran; "')):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert watched(folder, job).code == 2
    assert not list(tmp_path.rglob("ran"))


def test_no_script_of_the_action_contains_an_expression() -> None:
    assert len(STEPS) == len(ACTION["runs"]["steps"]) == 2
    for step in STEPS.values():
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_the_token_is_in_no_output_and_in_the_log_only_where_it_is_masked(tmp_path: Path) -> None:
    step = _said(tmp_path, workflow_state="completed", message=f"you sent {TOKEN}", tag=TOKEN)
    masking, *rest = step.log.splitlines()
    assert masking == f"::add-mask::{TOKEN.replace('%', '%25')}"
    assert TOKEN not in "".join(rest) + str(step.outputs)
    assert "********" in step.outputs["json"]


@pytest.mark.parametrize("token", ["two\nlines", "::set-output\r", "tab\tin it", "f\u00fcnf"])
def test_a_token_that_would_tear_the_line_of_the_mask_is_not_printed(tmp_path: Path, token: str) -> None:
    step = watched(tmp_path, "9", token=token)
    assert step.code == 2
    assert step.log == "error: the token has characters that no token can have\n"
    assert step.outputs == {}


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_what_a_job_says_forges_no_output(tmp_path: Path, break_: str) -> None:
    lines = ("", "outcome=completed", "json={}", "outcome<<EOF", "completed", "EOF", "ghadelimiter", "")
    step = _said(tmp_path, message=break_.join(lines), tag=break_.join(lines))
    assert step.code == 3, step.log
    assert step.outputs.keys() == {"outcome", "json"}
    assert step.outputs["outcome"] == "failed"
    assert json.loads(step.outputs["json"])["job"]["tag"] == break_.join(lines)


def test_what_a_job_says_is_no_command_to_the_runner(tmp_path: Path) -> None:
    command = "##[set-output name=outcome]completed"
    step = _said(tmp_path, message=f"{command}\n::set-output name=outcome::completed\n::add-mask::failed\n")
    assert command in step.log, "the test shows nothing if it is not printed"
    assert [line.partition("::add-mask::")[0] for line in obeyed(step.log)] == [""]
    assert obeyed(step.log.replace("::stop-commands::", "")) != obeyed(step.log)


def test_the_runner_obeys_commands_again_when_the_step_ends_early(tmp_path: Path) -> None:
    step = watched(tmp_path, "not-a-job")
    first, *_, last = [line for line in step.log.splitlines() if line.startswith("::") and "mask" not in line]
    assert last == f"::{first.removeprefix('::stop-commands::')}::"


def test_the_word_is_another_one_each_time(tmp_path: Path) -> None:
    words = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        words.update(re.findall(r"stop-commands::([0-9a-f]{32})", watched(tmp_path / name, "9").log))
        words.update(re.findall(r"<<([0-9a-f]{32})", (tmp_path / name / "output").read_text("utf-8")))
    assert len(words) == 4


def test_the_outputs_are_added_to_those_that_are_there_already(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("earlier=1\n", "utf-8")
    assert watched(tmp_path, "9").outputs.keys() == {"earlier", "outcome", "json"}


def test_nothing_but_the_outputs_is_left_behind(tmp_path: Path) -> None:
    watched(tmp_path, "9")
    assert {path.name for path in tmp_path.iterdir()} == {"canvas-progress", "output"}


def test_outputs_are_read_as_a_runner_reads_them() -> None:
    assert read_outputs("a=1\nb<<x\n2\n3\nx\nc=\n") == {"a": "1", "b": "2\n3", "c": ""}


def test_its_page_describes_each_input_and_output() -> None:
    told = rows(_PAGE.read_text("utf-8"))
    assert [name.strip("`") for name, *_ in told] == [*ACTION["inputs"], *ACTION["outputs"]]
    assert [default.strip("`") for _, default, _ in told[: len(ACTION["inputs"])]] == [
        about.get("default", "required") for about in ACTION["inputs"].values()
    ]


def test_the_examples_on_its_page_use_its_inputs_and_outputs() -> None:
    text = "".join(block.text for block in blocks(_PAGE, "yaml"))
    given = re.findall(r"^ +(\w+):", section(_PAGE, "Use it").partition("with:")[2].partition("- if:")[0], re.MULTILINE)
    assert set(given) == set(ACTION["inputs"])
    assert set(re.findall(r"outputs\.(\w+)", text)) == set(ACTION["outputs"])
