"""Installs as the action and the Dockerfile do. That needs the network: `make package` runs this, `make test` not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from markdown import ROOT
from recipes.action import hostile_modules, run_step
from recipes.dockerfile import instructions


def _version(program: Path) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout


def test_the_action_installs_the_command_whatever_the_repository_and_the_job_have(tmp_path: Path) -> None:
    variables = hostile_modules(tmp_path) | {"PIP_TARGET": str(tmp_path / "elsewhere")}
    step = run_step("install", {"url": "https://canvas.example.edu", "token": "any"}, tmp_path, **variables)
    assert step.code == 0, step.log
    assert not (tmp_path / "imported").exists(), (tmp_path / "imported").read_text("utf-8")
    assert _version(tmp_path / "canvas-progress" / "bin" / "canvas-progress").startswith("canvas-progress ")


def test_what_the_dockerfile_copies_is_enough_to_install_the_command(tmp_path: Path) -> None:
    (build := tmp_path / "build").mkdir()
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                _copy(ROOT / source, tmp_path / target.removeprefix("/"), is_folder=target.endswith("/"))
    (install,) = (rest for word, rest in instructions() if word == "RUN")
    install = install.partition(" && useradd")[0].replace("/build", str(build))
    environment = tmp_path / "environment"
    python = os.environ.get("PYTHON", "python3")
    subprocess.run([python, "-m", "venv", "--without-pip", environment], check=True)
    pip = f'pip() {{ "{python}" -m pip --python "{environment}" "$@"; }}'
    ran = subprocess.run(["bash", "-c", f"{pip}; {install}"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert _version(environment / "bin" / "canvas-progress").startswith("canvas-progress ")
    assert (environment / "share" / "man" / "man1" / "canvas-progress.1").is_file()


def _copy(source: Path, target: Path, *, is_folder: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target / source.name if is_folder else target)


def test_these_tests_run_in_an_environment_of_the_wheel() -> None:
    import canvas_progress

    assert Path(str(canvas_progress.__file__)).resolve().is_relative_to(Path(sys.prefix).resolve())
