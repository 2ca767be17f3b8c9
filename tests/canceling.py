"""A `cancel` that is given one reply after the other, as the driver of requests would hand them over."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_attempt import Intent
from canvas_progress.core.cancel_case import CancelRequest, Case
from canvas_progress.core.cancellations import CancelEvent, Cancellations
from canvas_progress.core.decisions import Send, Wait
from canvas_progress.core.errors import CanvasProgressError
from canvas_progress.core.exit_codes import ExitCode
from jobs import a_target, an_answer

if TYPE_CHECKING:
    from canvas_progress.core.cancel_conclusion import Action
    from canvas_progress.core.refs import Target

Reply = Answer | CanvasProgressError
START: Final = 100.0
PLAIN, DRY = Intent("canceled"), Intent("canceled", dry_run=True)
RUNNING, MARKED = an_answer("running"), an_answer("failed", message="canceled")


def canceling(*targets: Target, intent: Intent = PLAIN, until: float = math.inf, wait: bool = False) -> Cancellations:
    """Return a command for these jobs, or for one."""
    cases = tuple(Case(target, intent) for target in targets or (a_target(),))
    return Cancellations(cases, until=until, wait=wait)


def asked(machine: Cancellations, now: float = START) -> CancelRequest:
    """Return the request that is sent now."""
    machine.elapsed(now)
    decision = machine.decide(now)
    assert isinstance(decision, Send), decision
    return decision.request


def pause(machine: Cancellations, now: float = START) -> float:
    """Return for how many seconds nothing is sent."""
    machine.elapsed(now)
    decision = machine.decide(now)
    assert isinstance(decision, Wait), decision
    return decision.seconds


def exchange(machine: Cancellations, *replies: Reply, now: float = START) -> tuple[CancelEvent, ...]:
    """Let it send one request after the other and answer each at once; return what it tells of the last one."""
    told: tuple[CancelEvent, ...] = ()
    for reply in replies:
        told = machine.record(asked(machine, now), reply, now, 1.0)
    return told


class Played:
    """The cancellation of one job, told as `r` for each read, `P` for each POST and `.` for each pause.

    Time passes in its pauses alone. When there is no reply left, it is interrupted.
    """

    def __init__(self, *replies: Reply, intent: Intent = PLAIN, until: float = 120.0) -> None:
        self.now, self.did, self.news = 0.0, "", []
        machine, left = canceling(intent=intent, until=until), list(replies)
        stage = machine.cases[0].stage
        machine.elapsed(self.now)
        while stage.conclusion is None:
            decision = machine.decide(self.now)
            if isinstance(decision, Wait):
                self.now += decision.seconds
                self.did += "."
                machine.elapsed(self.now)
                continue
            assert isinstance(decision, Send)
            if not left:
                break
            self.did += "r" if decision.request.message is None else "P"
            events = machine.record(decision.request, left.pop(0), self.now, 1.0)
            self.news += [event.found for event in events if isinstance(event.found, str)]
        self.end = stage.interrupted("stopped", ExitCode.INTERRUPTED)

    @property
    def found(self) -> tuple[Action, ExitCode]:
        """What was done, and the exit code."""
        return self.end.action, self.end.code
