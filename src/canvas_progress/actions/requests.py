"""The driver of the polling engine: it does what the pure state machine decides, for every command that reads jobs."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from canvas_progress.actions.asking import Asking
from canvas_progress.core.decisions import Ask, Stop
from canvas_progress.core.errors import CredentialError
from canvas_progress.core.events import Trouble
from canvas_progress.core.policy import ONE_ANSWER
from canvas_progress.core.polling import Watch
from canvas_progress.core.wording import soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.events import Event
    from canvas_progress.core.refs import Target


def drive(
    state: Watch,
    adapters: Adapters,
    *,
    tick: Callable[[], float] = lambda: math.inf,
    tell: Callable[[tuple[Event, ...]], None],
) -> None:
    """Do what the state machine decides until it says stop: the only loop that reads jobs.

    `tick` is called before each wait, and returns the seconds until it wants to be again. `tell` gets what happened.
    """
    clock = adapters.clock
    asking = Asking(adapters.jobs.read, clock, limit=state.policy.give_up_after)
    try:
        while not isinstance(decision := state.decide(clock.monotonic()), Stop):
            if isinstance(decision, Ask):
                asking.ask(decision.target)
                continue
            reply = asking.wait(min(decision.seconds, tick()))
            if reply is not None:
                jitter = random.random()  # noqa: S311  # no secret
                tell(state.record(*reply, clock.monotonic(), jitter))
    finally:
        asking.close()


def read_each(
    targets: tuple[Target, ...], adapters: Adapters, ready: Callable[[Watch], None] = lambda _: None
) -> Watch:
    """Read each job once, several at a time, and return the state that holds the answers and the errors.

    Attempts that fail are reported as they happen. `ready` is called whenever there may be new answers. Raises
    CredentialError where Canvas refuses the token, after a last call of `ready`.
    """
    state = Watch(targets, ONE_ANSWER, adapters.clock.monotonic())

    def tell(events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, Trouble) and event.retry_in is not None:
                adapters.terminal.note(f"{event.error.message}, asking again in {soon(event.retry_in)}")
        ready(state)

    drive(state, adapters, tell=tell)
    for watched in state.jobs:
        if isinstance(watched.error, CredentialError):
            raise watched.error
    return state
