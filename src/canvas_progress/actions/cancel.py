"""`cancel`: look first, then mark jobs as canceled, and say only what is true of that.

Canvas's endpoint has no guard: it turns finished jobs into failed ones, and stops hardly any work. What to do is
decided by `core.attempt` and `core.settling`; here it is done, and each job is reported, whatever ends the command.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from canvas_progress.actions.asking import asked_once
from canvas_progress.actions.cancel_reports import Reports
from canvas_progress.core.attempt import Attempt
from canvas_progress.core.cancel_decisions import Action, Conclusion, Intent, Pause, Read
from canvas_progress.core.errors import GuardError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.outcome import CANCEL_MESSAGE
from canvas_progress.core.settling import Settling
from canvas_progress.core.signals import Terminated
from canvas_progress.core.wording import counted
from canvas_progress.terminal.looks import SYMBOLS

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.refs import Target
    from canvas_progress.terminal.terminal import Format

TIMEOUT: Final = 120.0  # seconds for each job, where nothing else is said
_LTI: Final = "Canvas has no endpoint to cancel through LTI; use its id and an ordinary token"


@dataclass(frozen=True, slots=True)
class CancelPlan:
    """What to send, and how careful to be. `timeout` is in seconds for all jobs together; None is two minutes for each.

    The time that somebody takes to answer our question does not count. `words` begin a command line for the same jobs.
    """

    format: Format
    message: str = CANCEL_MESSAGE
    yes: bool = False
    force: bool = False
    dry_run: bool = False
    wait: bool = False
    timeout: float | None = None
    words: tuple[str, ...] = ("canvas-progress",)

    @property
    def asks(self) -> bool:
        """Whether somebody has to agree first."""
        return not (self.yes or self.dry_run)

    @property
    def intent(self) -> Intent:
        """What is attempted for each job."""
        return Intent(self.message, force=self.force, unread=self.force and self.yes, dry_run=self.dry_run)


@dataclass(slots=True)
class _Case:
    """One job of the command. What is known of it is in its machines, so that a signal at any moment loses nothing."""

    target: Target
    attempt: Attempt
    settling: Settling | None = None
    looked: Conclusion | None = None  # as it was when somebody was asked

    @property
    def machine(self) -> Attempt | Settling:
        """What knows most of the job."""
        return self.settling or self.attempt


def cancel(targets: tuple[Target, ...], adapters: Adapters, plan: CancelPlan) -> ExitCode:
    """Mark every job as canceled that may be, report on each one in order, and return the worst code."""
    if plan.asks and not adapters.terminal.can_ask:
        raise GuardError("canceling needs a confirmation, and there is no terminal to ask on", hint="add `--yes`")
    reports = Reports(adapters.terminal, plan.format, plan.words, waits=plan.wait)
    cases = [_Case(target, Attempt(plan.intent, until=math.inf)) for target in targets]
    for case in cases:
        if case.target.course is not None:
            case.attempt.refuse(_LTI)
    try:
        stopped = _work_through(cases, adapters, plan, reports)
    except (KeyboardInterrupt, Terminated) as signal:
        interrupted = isinstance(signal, KeyboardInterrupt)
        code = ExitCode.INTERRUPTED if interrupted else ExitCode.TERMINATED
        _report_rest(cases, reports, "interrupted" if interrupted else "terminated", code)
        raise
    if stopped is not None:
        why = "standard output cannot be written" if stopped is reports.broken else "the credential was refused"
        _report_rest(cases, reports, why, ExitCode.UNEXPECTED)
        raise stopped
    return worst(case.machine.conclusion.code for case in cases if case.machine.conclusion)


def _work_through(cases: list[_Case], adapters: Adapters, plan: CancelPlan, reports: Reports) -> Exception | None:
    """Look, ask, mark and wait, as far as the plan says; return what keeps the rest from being done."""
    if plan.asks:
        if (stopped := _look(cases, adapters, plan)) is not None:
            return stopped
        if not _agreed(cases, adapters):
            for case in cases:
                reports.tell(case.target, case.attempt.interrupted("not confirmed", ExitCode.REFUSED))
            adapters.terminal.note("nothing was canceled")
            return reports.broken
    ends = None if plan.timeout is None else adapters.clock.monotonic() + plan.timeout
    for case in cases:
        case.attempt.until = _until(adapters, ends)
        conclusion = _concluded(case.attempt, case.target, adapters)
        if plan.wait and conclusion.action is Action.CANCELED and conclusion.answer is not None:
            case.settling = Settling(plan.message, conclusion.answer, marked_at=adapters.clock.monotonic())
        reports.tell(case.target, conclusion)
        if stopped := conclusion.error or reports.broken:
            return stopped
    return _settle(cases, adapters, reports, ends)


def _settle(cases: list[_Case], adapters: Adapters, reports: Reports, ends: float | None) -> Exception | None:
    """Wait until each cancellation has held, or its job has written over it. The waits run side by side."""
    for case in cases:
        if case.settling is not None:
            case.settling.until = _until(adapters, ends)
    waited = [case for case in cases if case.settling is not None]
    while waited:
        pause = min(_advance(case.machine, case.target, adapters) for case in waited)
        while waited and (conclusion := waited[0].machine.conclusion) is not None:
            reports.tell_settled(waited.pop(0).target, conclusion)
            if stopped := conclusion.error or reports.broken:
                return stopped
        if pause > 0 and waited:
            adapters.clock.sleep(pause)
    return None


def _until(adapters: Adapters, ends: float | None) -> float:
    return adapters.clock.monotonic() + TIMEOUT if ends is None else ends


def _concluded(attempt: Attempt, target: Target, adapters: Adapters) -> Conclusion:
    """Do what an attempt decides until it knows what came of it."""
    while attempt.conclusion is None:
        if (pause := _advance(attempt, target, adapters)) > 0 and attempt.conclusion is None:
            adapters.clock.sleep(pause)
    return attempt.conclusion


def _advance(machine: Attempt | Settling, target: Target, adapters: Adapters) -> float:
    """Do what a machine decides now, and return for how many seconds it wants nothing more, infinite once it knows.

    Every request of `cancel` is sent from here.
    """
    clock, jobs = adapters.clock, adapters.jobs
    step = machine.decide(clock.monotonic())
    if isinstance(step, Conclusion):
        return math.inf
    if isinstance(step, Pause):
        return step.seconds
    request = jobs.read if isinstance(step, Read) else partial(jobs.cancel, message=step.message)
    reply = asked_once(request, target, clock, limit=step.seconds)
    jitter = random.random()  # noqa: S311  # no secret
    if (news := machine.record(reply, clock.monotonic(), jitter)) is not None:
        adapters.terminal.note(f"{target.label}: {news}")
    return 0.0


def _look(cases: list[_Case], adapters: Adapters, plan: CancelPlan) -> Exception | None:
    """Read every job, to show what the question is about. One that is not shown is not canceled."""
    for case in cases:
        if case.attempt.conclusion is not None:
            continue
        case.attempt = Attempt(replace(plan.intent, dry_run=True), until=_until(adapters, None))
        case.looked = _concluded(case.attempt, case.target, adapters)
        if case.looked.error is not None:
            return case.looked.error
        if case.looked.action is Action.DRY_RUN:
            case.attempt = Attempt(plan.intent, until=math.inf)
    return None


def _agreed(cases: list[_Case], adapters: Adapters) -> bool:
    """Show exactly what would be canceled, and ask. Nothing to cancel is no question; the reports say why."""
    wanted = [case for case in cases if case.attempt.conclusion is None]
    if not wanted:
        return True
    from canvas_progress.terminal.table import candidates

    rows = tuple(
        (case.target, case.looked.answer, "" if case.attempt.conclusion is None else case.looked.reason)
        for case in cases
        if case.looked is not None and case.looked.answer is not None
    )
    terminal = adapters.terminal
    width = terminal.size_of(terminal.stderr)[0]
    terminal.print_note(candidates(rows, width=width, unicode=terminal.knows(SYMBOLS)))
    return terminal.confirm(f"Cancel {counted(len(wanted), 'job')}?", instead="add `--yes`")


def _report_rest(cases: list[_Case], reports: Reports, why: str, code: ExitCode) -> None:
    """Report each job that has not been reported on yet: what was sent, what is known, what is not."""
    for case in cases:
        reports.tell_last(case.target, case.machine.interrupted(why, code))
    reports.sum_up()
