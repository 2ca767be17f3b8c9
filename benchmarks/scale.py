"""What a watch of hundreds of jobs costs: whether it keeps the server as busy as it may, and the machine idle.

The installed command watches a sandbox in another process, whose answers take 0.1 s and which throttles as Canvas does:
once on a pseudo-terminal with live bars, once as JSON into a file. The budget of CPU time is for a hundred requests a
second, which takes a server that answers faster.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import struct
import tempfile
import termios
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.run import Row, installed, print_table
from benchmarks.startup import FIRST_JOB, Sandbox, reaching, used_by

from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.scenarios import many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.run import Installed
    from benchmarks.startup import Counted, Used

_USUAL: Final = 0.1  # seconds to an answer
_FAST: Final = 0.037
_IN_FLIGHT: Final = 4  # requests that a watch may have under way at once: a dozen are always throttled
_TIMED_OUT: Final = 124
_LINES, _COLUMNS = 40, 120


@contextlib.contextmanager
def _screen() -> Iterator[int]:
    """Make a pseudo-terminal that somebody reads, and give its end for the command."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", _LINES, _COLUMNS, 0, 0))
    reader = threading.Thread(target=_drain, args=(ours,), daemon=True)
    reader.start()
    try:
        yield theirs
    finally:
        os.close(theirs)
        reader.join(timeout=1.0)
        os.close(ours)


def _drain(screen: int) -> None:
    with contextlib.suppress(OSError):  # what Linux says when nobody has the other end open
        while os.read(screen, 2**16):
            pass


@contextlib.contextmanager
def _file() -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        yield file.fileno()


@dataclass(frozen=True)
class _Case:
    """How many jobs to watch, whether with live bars, and the seconds to each answer."""

    jobs: int
    live: bool
    latency: float = _USUAL

    def __str__(self) -> str:
        fast = "" if self.latency == _USUAL else ", fast server"
        return f"{self.jobs} jobs, {'live bars' if self.live else '--json'}{fast}:"


def _watched(install: Installed, case: _Case, seconds: float) -> tuple[Used, Counted]:
    """Watch for so long."""
    sandbox = Sandbox(many(case.jobs), latency=case.latency)
    ids = map(str, range(FIRST_JOB, FIRST_JOB + case.jobs))
    command = [install.program, "watch", *([] if case.live else ["--json"]), "--timeout", f"{seconds:.0f}s", *ids]
    with _screen() if case.live else _file() as streams:
        used = used_by(command, reaching(sandbox.url, install), python=install.python, streams=streams)
    counted = sandbox.stop()
    if used.code not in {0, _TIMED_OUT}:
        raise SystemExit(f"the watch ended with {used.code} after {counted.requests} requests")
    return used, counted


def _rows(case: _Case, used: Used, counted: Counted) -> list[Row]:
    busy = counted.requests * case.latency / used.wall / _IN_FLIGHT
    must, great = (83, 97) if case.jobs >= 1000 and case.latency == _USUAL else (None, None)  # fewer are not always due
    cpu_must, cpu_great = (None, None) if case.latency == _USUAL else (25, 10)
    high = f"of {Throttle().high_water:.0f}"
    return [
        Row(f"{case} requests", "what 4 at once could be", 100 * busy, must, great, "%", least=True),
        Row(f"{case} requests a second", "", counted.requests / used.wall, unit="/s"),
        Row(f"{case} CPU", "a core", 100 * used.cpu / used.wall, cpu_must, cpu_great, "%"),
        Row(f"{case} peak memory", "", used.peak, 50, 30, "MiB"),
        Row(f"{case} throttled", "", counted.throttled, 0, 0, ""),
        Row(f"{case} most in flight", "", counted.most_in_flight, _IN_FLIGHT, _IN_FLIGHT, ""),
        Row(f"{case} lowest quota", high, counted.lowest_quota, 200, 200, "", least=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure watches of many jobs.")
    parser.add_argument("--jobs", type=int, nargs="+", default=[200, 1000], help="how many jobs to watch")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each of the watches takes")
    options = parser.parse_args()
    cases = [_Case(jobs, live) for jobs in options.jobs for live in (True, False)]
    cases.append(_Case(max(options.jobs), live=True, latency=_FAST))
    rows = []
    with installed() as install:
        for case in cases:
            rows += _rows(case, *_watched(install, case, options.seconds))
    print_table(f"scale: watches of {options.seconds:.0f} s, answers after {_USUAL} s, or {_FAST} s if fast", rows)


if __name__ == "__main__":
    main()
