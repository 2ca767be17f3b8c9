"""What a watch of hundreds of jobs costs: whether it keeps the server as busy as it may, and the machine idle.

The installed command watches a sandbox in another process, whose answers take 0.1 s and which throttles as Canvas does:
once on a pseudo-terminal with live bars, once as JSON into a file.
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
from typing import TYPE_CHECKING, Final

from benchmarks.run import Row, installed, print_table
from benchmarks.startup import FIRST_JOB, Sandbox, reaching, used_by

from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.scenarios import many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.run import Installed
    from benchmarks.startup import Counted, Used

_LATENCY: Final = 0.1  # seconds, of each answer
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


def _watched(install: Installed, jobs: int, *, live: bool, seconds: float) -> tuple[Used, Counted]:
    """Watch so many jobs for so long."""
    sandbox = Sandbox(many(jobs), latency=_LATENCY)
    ids = map(str, range(FIRST_JOB, FIRST_JOB + jobs))
    command = [install.program, "watch", *([] if live else ["--json"]), "--timeout", f"{seconds:.0f}s", *ids]
    with _screen() if live else _file() as streams:
        used = used_by(command, reaching(sandbox.url, install), python=install.python, streams=streams)
    counted = sandbox.stop()
    if used.code not in {0, _TIMED_OUT}:
        raise SystemExit(f"the watch ended with {used.code} after {counted.requests} requests")
    return used, counted


def _rows(jobs: int, view: str, used: Used, counted: Counted) -> list[Row]:
    what = f"{jobs} jobs, {view}:"
    most_quota = Throttle().high_water
    busy = counted.requests * _LATENCY / used.wall / _IN_FLIGHT
    must, great = (83, 97) if jobs >= 1000 else (None, None)  # fewer are not always due
    return [
        Row(f"{what} requests", "what 4 at once could be", 100 * busy, must, great, unit="%", least=True),
        Row(f"{what} requests a second", "", counted.requests / used.wall, unit="/s"),
        Row(f"{what} CPU", "a core", 100 * used.cpu / used.wall, unit="%"),
        # The budget is for 100 requests a second. Drawing does not grow with them, so this is no flattery.
        Row(f"{what} CPU, for 100 requests a second", "a core", 10_000 * used.cpu / counted.requests, 25, 10, unit="%"),
        Row(f"{what} peak memory", "", used.peak, 50, 30, unit="MiB"),
        Row(f"{what} throttled", "", counted.throttled, 0, 0, unit=""),
        Row(f"{what} most in flight", "", counted.most_in_flight, _IN_FLIGHT, _IN_FLIGHT, unit=""),
        Row(f"{what} lowest quota", f"of {most_quota:.0f}", counted.lowest_quota, 200, 200, unit="", least=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure watches of many jobs.")
    parser.add_argument("--jobs", type=int, nargs="+", default=[200, 1000], help="how many jobs to watch")
    parser.add_argument("--seconds", type=float, default=12.0, help="how long each of the watches takes")
    options = parser.parse_args()
    rows = []
    with installed() as install:
        for jobs in options.jobs:
            for view in ("live bars", "--json"):
                used, counted = _watched(install, jobs, live=view == "live bars", seconds=options.seconds)
                rows += _rows(jobs, view, used, counted)
    print_table(f"scale: watches of {options.seconds:.0f} s, answers after {_LATENCY} s", rows)


if __name__ == "__main__":
    main()
