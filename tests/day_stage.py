"""A day of simulated time on real threads: requests take their time, several at once, and each day is the same.

The clock moves only when every request that was sent is asleep in the server, and wakes them one by one.
"""

from __future__ import annotations

import gc
import heapq
import random
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Final, TypeVar

import httpx

from canvas_progress.canvas.client import Clients
from canvas_progress.core.answers import Answer
from canvas_progress.core.refs import Target
from canvas_progress.core.targets import Found
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.messages import Delivery, Request, Response
from canvas_progress.sandbox.scripts import Script
from canvas_progress.sandbox.world import World
from rough_canvas import Weather, faults_of, held, started
from stage import START, StageClock

T = TypeVar("T")
HOUR: Final = 3600.0
_FINAL: Final = {"completed", "failed", "canceled", "gone"}
_READ_TIMEOUT: Final = 30.0
_BEYOND_ALL_LIMITS: Final = 150.0  # seconds, as while a name is looked up
_FRESH: Final = 1.5  # seconds in which a request does not count as slow
_CALM: Final = 60.0  # seconds: whoever meets a web page at first has the wrong address
_PATIENCE: Final = 30.0  # real seconds, before a test fails that would hang
_BROKEN: Final = {
    Delivery.DROPPED: httpx.RemoteProtocolError,
    Delivery.STALLED: httpx.ReadTimeout,
    Delivery.TRUNCATED: httpx.RemoteProtocolError,
}


class DayClock(StageClock):
    """Time for a driver and its requests: each of these is announced, and then sleeps exactly once."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._asleep: list[tuple[float, int, SimpleQueue[None]]] = []
        self._numbers = 0
        self._sent = 0  # and not yet woken

    def announce(self) -> None:
        """Take in that one more request is about to be sent; those before it have arrived by now."""
        self._settle()
        self._sent += 1

    def sleep(self, seconds: float) -> None:
        """Hold the thread of a request until its time has come."""
        bell: SimpleQueue[None] = SimpleQueue()
        with self._changed:
            self._numbers += 1
            heapq.heappush(self._asleep, (self.passed + seconds, self._numbers, bell))
            self._changed.notify()
        bell.get()

    def wait(self, queue: SimpleQueue[T], seconds: float, *, expected: bool) -> T | None:
        """Let time pass to the end of the next request, or for so many seconds."""
        del expected
        self._settle()
        ends = self.passed + seconds
        if not self._asleep or self._asleep[0][0] > ends:
            self.passed = ends
            return None
        self._wake()
        return queue.get(timeout=_PATIENCE)

    def release(self) -> None:
        """Wake all requests that nobody waits for any more, and wait until their threads have ended."""
        self._settle()
        while self._asleep:
            self._wake()
        for thread in threading.enumerate():
            if thread.name.startswith("background-"):
                thread.join(_PATIENCE)

    def _wake(self) -> None:
        at, _, bell = heapq.heappop(self._asleep)
        self.passed = max(self.passed, at)
        self._sent -= 1
        bell.put(None)

    def _settle(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._asleep) == self._sent, _PATIENCE)


@dataclass(frozen=True)
class Announcing:
    """The clients, whose requests the clock has to know of. A driver asks for the limit just before it sends one."""

    clients: Clients
    clock: DayClock

    def read(self, target: Target) -> Answer:
        return self.clients.read(target)

    def find(self, link: Target) -> Found:
        return self.clients.find(link)

    def cancel(self, target: Target, message: str) -> Answer:
        return self.clients.cancel(target, message)

    def limit(self, target: Target) -> float:
        self.clock.announce()
        return self.clients.limit(target)


@dataclass(frozen=True)
class Footprint:
    """What this process has at one moment: blocks of memory, threads, file descriptors."""

    blocks: int
    threads: int
    files: int

    @classmethod
    def now(cls) -> Footprint:
        gc.collect()
        open_files = Path("/dev/fd")
        files = len(list(open_files.iterdir())) if open_files.exists() else 0
        return cls(sys.getallocatedblocks(), threading.active_count(), files)


@dataclass
class Counts:
    """What the server saw in a day."""

    requests: int = 0
    refused: int = 0
    cut_off: int = 0
    throttled: int = 0
    lowest_quota: float = 700.0
    most_in_flight: int = 0
    most_fresh: int = 0
    struck: Counter[FaultKind] = field(default_factory=Counter)
    after_the_end: Counter[int] = field(default_factory=Counter)  # requests for a job whose end was told, by id
    footprints: list[Footprint] = field(default_factory=list)  # at the first request of each hour


class DayServer(httpx.BaseTransport):
    """A rough Canvas that is started again each hour, and refuses connections for some minutes then."""

    def __init__(self, jobs: tuple[Script, ...], weather: Weather, clock: DayClock) -> None:
        self.counts = Counts()
        self._jobs = jobs
        self._weather = weather
        self._clock = clock
        self._rng = random.Random(5)
        self._hour = -1
        self._down_until = 0.0
        self._world = started(jobs, (), START)
        self._faults: tuple[Fault, ...] = ()
        self._in_flight: dict[int, float] = {}
        self._told: set[int] = set()
        self._by_path = {f"/api/v1/progress/{job.id}": job for job in jobs}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request after a while, on the clock of the day."""
        self.counts.requests += 1
        number = self.counts.requests
        self._arrived(number, self._by_path[request.url.path])
        try:
            if self._serving() is None:
                self.counts.refused += 1
                self._clock.sleep(0.002)
                raise httpx.ConnectError("[Errno 111] Connection refused") from ConnectionRefusedError()
            return self._answered(request)
        finally:
            del self._in_flight[number]

    def _arrived(self, number: int, job: Script) -> None:
        counts, now = self.counts, self._clock.passed
        counts.after_the_end[job.id] += job.id in self._told
        self._in_flight[number] = now
        counts.most_in_flight = max(counts.most_in_flight, len(self._in_flight))
        counts.most_fresh = max(counts.most_fresh, sum(now - at < _FRESH for at in self._in_flight.values()))

    def _serving(self) -> World | None:
        """Return the world, a new one where an hour has begun; None while the server is down."""
        now = self._clock.passed
        if now // HOUR > self._hour:
            self._hour = int(now // HOUR)
            self._start_again()
        return None if now < self._down_until else self._world

    def _start_again(self) -> None:
        self.close()
        begin = self._hour * HOUR
        self._down_until = begin + self._rng.uniform(120.0, 280.0) if begin else 0.0
        self._faults = faults_of(self._weather, begin, begin + HOUR)
        self._world = started(self._jobs, (), START)  # it would look at all faults at each request
        self.counts.footprints.append(Footprint.now())

    def close(self) -> None:
        """Take over what the world has counted."""
        counts, world = self.counts, self._world
        counts.throttled += world.throttled
        counts.lowest_quota = min(counts.lowest_quota, world.lowest_remaining)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        world, hour, fault = self._world, self._hour, self._fault()
        target, headers = request.url.raw_path.decode("ascii"), tuple(request.headers.multi_items())
        if fault is not None and fault.kind is FaultKind.RESET:
            self._clock.sleep(0.002)
            raise httpx.ReadError("[Errno 104] Connection reset by peer")
        arrived = world.arrive(Request(request.method, target, headers, request.read()), self._clock())
        self._clock.sleep(self._takes(fault))
        if int(self._clock.passed // HOUR) != hour:
            self.counts.cut_off += 1
            raise httpx.ReadError("[Errno 104] Connection reset by peer")
        if not isinstance(arrived, Response):
            response = world.finish(replace(arrived, fault=fault), self._clock())
            if fault is None:
                self._note(self._by_path[request.url.path])
        else:
            response = arrived
        if response.delivery in _BROKEN:
            raise _BROKEN[response.delivery](response.delivery.name)
        return httpx.Response(
            response.status, headers=list(response.headers), stream=httpx.ByteStream(response.body), request=request
        )

    def _fault(self) -> Fault | None:
        """Return the fault that strikes a request of this moment, if any."""
        now = self._clock.passed
        minute = int(now % HOUR // self._weather.period)
        fault = self._faults[minute] if minute < len(self._faults) else None
        if fault is None or not fault.strikes(1, now) or now < _CALM:
            return None
        self.counts.struck[fault.kind] += 1
        return fault

    def _takes(self, fault: Fault | None) -> float:
        """Return how many seconds a request takes: Canvas works on one that stalls, and it holds its place."""
        if fault is not None and fault.kind is FaultKind.STALLED:
            return _READ_TIMEOUT if self._rng.random() < 0.8 else _BEYOND_ALL_LIMITS
        return self._rng.uniform(0.05, 0.3)

    def _note(self, job: Script) -> None:
        """Remember that the client is told of the end of a job."""
        if held(job, self._clock.passed) in _FINAL:
            self._told.add(job.id)
