"""Runs a step of action.yml as a runner does: inputs in its environment, bash, and files for what it has to say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from markdown import ROOT

TOKEN: Final = "S3CRET-of-the%25-action"
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: Final[dict[str, dict[str, Any]]] = {step["id"]: step for step in ACTION["runs"]["steps"]}
_EXPRESSION: Final = re.compile(r"\$\{\{ *inputs\.(\w+)( != '')? *\}\}")
_LONGEST: Final = 300.0  # seconds: to install takes some


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a step: its exit code, its log, and the outputs that the runner reads."""

    code: int
    log: str
    outputs: dict[str, str]


def run_step(name: str, inputs: dict[str, str], folder: Path, **variables: str) -> Step:
    """Run a step with these inputs; what is not given has the default of the action."""
    return end_of(start_step(name, inputs, folder, **variables), folder)


def start_step(name: str, inputs: dict[str, str], folder: Path, **variables: str) -> subprocess.Popen[str]:
    """Start a step; `end_of` waits for it."""
    given = {key: str(about.get("default", "")) for key, about in ACTION["inputs"].items()} | inputs
    step = STEPS[name]
    output = folder / "output"
    output.touch()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CANVAS_", "XDG_", "PYTHON"))}
    own = step.get("env", {}).items()
    environment = {key: _EXPRESSION.sub(lambda found: _value(found, given), value) for key, value in own}
    script = folder.with_name(f"{folder.name}-{name}.sh")
    script.write_text(step["run"], "utf-8")
    return subprocess.Popen(
        [step["shell"], "--noprofile", "--norc", "-e", "-o", "pipefail", script],
        env=kept | variables | environment | _of_runner(folder, output, is_installed=name != "install"),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end_of(process: subprocess.Popen[str], folder: Path) -> Step:
    """Wait until a step, and all that it has started, has ended."""
    with process:
        log, _ = process.communicate(timeout=_LONGEST)
    return Step(process.returncode, log, read_outputs((folder / "output").read_text("utf-8")))


def watched(folder: Path, job: str, timeout: str = "30s", *, token: str = TOKEN, **variables: str) -> Step:
    """Watch a job of a simulated Canvas with the action."""
    with SandboxServer(World(default(), token=TOKEN)) as server:
        inputs = {"url": server.url, "token": token, "job": job, "timeout": timeout}
        return run_step("watch", inputs, folder, **variables)


def _value(found: re.Match[str], given: dict[str, str]) -> str:
    """Return the value of an expression: an input, or whether it is not empty."""
    return str(given[found[1]] != "").lower() if found[2] else given[found[1]]


def _of_runner(folder: Path, output: Path, *, is_installed: bool) -> dict[str, str]:
    """Return what a runner sets; in place of what the step `install` makes is the environment of these tests."""
    installed = folder / "canvas-progress"
    if is_installed and not installed.exists():
        installed.symlink_to(sys.prefix)
    return {
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(output),
        "RUNNER_TEMP": str(folder),
        "HOME": str(folder / "home"),
    }


def read_outputs(text: str) -> dict[str, str]:
    """Return the outputs in a file, read as the runner reads them: `name=value`, or `name<<word` up to that word."""
    found = {}
    lines = iter(re.split(r"\r\n|\n|\r", text))
    for line in lines:
        if not line:
            continue
        name, sign, value = re.fullmatch(r"(.*?)(<<|=)(.*)", line).groups()  # type: ignore[union-attr]
        if sign == "<<":
            word, value = value, ""
            while (part := next(lines)) != word:
                value += f"\n{part}" if value else part
        found[name] = value
    return found


def obeyed(log: str) -> list[str]:
    """Return the lines of a log that a runner takes for commands, but those to stop and to go on obeying."""
    commands, word = [], ""
    for line in log.splitlines():
        is_command = line.lstrip().startswith("::") or "##[" in line
        if word and line == f"::{word}::":
            word = ""
        elif line.startswith("::stop-commands::") and not word:
            word = line.removeprefix("::stop-commands::")
        elif is_command and not word:
            commands.append(line)
    return commands


# Modules that Python or pip import from the working directory or PYTHONPATH, if they may.
_MODULES: Final = ("secrets", "random", "json", "venv", "pip", "sitecustomize", "usercustomize", "httpx", "typer")


def hostile_modules(folder: Path) -> dict[str, str]:
    """Fill the working directory with modules that leave a file behind; return variables that lead to them as well."""
    for name in _MODULES:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'imported')!r}, 'a').write({name!r})\n", "utf-8")
    script = folder / "start.sh"
    script.write_text(f"touch {folder}/imported\n", "utf-8")
    return {
        "PYTHONPATH": str(folder),
        "PYTHONSTARTUP": str(folder / "random.py"),
        "PYTHONHOME": str(folder),
        "PYTHONUSERBASE": str(folder),
        "BASH_ENV": str(script),
    }
