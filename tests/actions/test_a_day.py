"""A day of 500 jobs, with a fault every minute and a restart of the server every hour, through the real client."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from canvas_doors import BASE_URL
from canvas_progress.actions.adapters import Adapters
from canvas_progress.actions.driver import Driver
from canvas_progress.actions.recording import Recording
from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.canvas.client import Clients, HttpOptions
from canvas_progress.clock import SystemClock
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, Secret
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.interrupts import Interrupts
from canvas_progress.processes import Programs
from canvas_progress.sandbox.scripts import Script
from canvas_progress.terminal.terminal import Format, Terminal
from day_stage import HOUR, Announcing, Counts, DayClock, DayServer
from rough_canvas import KINDS, LATE_TAG, TOKEN, Mix, Weather, end_of, held, jobs_of
from stage import START, Stream

DAY: Final = 24 * HOUR
MAY_HAVE_RESULTS: Final = {LATE_TAG, "sis_import", "course_copy"}
EVERY_MINUTE: Final = Weather(period=60.0, lasting=20.0)
# Each job is asked for less often than by default, for a test has less than a day.
SELDOM: Final = Policy(min_wait=400.0, sqrt_scale=20.0, max_wait=1200.0, timeout=DAY)


@cache
def jobs() -> tuple[Script, ...]:
    """Return the jobs of the day, the same each time; it takes too long for processes that only collect these tests."""
    return jobs_of(Mix(500, median=900.0, spread=1.7, longest=23.5 * HOUR, endless=4))


@dataclass(frozen=True)
class Day:
    """What came of a day."""

    code: ExitCode
    lines: list[dict[str, Any]]
    counts: Counts
    threads_before: int
    threads_left: int

    @property
    def outcomes(self) -> dict[int, str]:
        """What the summary says of each job."""
        return {int(ref): outcome for ref, outcome in self.lines[-1]["outcomes"].items()}

    @property
    def delays(self) -> list[float]:
        """How many seconds after its end each job was said to have ended."""
        ends = {str(job.id): START + end_of(job) for job in jobs()}
        finished = [line for line in self.lines if line["event"] == "finished"]
        return [datetime.fromisoformat(line["at"]).timestamp() - ends[line["ref"]] for line in finished]

    def blocks(self, first: int, last: int) -> int:
        """Return the blocks of memory that were in use in these hours: the fewest, for some go with a request."""
        return min(footprint.blocks for footprint in self.counts.footprints[first : last + 1])


def live_a_day(folder: Path) -> Day:
    """Watch all jobs as the command would, its output in a file."""
    clock, threads = DayClock(), threading.active_count()
    server, base = DayServer(jobs(), EVERY_MINUTE, clock), parse_base_url(BASE_URL, allow_http=True)
    clients = Clients((Access(base, Secret(TOKEN), "school"),), HttpOptions(clock.monotonic, transport=server))
    targets = tuple(Target(str(job.id), job.id, base, profile="school") for job in jobs())
    driver = Driver(clock, Interrupts(clock.monotonic), DAY)
    with (folder / "out").open("w+") as out, (folder / "err").open("w") as err, closing(clients):
        terminal = Terminal(Stream(), out, err, {})
        programs = Programs(dict, SystemClock())
        adapters = Adapters(Announcing(clients, clock), terminal, driver, programs, Recording(clock))
        code = watch(targets, adapters, WatchPlan(SELDOM, Format.JSON))
        clock.release()
        out.seek(0)
        lines = [json.loads(line) for line in out]
    server.close()
    return Day(code, lines, server.counts, threads, threading.active_count() - threads)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    before = random.getstate()
    random.seed(3)  # the jitter
    yield live_a_day(tmp_path_factory.mktemp("day"))
    random.setstate(before)


def test_after_a_day_each_job_is_said_to_be_what_canvas_holds(day: Day) -> None:
    assert day.outcomes == {job.id: held(job, DAY) for job in jobs()}


def test_a_day_ends_with_the_exit_code_of_the_jobs_that_vanished(day: Day) -> None:
    assert day.code is ExitCode.NO_JOB


def test_in_a_day_each_end_is_told_once_and_within_half_an_hour(day: Day) -> None:
    ended = [job for job in jobs() if held(job, DAY) != "waiting"]
    assert len(day.delays) == len(ended)
    assert min(day.delays) >= -0.001  # events are told to the millisecond
    assert max(day.delays) < 1800


def test_in_a_day_nothing_is_asked_after_its_end_but_late_results_once(day: Day) -> None:
    again = {id_: count for id_, count in day.counts.after_the_end.items() if count}
    assert set(again.values()) == {1}
    assert set(again) <= {job.id for job in jobs() if job.tag in MAY_HAVE_RESULTS and held(job, DAY) == "completed"}


def test_in_a_day_no_request_is_throttled_by_the_bucket_and_200_units_are_left(day: Day) -> None:
    assert day.counts.throttled == 0
    assert day.counts.lowest_quota >= 200


def test_in_a_day_at_most_four_requests_are_in_flight_and_ten_where_some_hang(day: Day) -> None:
    assert day.counts.most_fresh == 4
    assert 4 < day.counts.most_in_flight <= 10


def test_a_day_leaves_no_memory_no_threads_and_no_files_behind(day: Day) -> None:
    hours = day.counts.footprints
    assert len(hours) == 24
    assert day.blocks(21, 23) - day.blocks(2, 4) < 500  # in which some 1700 requests were sent
    assert max(hour.threads for hour in hours) - day.threads_before <= 16
    assert max(hour.files for hour in hours) == hours[0].files
    assert day.threads_left == 0


def test_in_a_day_every_kind_of_fault_strikes_and_every_restart_is_met(day: Day) -> None:
    assert set(day.counts.struck) == set(KINDS)
    assert day.counts.refused >= 23
