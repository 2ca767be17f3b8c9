"""Live views at a chosen moment: the demo's jobs, and any number of others, watched in no time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from canvas_doors import mock_transport
from canvas_progress.canvas.client import Clients, HttpOptions
from canvas_progress.core.answers import Answer
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.credentials import Access, Secret
from canvas_progress.core.decisions import Send, Stop
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.sandbox.scenarios import Scenario
from canvas_progress.sandbox.world import World
from stage import TOKEN, StageClock

BASE = BaseUrl("https", "canvas.example.edu", 443)


def watched_until(seconds: float, scenario: Scenario) -> tuple[Watch, float]:
    """Watch all jobs of a scenario for so many seconds of made-up time; return the watch and its clock's reading."""
    return next(moments_of(scenario, [seconds]))


def moments_of(scenario: Scenario, moments: Iterable[float]) -> Iterator[tuple[Watch, float]]:
    """Watch all jobs of a scenario, and yield the watch as it is after so many seconds of made-up time each."""
    clock, world = StageClock(), World(scenario, token=TOKEN)
    wire = HttpOptions(clock.monotonic, transport=mock_transport(world, clock))
    clients = Clients((Access(BASE, Secret(TOKEN), "school"),), wire)
    # A fixed interval: these frames are about looks, and stay the same when the policy is tuned.
    policy = Policy(interval=1.0)
    watch = Watch(
        tuple(Target(str(script.id), script.id, BASE, profile="school") for script in scenario.jobs), policy, 0.0
    )
    for seconds in moments:
        while not isinstance(decision := watch.decide(clock.passed), Stop):
            if isinstance(decision, Send):
                watch.record(decision.request, _reply(clients, decision.request), clock.passed, 0.5)
            elif clock.passed + decision.seconds > seconds:
                break
            else:
                clock.sleep(decision.seconds)
        yield watch, max(seconds, clock.passed)


def _reply(clients: Clients, target: Target) -> Answer | CanvasProgressError:
    try:
        return clients.read(target)
    except CanvasProgressError as error:
        return error


def starts_in(line: str) -> dict[str, int]:
    """Return where the columns of a row of the live view stand, as far as they can be recognised."""
    marks = {
        "id": r"(?<=^..)\d",
        "word": r"(?<=\d  )(queued|running|completed|failed|canceled|gone|finishing|polling|missing|no answer)\b",
        "percent": r"%(?=  |$)",
        "tag": r"[a-z]+_[a-z]+",
        "bar": r"[━╸┄╶]",
        "left": r"([\d:.]+ (h )?left|usually)\b",
    }
    return {name: match.start() for name, mark in marks.items() if (match := re.search(mark, line))}
