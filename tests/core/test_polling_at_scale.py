"""An hour of watching many jobs at once, against a made-up server with the quota of a real one."""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Final

import pytest

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.decisions import Ending, Send, Stop, Wait
from canvas_progress.core.errors import ServerError, ThrottledError
from canvas_progress.core.job import Job
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from jobs import targets
from watching import START, asked

if TYPE_CHECKING:
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.refs import Target

HOUR: Final = 3600.0
LIMIT: Final = 600.0  # units; at this level Canvas refuses
RESERVED: Final = 50.0
LEAK: Final = 10.0


@dataclass
class Server:
    """Jobs with a duration each, and the bucket of the token, as Canvas keeps it."""

    durations: tuple[float, ...]
    cost: float = 0.05
    outage: tuple[float, float] = (math.inf, math.inf)
    level: float = 0.0
    leaked_at: float = START
    asked_after_the_end: int = 0
    lowest_quota: float = LIMIT
    throttled: int = 0
    ended: set[int] = field(default_factory=set)

    def arrive(self, now: float) -> bool:
        """Take a request in, unless the bucket is full."""
        self.level = max(0.0, self.level - LEAK * (now - self.leaked_at)) + RESERVED
        self.leaked_at = now
        self.lowest_quota = min(self.lowest_quota, LIMIT - self.level)
        return self.level < LIMIT

    def answer(self, target: Target, now: float, *, admitted: bool) -> Answer | CanvasProgressError:
        self.level += self.cost - RESERVED
        if not admitted:
            self.throttled += 1
            return ThrottledError("the bucket is full")
        if self.outage[0] <= now - START < self.outage[1]:
            return ServerError("502")
        self.asked_after_the_end += target.id in self.ended
        job = self.job(target.id, now - START)
        if job.outcome.is_final:
            self.ended.add(target.id)
        return Answer(job, About(quota=LIMIT - self.level))

    def job(self, id_: int, age: float) -> Job:
        duration = self.durations[id_ - 1]
        state, percent = ("completed", 100.0) if age >= duration else ("running", float(100 * age // duration))
        return Job(id_, state, completion=percent, tag="content_migration", verbatim=f"{state} {percent}")


@dataclass(frozen=True)
class Run:
    """What came of a watch."""

    watch: Watch
    delays: list[float]
    most_in_flight: int


def run(server: Server, policy: Policy) -> Run:
    """Watch all jobs of a server to the end; each answer takes 80 to 200 ms."""
    rng = random.Random(4)
    watch = Watch(targets(len(server.durations)), policy, START)
    in_flight: list[tuple[float, Target, bool]] = []
    now, most = START, 0
    while not isinstance(decision := watch.decide(now), Stop):
        if isinstance(decision, Send):
            arrival = (now + rng.uniform(0.08, 0.2), decision.request, server.arrive(now))
            heapq.heappush(in_flight, arrival)
            most = max(most, len(in_flight))
            continue
        now = min(now + decision.seconds, in_flight[0][0] if in_flight else math.inf)
        while in_flight and in_flight[0][0] <= now:
            _, target, admitted = heapq.heappop(in_flight)
            watch.record(target, server.answer(target, now, admitted=admitted), now, rng.random())
    ends = [watched.ended_at or math.nan for watched in watch.jobs]
    delays = [end - START - duration for end, duration in zip(ends, server.durations, strict=True)]
    return Run(watch, delays, most)


def durations(number: int, seed: int = 1) -> tuple[float, ...]:
    rng = random.Random(seed)
    return tuple(min(rng.lognormvariate(math.log(300), 1.5), HOUR) for _ in range(number))


def test_the_ends_of_a_thousand_jobs_are_noticed_within_a_minute_and_at_little_cost() -> None:
    result = run(server := Server(durations(1000)), Policy())
    assert result.watch.ending is Ending.ALL_FINISHED
    assert {watched.shown for watched in result.watch.jobs} == {Outcome.COMPLETED}
    assert 0 <= min(result.delays) <= max(result.delays) < 60
    assert result.watch.requests < sum(server.durations) / 5  # one for each every five seconds
    assert server.asked_after_the_end == 0
    assert result.most_in_flight == 4
    assert server.lowest_quota >= 200


def test_a_single_job_is_noticed_within_twenty_seconds() -> None:
    assert max(run(Server((HOUR,)), Policy()).delays) < 21


@pytest.mark.parametrize("cost", [0.05, 5.0, 20.0, 45.0])
def test_dear_requests_make_a_watch_slower_but_the_last_200_units_are_left_to_others(cost: float) -> None:
    result = run(server := Server(durations(20), cost=cost), Policy())
    assert result.watch.ending is Ending.ALL_FINISHED
    assert server.lowest_quota >= 200
    assert server.throttled == 0
    assert fmean(result.delays) < 200


def test_a_restart_of_canvas_delays_no_job_by_more_than_half_a_minute_after_it() -> None:
    result = run(server := Server(durations(50), outage=(60.0, 180.0)), Policy())
    assert {watched.shown for watched in result.watch.jobs} == {Outcome.COMPLETED}
    ends = zip(result.delays, server.durations, strict=True)
    assert max(min(delay, delay + duration - 180.0) for delay, duration in ends) < 30


def test_a_server_that_is_down_is_asked_a_few_times_a_minute_whatever_the_number_of_jobs() -> None:
    result = run(Server((HOUR,) * 1000, outage=(0.0, math.inf)), Policy(timeout=240))
    assert result.watch.requests < 24


def test_no_job_is_forgotten_while_others_are_busy() -> None:
    result = run(Server((HOUR,) * 200), Policy(timeout=60))
    assert all(watched.job is not None for watched in result.watch.jobs)


def test_a_server_that_is_gone_for_good_is_not_pressed_by_a_thousand_jobs_in_its_last_second() -> None:
    watch, now = Watch(targets(1000), Policy(), START), START
    watch.record(asked(watch, now), Answer(Job(1, "running"), About(quota=600.0)), now, 1.0)
    while watch.ending is None:
        watch.elapsed(now)
        decision = watch.decide(now)
        if isinstance(decision, Send):
            watch.record(decision.request, ServerError("502"), now, 1.0)
        elif isinstance(decision, Wait):
            now += decision.seconds
    assert 300 <= now - START < 302
    assert watch.requests < 20
