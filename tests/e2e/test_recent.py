"""What the installed command remembers from one invocation to the next."""

from __future__ import annotations

import json

import pytest

import other_canvas as other
from canvas_progress.sandbox.server import SandboxServer
from command import Command
from other_canvas import said


def listed(command: Command, *options: str) -> list[list[str]]:
    return [line.split("\t") for line in command.run("recent", *options).out.splitlines()]


def test_jobs_that_were_shown_watched_or_canceled_are_listed_newest_first(connected: Command) -> None:
    connected.run("show", "9")
    connected.run("watch", "30")
    connected.run("cancel", "-y", "1")
    assert [row[:2] for row in listed(connected)] == [["1", "canceled"], ["30", "canceled"], ["9", "completed"]]
    first = json.loads(connected.run("recent", "--json").out.splitlines()[0])
    assert (first["ref"], first["canceled_by_us"], first["profile"]) == ("1", True, "environment")


def test_the_listed_jobs_are_those_of_a_tag_an_outcome_and_an_age(connected: Command) -> None:
    connected.run("show", "1", "5", "9")
    connected.run("show", "30")
    assert [row[0] for row in listed(connected, "--outcome", "completed", "--outcome", "canceled")] == ["30", "9"]
    assert [row[0] for row in listed(connected, "--tag", "upload_via_url", "--since", "1h")] == ["9"]
    assert [row[0] for row in listed(connected, "-n", "3", "--tag", "course_pace_publish")] == ["30"]
    assert len(listed(connected, "-n", "3")) == 3
    assert connected.run("recent", "--since", "soon").code == 2
    assert connected.run("recent", "--outcome", "done").code == 2


def test_its_lines_begin_with_the_columns_of_show(connected: Command) -> None:
    shown = connected.run("show", "9").out.rstrip("\n").split("\t")
    (row,) = listed(connected)
    assert [now for now, then in zip(row, shown, strict=False) if now] == [*shown[:2], *shown[3:6]]
    assert row[7:9] == ["environment", connected.environment["CANVAS_PROGRESS_URL"]]


def test_pending_ones_are_watched_when_no_job_is_named(connected: Command) -> None:
    connected.run("show", "1", "9")
    assert [row[0] for row in listed(connected, "--pending")] == ["1"]
    ran = connected.on_screen("watch")
    assert ran.code == 0
    assert "watching the recent jobs that are pending: 1" in ran.out
    again = connected.on_screen("watch")
    assert again.code == 2  # nothing was watched, so nothing has completed
    assert "no job to watch: no recent job is pending" in again.out


def test_jobs_that_no_profile_is_for_do_not_keep_the_others_from_being_watched(connected: Command) -> None:
    here = dict(connected.environment)
    running = said(other.progress("running", 4711))
    with other.other_canvas({"GET /api/v1/progress/4711": running}) as elsewhere:
        connected.environment |= {"CANVAS_PROGRESS_URL": elsewhere.url, "CANVAS_PROGRESS_TOKEN": "another"}
        assert connected.run("show", "4711").code == 0
    connected.environment |= here
    alone = connected.on_screen("watch")
    assert (alone.code, f"no profile is for {elsewhere.url}" in alone.out) == (7, True)
    connected.run("show", "1")
    ran = connected.on_screen("watch")
    assert ran.code == 0
    assert f"left out 4711: no profile is for {elsewhere.url}" in ran.out.replace("\r\n", "")
    assert "watching the recent jobs that are pending: 1" in ran.out


@pytest.mark.parametrize("arguments", ["recent -p NAME", "-p NAME recent", "recent --refresh -p NAME"])
def test_only_those_of_a_profile_that_is_named_are_listed(connected: Command, arguments: str) -> None:
    connected.run("show", "1")
    for name, ids in (("environment", ["1"]), ("school", [])):
        ran = connected.run(*arguments.replace("NAME", name).split())
        assert ran.code == 0
        assert [line.split("\t")[0] for line in ran.out.splitlines()] == ids
    assert connected.run("recent", "-p", "").err.startswith("error: `-p` has an empty name\n")


def test_a_job_that_is_listed_for_a_profile_is_named_for_commands_without_one(
    connected: Command, canvas: SandboxServer
) -> None:
    other = {"CANVAS_PROGRESS_URL": "https://canvas.example.org", "CANVAS_PROGRESS_TOKEN": "x"}
    connected.run("show", "9")
    connected.environment |= other
    (row,) = listed(connected, "-p", "environment")
    assert row[0] == f"{canvas.url}/api/v1/progress/9"


def test_only_those_of_a_profile_that_is_named_are_watched(connected: Command) -> None:
    connected.run("show", "1")
    ran = connected.on_screen("watch", "-p", "sandbox")
    assert ran.code == 2
    assert "no job to watch: those of the sandbox are not remembered" in ran.out


@pytest.mark.parametrize("script", ["$EMPTY", '"$EMPTY"', '"$EMPTY" 9', '" "', "< /dev/null", "$EMPTY < /dev/null"])
def test_an_unset_variable_never_deploys(connected: Command, script: str) -> None:
    connected.run("show", "1")
    ran = connected.shell(f"canvas-progress watch {script} && echo deployed")
    assert ran.code == 2
    assert "is a variable unset?" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("command_", ["show", "watch", "cancel --yes"])
def test_an_empty_job_is_a_usage_error_on_a_terminal_as_well(connected: Command, command_: str) -> None:
    ran = connected.on_screen(*command_.split(), "")
    assert ran.code == 2
    assert "is a variable unset?" in ran.out


def test_refresh_asks_canvas_about_what_was_pending(connected: Command, canvas: SandboxServer) -> None:
    connected.run("show", "1", "44")
    connected.run("cancel", "-y", "-m", "elsewhere", "1")
    before = len(canvas.world.log)
    connected.run("recent", "--refresh")
    assert len(canvas.world.log) == before + 1  # 44 alone was pending


def test_nothing_is_remembered_where_the_environment_says_no(connected: Command) -> None:
    connected.environment["CANVAS_PROGRESS_NO_HISTORY"] = "1"
    connected.run("show", "9")
    assert listed(connected) == []


def test_nothing_is_remembered_where_the_configuration_says_no(connected: Command) -> None:
    folder = connected.home / "config" / "canvas-progress"
    folder.mkdir(parents=True)
    (folder / "config.toml").touch(0o600)
    (folder / "config.toml").write_text("history = false\n")
    connected.run("show", "9")
    assert listed(connected) == []


def test_the_sandbox_leaves_no_trace(command: Command) -> None:
    command.run("-p", "sandbox", "show", "9")
    assert listed(command) == []


def test_forget_empties_it(connected: Command) -> None:
    connected.run("show", "9")
    connected.run("recent", "--forget")
    assert listed(connected) == []


def test_a_file_that_cannot_be_used_never_stops_the_job_at_hand(connected: Command) -> None:
    (connected.home / "state").mkdir()
    (connected.home / "state" / "canvas-progress").write_text("in the way")
    ran = connected.run("show", "9")
    assert ran.code == 0
    assert ran.out.startswith("9\tcompleted")
    assert ran.err.startswith("warning: recent jobs are not remembered: ")


def test_no_token_and_no_message_is_in_the_file(connected: Command, canvas: SandboxServer) -> None:
    connected.run("cancel", "-y", "-m", "a private reason", "1")
    kept = (connected.home / "state" / "canvas-progress" / "recent.sqlite3").read_bytes()
    assert b"course_batch_update" in kept
    assert b"private reason" not in kept
    assert canvas.token.encode() not in kept
