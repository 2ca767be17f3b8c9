"""Steps of a watch for tests: ask, answer, and read the wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from canvas_progress.core.decisions import Send, Stop, Wait
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from jobs import targets

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.decisions import Ending
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.events import Event
    from canvas_progress.core.refs import Target
    from canvas_progress.core.targets import Found

Step: TypeAlias = "tuple[float, Answer | Found | CanvasProgressError]"  # what comes, after how many seconds
START: Final = 1000.0  # when every watch here begins
USUAL: Final = Policy()


def a_watch(number: int = 1, policy: Policy = USUAL, *, of: tuple[Target, ...] | None = None) -> Watch:
    """Begin to watch the jobs from 1 to this number, or those given."""
    return Watch(targets(number) if of is None else of, policy, START)


def decided(watch: Watch, now: float) -> Send[Target] | Wait | Stop:
    """Return what the watch does now, as the driver asks for it."""
    watch.elapsed(now)
    return watch.decide(now)


def asked(watch: Watch, now: float) -> Target:
    """Return the job that the watch asks for now."""
    decision = decided(watch, now)
    assert isinstance(decision, Send), decision
    return decision.request


def wait(watch: Watch, now: float) -> float:
    """Return the seconds for which nothing is due."""
    decision = watch.decide(now)
    assert isinstance(decision, Wait), decision
    return decision.seconds


def stopped(watch: Watch, now: float) -> Ending:
    """Return why the watch is over."""
    decision = watch.decide(now)
    assert isinstance(decision, Stop), decision
    assert watch.ending is not None
    return watch.ending


def exchange(
    watch: Watch, now: float, reply: Answer | Found | CanvasProgressError, *, jitter: float = 1.0
) -> tuple[Event, ...]:
    """Let the watch ask, and answer at once."""
    return watch.record(asked(watch, now), reply, now, jitter)


def played(watch: Watch, *steps: Step, jitter: float = 1.0) -> tuple[Event, ...]:
    """Answer one request after the other, each at its second, and return what the last answer told."""
    told: tuple[Event, ...] = ()
    for seconds, reply in steps:
        told = exchange(watch, START + seconds, reply, jitter=jitter)
    return told
