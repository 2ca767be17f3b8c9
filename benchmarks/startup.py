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
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks.run import Row, installed, print_table

from authority import Authority, TlsDoor
from canvas_progress.sandbox.scenarios import Scenario, many
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection

    from benchmarks.run import Installed

TOKEN: Final = "benchmark"
FIRST_JOB: Final = 1000  # of the scenario `many`
_TABS: Final = 100
_JOBS, _LATENCY = 60, 0.15  # of one `show`; seconds for each answer
_HTTPX: Final = """
import sys, httpx
print(httpx.get(sys.argv[1], headers={"Authorization": f"Bearer {sys.argv[2]}"}).text)
"""
_CANVASAPI: Final = """
import sys, canvasapi
print(canvasapi.Canvas(sys.argv[1], sys.argv[2]).get_progress(int(sys.argv[3])).workflow_state)
"""
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
    paths: tuple[str, ...] = ()  # of the requests, in their order


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
        paths = tuple(logged.path for logged in world.log)
        pipe.send(Counted(len(world.log), world.throttled, world.most_in_flight, world.lowest_remaining, paths))


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


@contextlib.contextmanager
def _with_tls(url: str) -> Iterator[tuple[str, Path]]:
    """Open a TLS door to a server, and yield its URL and the file of the authority to trust."""
    with tempfile.TemporaryDirectory(prefix="canvas-progress-") as folder:
        authority = Authority(Path(folder))
        with TlsDoor(authority.server_context("127.0.0.1"), int(url.rpartition(":")[2])) as door:
            yield f"https://127.0.0.1:{door.port}", authority.file


def _over_tls(install: Installed, url: str, trusted: Path) -> dict[str, _Operation]:
    """Return the same as over plain HTTP, both with the same authorities to trust."""
    trust = {"SSL_CERT_FILE": str(trusted)}
    access = {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": TOKEN}
    show = (install.program, "show", str(FIRST_JOB), "--json")
    script = (install.python, "-c", _HTTPX, f"{url}/api/v1/progress/{FIRST_JOB}", TOKEN)
    return {
        "show, https": _Operation(show, {**install.environment, **access, **trust}, "workflow_state"),
        "httpx, https": _Operation(script, {**install.environment, **trust}, "workflow_state"),
    }


def _operations(install: Installed, url: str, canvasapi: str | None) -> dict[str, _Operation]:
    program, plain = install.program, install.environment
    completing = {"_CANVAS_PROGRESS_COMPLETE": "jobs"}
    show = (program, "show", str(FIRST_JOB), "--json")
    operations = {
        "python": _Operation((install.python, "-c", "pass"), plain),
        "version": _Operation((program, "--version"), plain, "canvas-progress"),
        "complete": _Operation((program, ""), {**plain, **completing}),
        "help": _Operation((program, "--help"), plain, "watch"),
        "show": _Operation(show, reaching(url, install), "workflow_state"),
        "httpx": _Operation(
            (install.python, "-c", _HTTPX, f"{url}/api/v1/progress/{FIRST_JOB}", TOKEN), plain, "workflow_state"
        ),
    }
    if curl := shutil.which("curl"):
        address = f"{url}/api/v1/progress/{FIRST_JOB}"
        words = (curl, "-s", "-H", f"Authorization: Bearer {TOKEN}", address)
        operations["curl"] = _Operation(words, plain, "workflow_state")
    if canvasapi:
        script = (canvasapi, "-W", "ignore", "-c", _CANVASAPI, url, TOKEN, str(FIRST_JOB))
        operations["canvasapi"] = _Operation(script, plain)
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


def _tab(install: Installed, rounds: int) -> Row:
    """Measure what bash takes for a Tab: the function of the script, many times in one bash, against an interpreter."""
    script = Path(__file__).parents[1] / "completions" / "canvas-progress.bash"
    loop = f"for ((number = 0; number < {_TABS}; number++)); do COMP_WORDS=(canvas-progress sh) COMP_CWORD=1; TAB; done"
    tab, nothing = "_canvas_progress_completion canvas-progress", ":"
    words = ("/usr/bin/env", "bash", "--noprofile", "--norc", "-c")
    load = f"source '{script}'; "
    check = '; [[ "${COMPREPLY[*]}" == show ]] && echo show'
    operations = {
        "python": _Operation((install.python, "-c", "pass"), install.environment),
        "tabs": _Operation((*words, load + loop.replace("TAB", tab) + check), install.environment, "show"),
        "loop": _Operation((*words, load + loop.replace("TAB", nothing)), install.environment),
    }
    measured = _rounds(operations, rounds)
    ratio = median((each["tabs"] - each["loop"]) / _TABS / each["python"] for each in measured)
    return Row("Tab completion, top level", "python -c pass", ratio, 1, 0.25)


def _times(rounds: Sequence[Mapping[str, float]]) -> list[Row]:
    def ratio(name: str, to: str) -> float:
        return median(each[name] / each[to] for each in rounds)

    rows = [
        Row("--version", "python -c pass", ratio("version", "python"), 5, 1),
        Row("Tab completion of a job's id", "python -c pass", ratio("complete", "python"), 6, 4),
        Row("--help", "python -c pass", ratio("help", "python"), 6, 4.6),
        Row("show 1 --json, http", "python -c pass", ratio("show", "python")),
        Row("show 1 --json, http", "the barest httpx script", ratio("show", "httpx"), 1.15, 1.0),
        Row("show 1 --json, https", "the barest httpx script", ratio("show, https", "httpx, https"), 1.3, 1.1),
    ]
    if "curl" in rounds[0]:
        rows.append(Row("show 1 --json, http", "curl -s", ratio("show", "curl")))
    if "canvasapi" in rounds[0]:
        rows.append(Row("show 1 --json, http", "a script with canvasapi", ratio("show", "canvasapi"), 0.65, 0.27))
    return rows


def _many_in_one(install: Installed, rounds: int) -> Row:
    """Measure how many times as long as for one answer a `show` of many jobs waits for theirs."""
    sandbox = Sandbox(many(_JOBS), latency=_LATENCY)
    environment = reaching(sandbox.url, install)
    ids = [str(FIRST_JOB + number) for number in range(_JOBS)]
    operations = {
        "one": _Operation((install.program, "show", ids[0], "--json"), environment, "workflow_state"),
        "many": _Operation((install.program, "show", *ids, "--json"), environment, "workflow_state"),
    }
    measured = _rounds(operations, rounds)
    counted = sandbox.stop()
    if counted.throttled or counted.most_in_flight > 4:
        raise SystemExit(f"{counted.throttled} throttled, {counted.most_in_flight} in flight")
    times = 1 + median(each["many"] - each["one"] for each in measured) / _LATENCY
    return Row(f"{_JOBS} jobs in one `show`", f"one answer, {1000 * _LATENCY:.0f} ms", times, 18, 15.5)


def _memory(operations: Mapping[str, _Operation], python: str) -> list[Row]:
    show = operations["show"]
    watch = _Operation((show.command[0], "watch", str(FIRST_JOB), "--json", "--timeout", "2s"), show.environment)
    budgets = {
        "--version": (operations["version"], 18, 11),
        "show": (show, 30, 19),
        "watch, 1 job": (watch, None, None),  # the budget is for a thousand
    }
    rows = []
    with Path(os.devnull).open("wb") as nothing:
        for name, (operation, must, great) in budgets.items():
            used = used_by(operation.command, operation.environment, python=python, streams=nothing.fileno())
            rows.append(Row(f"peak memory, {name}", "", used.peak, must, great, "MiB"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure start-up and peak memory.")
    parser.add_argument("--rounds", type=int, default=40, help="how often to run each operation")
    parser.add_argument("--canvasapi", metavar="PYTHON", help="an interpreter that has canvasapi, to compare with")
    options = parser.parse_args()
    rounds = options.rounds
    with installed() as install:
        sandbox = Sandbox(many(1))
        with _with_tls(sandbox.url) as (url, trusted):
            operations = _operations(install, sandbox.url, options.canvasapi) | _over_tls(install, url, trusted)
            rows = [_tab(install, rounds), *_times(_rounds(operations, rounds)), *_memory(operations, install.python)]
        sandbox.stop()
        rows.append(_many_in_one(install, max(rounds // 8, 1)))
    print_table(f"start-up: whole processes, medians of {rounds} rounds", rows)


if __name__ == "__main__":
    main()
