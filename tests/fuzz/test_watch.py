"""Any order of answers, failures and pauses: a watch is driven as the program does it, and its promises are checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import example, given
from hypothesis import strategies as st

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.decisions import Send, Stop, Wait
from canvas_progress.core.errors import (
    CanvasProgressError,
    CertificateError,
    CredentialError,
    FileError,
    JobError,
    NetworkError,
    NoSuchJobError,
    NotCanvasError,
    NotPermittedError,
    ServerError,
    ThrottledError,
    UnreadableJobError,
)
from canvas_progress.core.events import Event, Finished
from canvas_progress.core.job import Job
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.core.server_load import MOST_IN_FLIGHT, MOST_WITH_SLOW_ONES, SLOW
from canvas_progress.core.usual_durations import Prior
from jobs import COLLEGE, SCHOOL, a_target

CREATED: Final = datetime(2026, 11, 23, 3, tzinfo=UTC)
SPANS = st.none() | st.integers(1, 900).map(float)  # as the command line takes them
POLICIES = st.builds(
    Policy,
    interval=SPANS,
    timeout=SPANS,
    stall_timeout=SPANS,
    give_up_after=st.integers(1, 600).map(float),
    stop_at_first_completed=st.booleans(),
    stop_at_first_failed=st.booleans(),
) | st.just(Policy())
QUOTAS = st.none() | st.floats(-100, 800) | st.sampled_from([0.0, 700.0, 700.0, 250.0, -(1e12), 1e12])
AGES = st.none() | st.floats(-1e5, 1e7)
PENDING = ("queued", "running", "waiting_for_external_tool", "paused")
STATES = (*PENDING, *PENDING, *PENDING, "completed", "completed", "failed", "canceled")
FINAL: Final = {"failed", "canceled"}
REST = st.none() | st.floats(0, 1e9)
MISHAPS = st.one_of(
    st.builds(NetworkError, st.just("no answer"), sent=st.booleans()),
    st.just(UnreadableJobError("x")),
    st.builds(ServerError, st.just("502"), retry_after=REST),
    st.builds(ThrottledError, st.just("429"), retry_after=REST),
)
ENDS = st.sampled_from(
    [
        CertificateError("x"),
        NotCanvasError("x"),
        NoSuchJobError("x"),
        NotPermittedError("x"),
        CredentialError("x"),
        FileError("x"),
    ]
)
PRIORS = {(str(SCHOOL), "content_migration"): Prior(600.0, 30.0), (str(COLLEGE), "x"): Prior(1e9, 1.0)}


@dataclass(frozen=True)
class Told:
    """What a server tells of a job."""

    state: str
    completion: float | None = 100.0
    tag: str | None = None
    age: float | None = None  # seconds, by the server's own clock
    quota: float | None = 700.0


@dataclass(frozen=True)
class Arrival:
    """What comes of one of the requests under way, after a part of the wait."""

    reply: Told | CanvasProgressError
    which: int = 0
    part: float = 0.1
    jitter: float = 0.5


ANSWERS = st.builds(
    Told,
    st.sampled_from(STATES),
    st.none() | st.floats(0, 100) | st.sampled_from([-1e300, 1e300]),
    st.sampled_from([None, "content_migration", "x"]),
    AGES,
    QUOTAS,
)
ARRIVALS = st.builds(
    Arrival, ANSWERS | ANSWERS | MISHAPS | MISHAPS | ENDS, st.integers(0, 8), st.floats(0, 1), st.floats(0, 1)
)
NOTHING: Final = None  # arrives before the wait is over
LENGTHS = st.integers(0, 80)  # lists of any length would mostly be short ones


class Driver:
    """Drives a watch through what happens, and keeps its own books of what was promised."""

    def __init__(self, bases: list[BaseUrl], policy: Policy, start: float) -> None:
        self.targets = tuple(a_target(number, base=base) for number, base in enumerate(bases, 1))
        self.policy, self.start, self.now = policy, start, start
        self.watch = Watch(self.targets, policy, start, PRIORS)
        self.in_flight: list[Target] = []
        self.sent_at: dict[Target, float] = {}
        self.over: set[Target] = set()  # as the answers told, whatever the watch believes
        self.completed: dict[Target, int] = {}  # and how often they told so
        self.answered_at: dict[Target, float] = {}
        self.passed_over: dict[Target, set[Target]] = {}
        self.finished: set[Target] = set()
        self.waits = 0  # in a row, without anything that happened
        self.wait = 0.0
        self.stopped = False
        self.decide()

    def happen(self, arrival: Arrival | None) -> None:
        """Let something arrive, or the whole wait pass, whichever is possible."""
        if self.stopped:
            decision = self.watch.decide(self.now + 1e9)
            assert isinstance(decision, Stop), "went on after it had ended"
        elif self.in_flight and (arrival is not None or self.wait == math.inf):
            self.arrive(arrival or Arrival(NetworkError("no answer")))
        else:
            self.pass_the_wait()
        assert tuple(watched.target for watched in self.watch.jobs) == self.targets
        for watched in self.watch.jobs:
            assert watched.is_over or watched.target not in self.over, "not over though it has ended"
        assert self.watch.ending is not None or any(not watched.is_over for watched in self.watch.jobs)

    def decide(self) -> None:
        """Send as long as there is something to ask, and see that this is right each time."""
        while not self.stopped:
            self.heard(self.watch.elapsed(self.now))
            decision = self.watch.decide(self.now)
            match decision:
                case Send(target):
                    self.asked(target)
                case Wait(seconds):
                    self.told_to_wait(seconds)
                    return
                case Stop():
                    assert self.watch.ending is not None
                    self.stopped = True

    def asked(self, target: Target) -> None:
        assert target not in self.in_flight, "asked while its answer is on its way"
        assert target not in self.over, "asked though it has ended"
        assert self.completed.get(target, 0) < 2, "asked once more than late results need"
        assert self.answered_at.get(target, -math.inf) < self.now, "asked again though no time has passed"
        assert self.policy.timeout is None or self.now < self.start + self.policy.timeout, "asked after the deadline"
        starved = self.passed_over.pop(target, set()) - self.over
        assert not starved, "asked twice while another job has been due"
        for passed in self.passed_over.values():
            passed.discard(target)
        self.passed_over[target] = {
            watched.target
            for watched in self.watch.jobs
            if watched.target.base == target.base and watched.due <= self.now and not watched.is_over
        } - {target, *self.in_flight}
        self.in_flight.append(target)
        self.sent_at[target] = self.now
        there = [self.sent_at[other] for other in self.in_flight if other.base == target.base]
        assert sum(self.now - at < SLOW for at in there) <= MOST_IN_FLIGHT, "too many requests at once"
        assert len(there) <= MOST_WITH_SLOW_ONES, "more requests than any quota allows"
        self.waits = 0

    def told_to_wait(self, seconds: float) -> None:
        assert seconds > 0, "told to wait for no time at all"
        assert seconds < math.inf or self.in_flight, "told to wait for ever, and for nothing"
        if self.policy.timeout is not None:
            assert seconds <= self.start + self.policy.timeout - self.now, "told to sleep past the deadline"
        self.wait = seconds

    def arrive(self, arrival: Arrival) -> None:
        target, told = self.in_flight.pop(arrival.which % len(self.in_flight)), arrival.reply
        self.now += arrival.part * min(self.wait, 60.0)
        if isinstance(told, CanvasProgressError):
            if isinstance(told, JobError):
                self.over.add(target)
            self.told(target, told, arrival.jitter)
            return
        self.completed[target] = self.completed.get(target, 0) + 1 if told.state == "completed" else 0
        if told.state in FINAL or self.completed[target] > 1:
            self.over.add(target)
        job = Job(
            target.id,
            told.state,
            told.completion,
            told.tag,
            created_at=CREATED,
            updated_at=CREATED,
            verbatim=f"{told.state} {told.completion}",
        )
        date = None if told.age is None else CREATED + timedelta(seconds=told.age)
        self.told(target, Answer(job, About(date=date, quota=told.quota)), arrival.jitter)

    def pass_the_wait(self) -> None:
        self.waits += 1
        assert self.waits <= 3, "told to wait again and again, with nothing to do after it"
        self.now += self.wait
        self.decide()

    def told(self, target: Target, reply: Answer | CanvasProgressError, jitter: float) -> None:
        self.answered_at[target] = self.now
        self.waits = 0
        self.heard(self.watch.record(target, reply, self.now, jitter))
        self.decide()

    def heard(self, events: tuple[Event, ...]) -> None:
        for event in events:
            assert event.target not in self.finished, "told of a job after its last event"
            if isinstance(event, Finished):
                self.finished.add(event.target)

    def finish(self) -> None:
        """Let all that is left complete: then the watch has to end soon, and to have told the end of each job."""
        for _ in range(6 * len(self.targets) + 20):
            if not self.stopped:
                self.happen(Arrival(Told("completed")))
        assert self.stopped, "everything has completed, and the watch goes on"
        self.heard(self.watch.close(self.now))
        assert not any(watched.awaits_results for watched in self.watch.jobs)


@given(
    bases=st.lists(st.sampled_from([SCHOOL, SCHOOL, COLLEGE]), min_size=1, max_size=9),
    policy=POLICIES,
    start=st.floats(0, 1e7),
    arrivals=LENGTHS.flatmap(lambda number: st.lists(ARRIVALS | st.just(NOTHING), min_size=number, max_size=number)),
)
@example(
    bases=[SCHOOL],
    policy=Policy(),
    start=0.0,
    arrivals=[Arrival(Told("running")), NOTHING, Arrival(UnreadableJobError("x"))],
)
def test_whatever_arrives_in_whatever_order_a_watch_asks_waits_and_ends_as_promised(
    bases: list[BaseUrl], policy: Policy, start: float, arrivals: list[Arrival | None]
) -> None:
    driver = Driver(bases, policy, start)
    for arrival in arrivals:
        driver.happen(arrival)
    driver.finish()


@given(
    bases=st.lists(st.sampled_from([SCHOOL, COLLEGE]), min_size=1, max_size=9),
    arrivals=LENGTHS.flatmap(lambda number: st.lists(ANSWERS.map(Arrival), min_size=number, max_size=number)),
)
def test_nor_does_a_watch_lose_its_way_where_every_answer_comes_at_once(
    bases: list[BaseUrl], arrivals: list[Arrival]
) -> None:
    driver = Driver(bases, Policy(), 0.0)
    for arrival in arrivals:
        driver.happen(Arrival(arrival.reply, part=0.0))
    driver.finish()
