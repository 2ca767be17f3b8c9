"""The real client over real sockets and in real time; only the terminal is one of memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from canvas_progress.actions.adapters import Adapters
from canvas_progress.actions.driver import Driver
from canvas_progress.actions.recording import Recording
from canvas_progress.actions.watch import WatchPlan, watch
from canvas_progress.canvas.client import Clients, HttpOptions
from canvas_progress.canvas.time_limits import Limits
from canvas_progress.clock import SystemClock
from canvas_progress.core.answers import Exchange
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, Secret
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.interrupts import Interrupts
from canvas_progress.processes import Programs
from canvas_progress.sandbox.scenarios import Scenario
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from canvas_progress.terminal.terminal import Format
from stage import TOKEN, Stream, a_terminal

PATIENT = Policy(timeout=55)
IMPATIENT = Limits(connect=1.0, read=1.0, whole=5.0)  # a stalled request costs a second, not half a minute


@dataclass
class LiveWatch:
    """What a watch over real sockets came to."""

    code: ExitCode
    out: str
    err: str
    world: World
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def outcomes(self) -> list[str]:
        """The second field of each line: what became of the jobs, in the order given."""
        return [line.split("\t")[1] for line in self.out.splitlines()]


def watch_live(
    scenario: Scenario,
    *,
    policy: Policy = PATIENT,
    on_exchange: Callable[[SandboxServer, Exchange], None] = lambda *_: None,
    latency: float = 0.0,
) -> LiveWatch:
    """Serve a scenario on a free port and watch all of its jobs, as the command would."""
    world, terminal, clock = World(scenario, token=TOKEN), a_terminal(), SystemClock()
    exchanges: list[Exchange] = []
    with SandboxServer(world, latency=latency) as server:
        base = parse_base_url(server.url)

        def note(exchange: Exchange) -> None:
            exchanges.append(exchange)
            on_exchange(server, exchange)

        clients = Clients(
            (Access(base, Secret(TOKEN), "school"),), HttpOptions(clock.monotonic, note, limits=IMPATIENT)
        )
        targets = tuple(Target(str(script.id), script.id, base, profile="school") for script in scenario.jobs)
        with closing(clients):
            driver = Driver(clock, Interrupts(clock.monotonic), clock.monotonic() + (policy.timeout or math.inf))
            adapters = Adapters(clients, terminal, driver, Programs(dict, clock), Recording(clock))
            code = watch(targets, adapters, WatchPlan(policy, Format.PLAIN))
    assert isinstance(terminal.stdout, Stream)
    assert isinstance(terminal.stderr, Stream)
    return LiveWatch(code, terminal.stdout.text, terminal.stderr.text, world, exchanges)
