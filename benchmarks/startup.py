"""How long a command takes from nothing to its answer, and how much memory: what one waits for at each prompt.

Each operation is a whole process of an ordinary installation, made for the purpose: an editable one would read other
files. Every round runs each operation once, in a new order, and the figures are medians of the ratios within a round,
for the machine's own speed drifts by more than anything worth measuring.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.scenarios import Scenario, many
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection

ROOT: Final = Path(__file__).resolve().parents[1]
TOKEN: Final = "benchmark"
FIRST_JOB: Final = 1000  # of the scenario `many`
_PINNED: Final = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)
# A small parent: the peak memory of a process is at least what its parent had when it started it.
_LAUNCHER: Final = """
import os, sys, time
begun = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
took = time.perf_counter() - begun
os.write(int(sys.argv[1]), f"{took} {used.ru_utime + used.ru_stime} {used.ru_maxrss}".encode())
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""


@dataclass(frozen=True)
class Installed:
    """An ordinary installation of the project: its folder, the environment for its commands, and its interpreter."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def python(self) -> str:
        """The interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def program(self) -> str:
        """The console script."""
        return str(self.folder / "bin" / "canvas-progress")


@dataclass(frozen=True)
class Used:
    """What one process used: seconds of time and of CPU, MiB at its peak; and its exit code."""

    wall: float
    cpu: float
    peak: float
    code: int


@dataclass(frozen=True)
class Counted:
    """What a sandbox has counted."""

    requests: int
    throttled: int
    most_in_flight: int
    lowest_quota: float


@dataclass(frozen=True)
class Row:
    """One line of a table: what was measured against what, and the budget: a most, or with `least` a least."""

    operation: str
    against: str
    measured: float
    must: float | None = None
    great: float | None = None
    unit: str = "x"
    least: bool = False

    @property
    def met(self) -> str:
        """Which of the two goals is met."""
        if self.must is None or self.great is None:
            return ""
        sign = -1 if self.least else 1
        if sign * self.measured <= sign * self.great:
            return "great"
        return "yes" if sign * self.measured <= sign * self.must else "NO"


def print_table(title: str, rows: Sequence[Row]) -> None:
    cells: list[tuple[str, ...]] = [("operation", "against", "measured", "must", "great", "met")]
    for row in rows:
        figures = (_figure(value, row.unit) for value in (row.measured, row.must, row.great))
        cells.append((row.operation, row.against, *figures, row.met))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}\n")
    for line in cells:
        words, figures_ = zip(line[:2], widths[:2], strict=True), zip(line[2:], widths[2:], strict=True)
        print("  ".join([*(f"{c:<{w}}" for c, w in words), *(f"{c:>{w}}" for c, w in figures_)]).rstrip())


@contextlib.contextmanager
def installed() -> Iterator[Installed]:
    """Install the project, with the dependencies of this environment, in a folder that is gone afterwards. Offline."""
    with tempfile.TemporaryDirectory(prefix="canvas-progress-") as temporary:
        folder = Path(temporary, "venv")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        environment = {"PATH": os.defpath, "HOME": temporary, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        new = Installed(folder, environment)
        _copy_dependencies(Path(_output([new.python, "-c", "import sysconfig as s; print(s.get_path('purelib'))"])))
        subprocess.run([sys.executable, "-m", "compileall", "-q", folder / "lib"], check=True, env=environment)
        # pip works on the new environment from outside it: neither has a pip of its own.
        base = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
        pip = [str(base), "-m", "pip", "--python", new.python, "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run(
            [*pip, "--no-index", "--no-deps", "--no-build-isolation", str(ROOT)], check=True, env=environment
        )
        yield new


def _copy_dependencies(to: Path) -> None:
    """Copy what the lock names: the runtime dependencies, and the backend that builds the project."""
    for name in _PINNED.findall((ROOT / "requirements" / "install.txt").read_text(encoding="utf-8")):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # only for other platforms
            continue
        for file in files:
            source = Path(str(file.locate()))
            if ".." not in file.parts and source.exists():
                (to / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, to / file)


class Sandbox:
    """A sandbox server in a process of its own, so that it shares no CPU time with what is measured."""

    def __init__(self, scenario: Scenario, *, latency: float = 0.0) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, scenario, latency), daemon=True)
        self._process.start()
        self.url: str = self._ours.recv()

    def stop(self) -> Counted:
        """End it, and return what it has counted."""
        self._ours.send(None)
        counted: Counted = self._ours.recv()
        self._process.join()
        return counted


def _serve(pipe: Connection, scenario: Scenario, latency: float) -> None:
    with SandboxServer(World(scenario, token=TOKEN), latency=latency) as server:
        pipe.send(server.url)
        pipe.recv()
        world = server.world
        pipe.send(Counted(len(world.log), world.throttled, world.most_in_flight, world.lowest_remaining))


def reaching(url: str, install: Installed) -> dict[str, str]:
    """Return the environment of commands that ask the Canvas at this URL by default."""
    config = install.folder / "profiles.toml"
    config.touch(mode=0o600)
    config.write_text(
        f'default = "bench"\n[profiles.bench]\nurl = "{url}"\ntoken = "{TOKEN}"\nallow_http = true\n', encoding="utf-8"
    )
    return {**install.environment, "CANVAS_PROGRESS_CONFIG": str(config)}


def used_by(command: Sequence[str], environment: Mapping[str, str], *, python: str, streams: int) -> Used:
    """Run a command with both its output streams there, and return what it has used."""
    reader, writer = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, streams, 1), (os.POSIX_SPAWN_DUP2, streams, 2)]
    os.set_inheritable(writer, True)  # noqa: FBT003  # the parameter has no name
    words = [python, "-I", "-S", "-c", _LAUNCHER, str(writer), *command]
    child = os.posix_spawn(python, words, environment, file_actions=actions)
    os.close(writer)
    with os.fdopen(reader) as report:
        wall, cpu, peak = map(float, report.read().split())
    _, status = os.waitpid(child, 0)
    per_mib = 2**20 if sys.platform == "darwin" else 2**10
    return Used(wall, cpu, peak / per_mib, os.waitstatus_to_exitcode(status))


@dataclass(frozen=True)
class _Operation:
    """Something to run, and a word its output has, since a failure would be quick."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    word: str = ""

    def check(self) -> None:
        done = subprocess.run(self.command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode or self.word not in done.stdout:
            raise SystemExit(f"{self.command} does not work: {done.stdout}{done.stderr}")

    def seconds(self, nothing: int) -> float:
        actions = [(os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, nothing, 2)]
        begun = time.perf_counter()
        child = os.posix_spawn(self.command[0], self.command, self.environment, file_actions=actions)
        os.waitpid(child, 0)
        return time.perf_counter() - begun


def _operations(install: Installed, url: str) -> dict[str, _Operation]:
    program, plain = install.program, install.environment
    completing = {"_CANVAS_PROGRESS_COMPLETE": "complete_bash", "COMP_WORDS": "canvas-progress sh", "COMP_CWORD": "1"}
    show = (program, "show", str(FIRST_JOB), "--json")
    operations = {
        "python": _Operation((install.python, "-c", "pass"), plain),
        "version": _Operation((program, "--version"), plain, "canvas-progress"),
        "complete": _Operation((program,), {**plain, **completing}, "show"),
        "help": _Operation((program, "--help"), plain, "watch"),
        "show": _Operation(show, reaching(url, install), "workflow_state"),
    }
    if curl := shutil.which("curl"):
        address = f"{url}/api/v1/progress/{FIRST_JOB}"
        words = (curl, "-s", "-H", f"Authorization: Bearer {TOKEN}", address)
        operations["curl"] = _Operation(words, plain, "workflow_state")
    return operations


def _rounds(operations: Mapping[str, _Operation], number: int) -> list[dict[str, float]]:
    """Run everything so many times, after once that only warms the caches."""
    for operation in operations.values():
        operation.check()
    rounds = []
    with Path(os.devnull).open("wb") as nothing:
        for _ in range(number):
            order = random.sample(list(operations), len(operations))
            rounds.append({name: operations[name].seconds(nothing.fileno()) for name in order})
    return rounds


def _times(rounds: Sequence[Mapping[str, float]]) -> list[Row]:
    def ratio(name: str, to: str) -> float:
        return median(each[name] / each[to] for each in rounds)

    rows = [
        Row("--version", "python -c pass", ratio("version", "python"), 5, 1),
        Row("Tab completion, top level", "python -c pass", ratio("complete", "python"), 6, 0.25),
        Row("--help", "python -c pass", ratio("help", "python"), 6, 4.6),
        Row("show 1 --json, http", "python -c pass", ratio("show", "python")),
    ]
    if "curl" in rounds[0]:
        rows.append(Row("show 1 --json, http", "curl -s", ratio("show", "curl"), 13, 4))
    return rows


def _memory(operations: Mapping[str, _Operation], python: str) -> list[Row]:
    show = operations["show"]
    watch = _Operation((show.command[0], "watch", str(FIRST_JOB), "--json", "--timeout", "2s"), show.environment)
    budgets = {"--version": (operations["version"], 18, 11), "show": (show, 30, 19), "watch, 1 job": (watch, 50, 30)}
    rows = []
    with Path(os.devnull).open("wb") as nothing:
        for name, (operation, must, great) in budgets.items():
            used = used_by(operation.command, operation.environment, python=python, streams=nothing.fileno())
            rows.append(Row(f"peak memory, {name}", "", used.peak, must, great, "MiB"))
    return rows


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "x":
        return f"{value:.2f}x" if value < 10 else f"{value:.0f}x"
    return f"{value:.0f} {unit}".rstrip()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure start-up and peak memory.")
    parser.add_argument("--rounds", type=int, default=40, help="how often to run each operation")
    rounds = parser.parse_args().rounds
    with installed() as install:
        sandbox = Sandbox(many(1))
        operations = _operations(install, sandbox.url)
        rows = _times(_rounds(operations, rounds)) + _memory(operations, install.python)
        sandbox.stop()
    print_table(f"start-up: whole processes, medians of {rounds} rounds", rows)


if __name__ == "__main__":
    main()
