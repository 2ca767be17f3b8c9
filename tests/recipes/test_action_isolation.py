"""What the action must not heed: the repository that is checked out, profiles of the runner, variables of the job."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from raw_server import reply, serving
from recipes.action import STEPS, TOKEN, hostile_modules, run_step, watched

_URL: Final = "http://127.0.0.1:1"  # where nothing listens


@pytest.mark.parametrize("step", list(STEPS))
@pytest.mark.parametrize("name", ["url", "token"])
def test_an_empty_input_is_an_error_before_anything_is_installed_or_run(tmp_path: Path, name: str, step: str) -> None:
    (tmp_path / "canvas-progress").mkdir()  # empty: no step could run anything in there
    ran = run_step(step, {"url": _URL, "token": TOKEN, "job": "9"} | {name: ""}, tmp_path)
    assert (ran.code, ran.outputs) == (2, {})
    assert ran.log.startswith(f"error: the input `{name}` is empty")
    assert len(ran.log.splitlines()) == 1
    assert not list((tmp_path / "canvas-progress").iterdir())


@pytest.mark.parametrize("name", ["url", "token"])
def test_an_input_of_blanks_is_as_good_as_empty(tmp_path: Path, name: str) -> None:
    ran = run_step("watch", {"url": _URL, "token": TOKEN, "job": "9"} | {name: " \t\n"}, tmp_path)
    assert (ran.code, ran.outputs) == (2, {})
    assert ran.log.startswith(f"error: the input `{name}` is empty")


@pytest.fixture
def other_canvas() -> Iterator[tuple[str, list[str]]]:
    """Serve another Canvas than that of the input; yield its address, and each request that it gets."""
    requests: list[str] = []

    def answer(connection: socket.socket, head: str) -> None:
        requests.append(head)
        reply(connection, '{"id": 9, "workflow_state": "completed", "completion": 100}')

    with serving(answer) as url:
        yield url, requests


def _profile_in_home(folder: Path, url: str) -> None:
    """Make a profile for this Canvas the default of whoever the runner runs as."""
    for place in (Path(".config"), Path("Library", "Application Support")):
        file = folder / "home" / place / "canvas-progress" / "config.toml"
        file.parent.mkdir(parents=True)
        file.write_text(f'default = "other"\n[profiles.other]\nurl = "{url}"\ntoken = "of-the-runner"\n', "utf-8")
        file.chmod(0o600)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"CANVAS_PROGRESS_PROFILE": "other"},
        {"CANVAS_PROGRESS_PROFILE": "sandbox"},
        {"CANVAS_PROGRESS_CONFIG": "/nowhere/config.toml"},
        {"CANVAS_API_URL": "OTHER", "CANVAS_API_TOKEN": "of-the-job"},
        {"CANVAS_URL": "OTHER", "CANVAS_TOKEN": "of-the-job"},
        {"CANVAS_PROGRESS_URL": "OTHER", "CANVAS_PROGRESS_TOKEN": "of-the-job"},
        {"_CANVAS_PROGRESS_COMPLETE": "complete_bash"},
    ],
)
@pytest.mark.parametrize("missing", ["", "url", "token"])
def test_nothing_but_the_inputs_names_a_canvas(
    tmp_path: Path, other_canvas: tuple[str, list[str]], variables: dict[str, str], missing: str
) -> None:
    other, requests = other_canvas
    _profile_in_home(tmp_path, other)
    given = {name: value.replace("OTHER", other) for name, value in variables.items()}
    with SandboxServer(World(default(), token=TOKEN)) as server:
        inputs = {"url": server.url, "token": TOKEN, "job": "9", "timeout": "30s"}
        step = run_step("watch", inputs | ({missing: ""} if missing else {}), tmp_path, **given)
    assert requests == []
    assert (step.code == 0) == (not missing), step.log
    assert step.outputs.get("outcome", "") == ("" if missing else "completed")


def test_a_job_of_another_canvas_is_refused_though_the_runner_has_a_profile_for_it(
    tmp_path: Path, other_canvas: tuple[str, list[str]]
) -> None:
    other, requests = other_canvas
    _profile_in_home(tmp_path, other)
    step = watched(tmp_path, f"{other}/api/v1/progress/9", CANVAS_API_URL=other, CANVAS_API_TOKEN="of-the-job")
    assert requests == []
    assert (step.code, step.outputs["outcome"]) == (7, ""), step.log
    assert f"no profile is for {other}" in step.log


@pytest.mark.parametrize("has_variables", [False, True])
def test_no_module_of_the_working_directory_is_imported_while_watching(tmp_path: Path, *, has_variables: bool) -> None:
    leading_there = hostile_modules(tmp_path)
    step = watched(tmp_path, "9", **(leading_there if has_variables else {}))
    assert not (tmp_path / "imported").exists(), (tmp_path / "imported").read_text("utf-8")
    assert step.code == 0, step.log


@pytest.mark.parametrize("has_variables", [False, True])
def test_no_module_of_the_working_directory_is_imported_while_installing(
    tmp_path: Path, *, has_variables: bool
) -> None:
    """Without an index nothing is found to install: this needs no network, and `installing.py` installs the rest."""
    leading_there = hostile_modules(tmp_path)
    variables = (leading_there if has_variables else {}) | {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_REQUIREMENT": "of-the-job.txt",
    }
    step = run_step("install", {"url": _URL, "token": TOKEN}, tmp_path, **variables)
    assert not (tmp_path / "imported").exists(), (tmp_path / "imported").read_text("utf-8")
    assert (tmp_path / "canvas-progress" / "pyvenv.cfg").is_file(), step.log
    assert "No matching distribution found" in step.log, "pip heeds other variables than those for where packages are"


def test_the_token_is_in_the_environment_of_one_step() -> None:
    assert [name for name, step in STEPS.items() if "${{ inputs.token }}" in step["env"].values()] == ["watch"]
