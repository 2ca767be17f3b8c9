"""The workflows of GitHub: what they run can be run anywhere, and what they may do is what they need."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from markdown import ROOT, named

_FOLDER: Final = ROOT / ".github" / "workflows"
_FILES: Final = sorted(_FOLDER.iterdir())
# Whose actions are run at all, each with a version of its own.
_ACTIONS: Final = {
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "actions/download-artifact",
    "pypa/gh-action-pypi-publish",
}
_SUPPORTED: Final = ["3.11", "3.12", "3.13", "3.14"]
_SYSTEMS: Final = {"ubuntu-latest", "macos-latest", "windows-latest"}


def _workflow(name: str) -> dict[Any, Any]:
    """Return a workflow; `on` is spelled True, as YAML 1.1 has it."""
    read: dict[Any, Any] = yaml.safe_load((_FOLDER / name).read_text("utf-8"))
    return read


def _jobs(name: str) -> dict[str, dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = _workflow(name)["jobs"]
    return jobs


def _steps(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each step with the name of its job."""
    for job, content in _jobs(name).items():
        yield from ((job, step) for step in content["steps"])


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def _matrix(job: dict[str, Any]) -> dict[str, Any]:
    matrix: dict[str, Any] = job["strategy"]["matrix"]
    return matrix


def test_there_are_two_workflows_and_no_other_file() -> None:
    assert [path.name for path in _FILES] == ["ci.yml", "release.yml"]


@pytest.mark.parametrize("name", [path.name for path in _FILES])
def test_what_is_run_is_one_target_of_the_makefile_each(name: str) -> None:
    jobs = _jobs(name)
    run = [(job, step["run"]) for job, step in _steps(name) if "run" in step]
    assert run
    for job, command in run:
        included = jobs[job].get("strategy", {}).get("matrix", {}).get("include", [{}])
        for values in included:
            line = command
            for key, value in values.items():
                line = line.replace(f"${{{{ matrix.{key} }}}}", value)
            assert "${{" not in line, line
            words = re.fullmatch(r'make ([a-z-]+)((?: [A-Z]+=(?:"\$[A-Z_]+")?)*)', line)
            assert words, line
            assert words[1] in _targets(), line


@pytest.mark.parametrize("name", [path.name for path in _FILES])
def test_each_action_is_a_known_one_with_a_version(name: str) -> None:
    used = [step["uses"] for _, step in _steps(name) if "uses" in step]
    assert used
    for action in used:
        owner, _, version = action.partition("@")
        assert owner in _ACTIONS, action
        assert re.fullmatch(r"v\d+|release/v\d+|[0-9a-f]{40}", version), action


@pytest.mark.parametrize("name", [path.name for path in _FILES])
def test_the_right_to_the_repository_is_not_left_on_the_disk(name: str) -> None:
    checkouts = [step for _, step in _steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_ci_may_read_and_nothing_else() -> None:
    assert _workflow("ci.yml")["permissions"] == {"contents": "read"}
    assert not [job for job, content in _jobs("ci.yml").items() if "permissions" in content]


def test_a_change_of_a_stranger_runs_with_no_more_rights_than_theirs() -> None:
    assert set(_workflow("ci.yml")[True]) == {"push", "pull_request", "schedule", "workflow_dispatch"}


def test_only_what_publishes_may_and_it_runs_nothing_of_ours() -> None:
    assert _workflow("release.yml")["permissions"] == {}
    jobs = _jobs("release.yml")
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": {"contents": "read"},
        "publish": {"id-token": "write"},
    }
    assert jobs["publish"]["environment"] == "release"
    assert jobs["publish"]["needs"] == "build"
    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]


def test_a_release_is_of_a_checked_tag_and_of_what_was_tested() -> None:
    assert _workflow("release.yml")[True] == {"push": {"tags": ["v*"]}}
    steps = _jobs("release.yml")["build"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [
        'make release-check TAG="$GITHUB_REF_NAME"',
        "make package",
    ]
    assert steps[-1]["with"]["path"] == _jobs("release.yml")["publish"]["steps"][0]["with"]["path"] == "dist/"
    assert _jobs("release.yml")["publish"]["steps"][-1]["with"] == {"attestations": True}


@pytest.mark.parametrize("path", _FILES, ids=named)
def test_no_workflow_has_a_secret_to_print(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "secrets" not in text
    assert "github.token" not in text
    assert "set -x" not in text


def test_ci_is_for_each_system_with_each_python_that_the_package_names() -> None:
    named_there = re.findall(r'Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert named_there == _SUPPORTED
    jobs = _jobs("ci.yml")
    assert _matrix(jobs["test"])["python"] == _matrix(jobs["windows"])["python"] == _SUPPORTED
    assert {*_matrix(jobs["test"])["os"], jobs["windows"]["runs-on"]} == _SYSTEMS
    assert {row["os"] for row in _matrix(jobs["package"])["include"]} == _SYSTEMS
    for job in (jobs["package"], _jobs("release.yml")["build"]):
        versions = next(step["with"]["python-version"] for step in job["steps"] if "setup-python" in step["uses"])
        assert sorted(versions.split()) == _SUPPORTED


def test_each_job_ends_in_time() -> None:
    for path in _FILES:
        for job, content in _jobs(path.name).items():
            assert 0 < content["timeout-minutes"] <= 60, f"{named(path)}: {job}"


def test_everything_in_github_is_yaml_that_can_be_read() -> None:
    for path in sorted((ROOT / ".github").rglob("*.yml")):
        assert json.dumps({str(key): value for key, value in yaml.safe_load(path.read_text("utf-8")).items()})
