"""How many jobs one token carries: watches of 100, 1,000 and 10,000 against one sandbox, each polled each second.

That is more than there is room for, so that each job waits for its turn; none of them ends. What a poll costs is
compared with a loop around httpx that does nothing else, in the same run; both without their own start.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.run import Row, installed, print_table
from benchmarks.startup import FIRST_JOB, TOKEN, Sandbox, reaching, used_by

from canvas_progress.sandbox.scenarios import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.run import Installed
    from benchmarks.startup import Counted, Used

_A_DAY: Final = 86400.0  # seconds that the median job takes
_TIMED_OUT: Final = 124
_BASE: Final = 30.0  # MiB, to which each job may add
_MOST_A_JOB: Final = 2.0  # KiB
_LOOP: Final = """
import sys, httpx
with httpx.Client(headers={"Authorization": f"Bearer {sys.argv[2]}"}) as client:
    for _ in range(int(sys.argv[3])):
        client.get(sys.argv[1]).json()
"""


@dataclass(frozen=True)
class _Measured:
    """One watch: what it used, and what the sandbox counted."""

    jobs: int
    used: Used
    counted: Counted

    @property
    def uneven(self) -> int:
        """How many times more the job polled most often was polled than the one polled least often."""
        polls = Counter(self.counted.paths)
        return max(polls.values()) - (min(polls.values()) if len(polls) == self.jobs else 0)

    @property
    def longest(self) -> float:
        """The longest that a job went unpolled, where 1 is the time in which each of them has its turn."""
        last: dict[str, int] = {}
        gaps = [0]
        for number, path in enumerate(self.counted.paths):
            gaps.append(number - last.get(path, number))
            last[path] = number
        return max(gaps) / self.jobs


def _watched(install: Installed, jobs: int, seconds: float) -> _Measured:
    sandbox = Sandbox(many(jobs, median=_A_DAY), latency=0.0)
    ids = map(str, range(FIRST_JOB, FIRST_JOB + jobs))
    options = ["--json", "--interval", "1s", "--timeout", f"{seconds:.0f}s"]
    with tempfile.TemporaryFile() as file:
        used = used_by(
            [install.program, "watch", *options, *ids],
            reaching(sandbox.url, install),
            python=install.python,
            streams=file.fileno(),
        )
    counted = sandbox.stop()
    if used.code != _TIMED_OUT:
        raise SystemExit(f"the watch ended with {used.code} after {counted.requests} requests")
    return _Measured(jobs, used, counted)


def _loop_cpu(install: Installed, requests: int) -> float:
    """Return the seconds of CPU that a request takes in a bare loop."""
    sandbox = Sandbox(many(1, median=_A_DAY))
    words = [install.python, "-c", _LOOP, f"{sandbox.url}/api/v1/progress/{FIRST_JOB}", TOKEN]
    with Path(os.devnull).open("wb") as nothing:
        one, all_ = (
            used_by([*words, str(number)], install.environment, python=install.python, streams=nothing.fileno())
            for number in (1, requests + 1)
        )
    sandbox.stop()
    return (all_.cpu - one.cpu) / requests


def _rows(measured: _Measured, start: float, loop: float) -> list[Row]:
    jobs, used, counted = measured.jobs, measured.used, measured.counted
    a_poll = (used.cpu - start) / counted.requests
    most = _BASE + jobs * _MOST_A_JOB / 1024
    return [
        Row(f"{jobs} jobs: throttled", "", counted.throttled, 0, 0, ""),
        Row(f"{jobs} jobs: requests a second", "", counted.requests / used.wall, unit="/s"),
        Row(f"{jobs} jobs: CPU for a poll", "a bare loop with httpx", a_poll / loop, 2.5, 1.5),
        Row(f"{jobs} jobs: polls between the least and the most", "", measured.uneven, 2, 1, ""),
        Row(f"{jobs} jobs: longest without a poll", "one turn of all", measured.longest, 1.25, 1.05),
        Row(f"{jobs} jobs: peak memory", f"{most:.0f} MiB", used.peak, most, most, "MiB"),
    ]


def _table(install: Installed, sizes: Sequence[int], seconds: float) -> list[Row]:
    start = _watched(install, 1, 2.0).used.cpu  # for two polls and all else that a watch of any size needs
    loop = _loop_cpu(install, 2000)
    measured: list[_Measured] = []
    for jobs in sizes:
        turn = jobs / (measured[-1].counted.requests / measured[-1].used.wall) if measured else 0.0
        measured.append(_watched(install, jobs, max(seconds, 1.5 * turn)))
    rows = [row for each in measured for row in _rows(each, start, loop)]
    least, most = measured[0], measured[-1]
    if most.jobs > least.jobs:
        slope = (most.used.peak - least.used.peak) * 1024 / (most.jobs - least.jobs)
        rows.append(Row(f"memory of one more job, {least.jobs} to {most.jobs}", "", slope, _MOST_A_JOB, 1.0, "KiB"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how many jobs one token carries.")
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000, 10_000], help="how many jobs to watch")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long a watch takes at least")
    options = parser.parse_args()
    with installed() as install:
        rows = _table(install, options.jobs, options.seconds)
    print_table("one token: watches that poll each job each second, a server that answers at once", rows)


if __name__ == "__main__":
    main()
