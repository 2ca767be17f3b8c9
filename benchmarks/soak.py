"""Minutes of the installed command under all that may befall it: the only benchmark that asks whether it holds.

It watches hundreds of jobs on real sockets while the server answers with a fault every few seconds and is killed and
started again, while the command itself is stopped and goes on, and with few file descriptors. For Linux: what it uses
is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.run import Row, installed, print_table
from benchmarks.startup import TOKEN as BENCH_TOKEN
from benchmarks.startup import Counted, reaching

from canvas_progress.core.exit_codes import worst
from canvas_progress.core.exit_status import of_outcome
from canvas_progress.core.outcome import Outcome
from canvas_progress.sandbox.server import SandboxServer
from rough_canvas import TOKEN, Mix, Weather, end_of, faults_of, held, jobs_of, started

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from benchmarks.run import Installed

    from canvas_progress.sandbox.scripts import Script

_JOBS: Final = 500
_LATENCY: Final = 0.05  # seconds
_WEATHER: Final = Weather(period=4.0, lasting=0.7)
_CALM: Final = 8.0  # seconds without faults at the start: whoever meets a web page first has the wrong address
_FILES: Final = 64
_MEMORY: Final = 200  # MiB
_LOOK: Final = 0.1  # seconds
_GRACE: Final = 60.0  # seconds after the last end
_MODEST: Final = 'ulimit -n "$0" && exec "$@"'


@dataclass(frozen=True)
class _Plan:
    """One soak: how many seconds it takes, its jobs, and the moment at which they began, in epoch seconds."""

    seconds: float
    jobs: tuple[Script, ...]
    began: float

    def serve(self, pipe: Connection, port: int) -> None:
        """Serve until this process is killed, and tell what was counted whenever the other end asks."""
        faults = faults_of(_WEATHER, _CALM, self.seconds)
        with SandboxServer(started(self.jobs, faults, self.began), port=port, latency=_LATENCY) as server:
            pipe.send(None)
            while True:
                pipe.recv()
                world = server.world
                pipe.send(
                    Counted(len(world.log), world.throttled, world.most_in_flight, world.lowest_remaining),
                )


class _Server:
    """A server in a process of its own that is killed without a warning and started again on the same port."""

    def __init__(self, plan: _Plan) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._plan = plan
        self.counted: list[Counted] = []
        self.is_up = False

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=self._plan.serve, args=(theirs, self.port), daemon=True)
        self._process.start()
        self._pipe.recv()
        self.is_up = True

    def kill(self) -> None:
        """Take the latest counts, and kill it."""
        self._pipe.send(None)
        self.counted.append(self._pipe.recv())
        self._process.kill()
        self._process.join()
        self.is_up = False


@dataclass
class _Peaks:
    """The most that one process has used at any look: MiB of memory, file descriptors, threads."""

    memory: float = 0.0
    files: int = 0
    threads: int = 0

    def look(self, process: int) -> None:
        try:
            lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
            files = len(list(Path(f"/proc/{process}/fd").iterdir()))
        except OSError:  # it has ended meanwhile
            return
        status = dict(line.split(":\t", 1) for line in lines)
        self.memory = max(self.memory, int(status.get("VmHWM", "0 kB").split()[0]) / 1024)
        self.files = max(self.files, files)
        self.threads = max(self.threads, int(status["Threads"]))


@dataclass
class _Mishaps:
    """When the server is down and when the command is stopped, as (from, to) in seconds since the start."""

    downs: list[tuple[float, float]] = field(default_factory=list)
    stops: list[tuple[float, float]] = field(default_factory=list)

    @classmethod
    def within(cls, seconds: float) -> _Mishaps:
        """Spread them over nine tenths of the time."""
        rng, made = random.Random(7), cls()
        at = 15.0
        while at < 0.85 * seconds:
            made.downs.append((at, at + rng.uniform(2.0, 12.0)))
            made.stops.append((stop := at + rng.uniform(0.0, 20.0), stop + rng.choice((0.7, 2.0, 9.0, 40.0))))
            at += rng.uniform(30.0, 45.0)
        return made


def _in_one(spans: list[tuple[float, float]], now: float) -> bool:
    return any(begin <= now < end for begin, end in spans)


@dataclass(frozen=True)
class _Soaked:
    """What came of it: the JSON lines of the command, its exit code, its peaks, and what the servers have counted."""

    lines: list[dict[str, Any]]
    code: int | None
    peaks: _Peaks
    counted: list[Counted]
    mishaps: _Mishaps
    said: str


def _soak(install: Installed, plan: _Plan) -> _Soaked:
    """Run the command on the jobs of the plan, under limits, and disturb it until it has ended."""
    server, mishaps, peaks = _Server(plan), _Mishaps.within(plan.seconds), _Peaks()
    server.start()
    watch = [install.program, "watch", "--json", "--timeout", f"{plan.seconds + _GRACE:.0f}s"]
    modest = ["/bin/sh", "-c", _MODEST, str(_FILES), *watch, *(str(job.id) for job in plan.jobs)]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        command = subprocess.Popen(modest, env=_reaching(server, install), stdout=out, stderr=err)
        try:
            _disturb(command, server, mishaps, peaks, until=time.monotonic() + plan.seconds + 2 * _GRACE)
        finally:
            command.kill()
            command.wait()
            if server.is_up:
                server.kill()
        out.seek(0)
        err.seek(0)
        lines = [json.loads(line) for line in out]
        return _Soaked(lines, command.returncode, peaks, server.counted, mishaps, err.read())


def _reaching(server: _Server, install: Installed) -> dict[str, str]:
    environment = reaching(f"http://127.0.0.1:{server.port}", install)
    config = Path(environment["CANVAS_PROGRESS_CONFIG"])
    config.write_text(config.read_text(encoding="utf-8").replace(BENCH_TOKEN, TOKEN), encoding="utf-8")
    return environment


def _disturb(
    command: subprocess.Popen[bytes], server: _Server, mishaps: _Mishaps, peaks: _Peaks, *, until: float
) -> None:
    """Do to both processes what is planned, until the command ends by itself, or has had far too long."""
    began, stopped = time.monotonic(), False
    while command.poll() is None and time.monotonic() < until:
        now = time.monotonic() - began
        if server.is_up and _in_one(mishaps.downs, now):
            server.kill()
        elif not server.is_up and not _in_one(mishaps.downs, now):
            server.start()
        if stopped is not _in_one(mishaps.stops, now):
            stopped = not stopped
            command.send_signal(signal.SIGSTOP if stopped else signal.SIGCONT)
        peaks.look(command.pid)
        time.sleep(_LOOK)


def _wrong(plan: _Plan, soaked: _Soaked) -> list[str]:
    """Return what was said of jobs of which the world holds something else."""
    told: dict[str, str] = next((line["outcomes"] for line in soaked.lines if line["event"] == "summary"), {})
    pairs = [(str(job.id), held(job, plan.seconds)) for job in plan.jobs]
    return [f"{ref}: {told.get(ref)} instead of {truth}" for ref, truth in pairs if told.get(ref) != truth]


def _latest(plan: _Plan, soaked: _Soaked) -> float:
    """Return by how many seconds the end of a job was noticed late, at most."""
    ends = {str(job.id): plan.began + end_of(job) for job in plan.jobs}
    finished = [line for line in soaked.lines if line["event"] == "finished"]
    return max((datetime.fromisoformat(line["at"]).timestamp() - ends[line["ref"]] for line in finished), default=0.0)


def _rows(plan: _Plan, soaked: _Soaked) -> list[Row]:
    errors = Counter(line["code"] for line in soaked.lines if line["event"] == "error")
    answered = sum(counted.requests for counted in soaked.counted)
    sent = next((line["requests"] for line in soaked.lines if line["event"] == "summary"), 0)
    peaks, code = soaked.peaks, worst(of_outcome(Outcome(held(job, plan.seconds))) for job in plan.jobs)
    return [
        Row("requests sent", "", sent, unit=""),
        Row("requests that a server saw", "", answered, unit=""),
        *(Row("errors", word, number, unit="") for word, number in errors.most_common()),
        Row("servers killed", "", len(soaked.mishaps.downs), unit=""),
        Row("times stopped", "", len(soaked.mishaps.stops), unit=""),
        Row("throttled", "", sum(counted.throttled for counted in soaked.counted), 0, 0, ""),
        Row("most in flight", "", max(counted.most_in_flight for counted in soaked.counted), 10, 4, ""),
        Row("lowest quota", "of 700", min(c.lowest_quota for c in soaked.counted), 200, 200, "", least=True),
        Row("peak memory", "", peaks.memory, _MEMORY, 50, "MiB"),
        Row("most file descriptors", f"of {_FILES}", peaks.files, _FILES - 1, 20, ""),
        Row("most threads", "", peaks.threads, 24, 12, ""),
        Row("latest notice of an end", "", _latest(plan, soaked), 120, 60, "s"),
        Row("jobs with a wrong outcome", f"of {len(plan.jobs)}", len(_wrong(plan, soaked)), 0, 0, ""),
        Row("exit code is another one", f"than {int(code)}", float(soaked.code != code), 0, 0, ""),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Watch many jobs for minutes while everything goes wrong.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the jobs take")
    seconds = 60 * parser.parse_args().minutes
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing of it is left running
    mix = Mix(_JOBS, median=seconds / 8, longest=0.93 * seconds, spread=1.1)
    with installed() as install:
        plan = _Plan(seconds, jobs_of(mix), time.time())
        soaked = _soak(install, plan)
    rows = _rows(plan, soaked)
    print_table(f"soak: {_JOBS} jobs in {seconds / 60:g} minutes", rows)
    if missed := any(row.met == "NO" for row in rows):
        print("\n".join([f"exit code {soaked.code}", *_wrong(plan, soaked)[:20], soaked.said[-2000:]]))
    return missed


if __name__ == "__main__":
    sys.exit(main())
