"""`cancel`: look first, then mark jobs as canceled, and say only what is true of that.

Canvas's endpoint has no guard: it turns finished jobs into failed ones, and stops hardly any work. What to do is
decided by `core.cancellations`; here it is done, and each job is reported, whatever ends the command.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from canvas_progress.actions.cancel_reports import Reports
from canvas_progress.core.cancel_attempt import Intent
from canvas_progress.core.cancel_case import Case
from canvas_progress.core.cancel_conclusion import Action
from canvas_progress.core.cancellations import Cancellations
from canvas_progress.core.credentials import ENVIRONMENT
from canvas_progress.core.errors import RefusedError, TimeLimitError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.exit_status import of_stop
from canvas_progress.core.outcome import CANCEL_MESSAGE
from canvas_progress.core.record import record
from canvas_progress.core.signals import Terminated
from canvas_progress.core.wording import and_list, counted

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.cancel_conclusion import Conclusion
    from canvas_progress.core.refs import Target
    from canvas_progress.terminal.terminal import Format

_STOPS: Final[dict[type[BaseException], str]] = {
    KeyboardInterrupt: "interrupted",
    Terminated: "terminated",
    TimeLimitError: "the time limit was over",
}
_MOST_NAMED: Final = 5  # jobs in a question
_NO_UNDO: Final = "work already under way may go on, and there is no undo"


@record
class CancelPlan:
    """What to send, and how careful to be. `words` begin a command line for the same jobs."""

    format: Format
    message: str = CANCEL_MESSAGE
    yes: bool = False
    force: bool = False
    dry_run: bool = False
    wait: bool = False
    words: tuple[str, ...] = ("canvas-progress",)

    @property
    def prompts(self) -> bool:
        """Whether somebody has to agree first."""
        return not (self.yes or self.dry_run)

    @property
    def intent(self) -> Intent:
        """What is attempted for each job."""
        return Intent(self.message, force=self.force, unread=self.force and self.yes, dry_run=self.dry_run)


def cancel(targets: tuple[Target, ...], adapters: Adapters, plan: CancelPlan) -> ExitCode:
    """Mark every job as canceled that may be, report on each one in order, and return the worst code."""
    if plan.prompts and not adapters.terminal.can_prompt:
        raise RefusedError("canceling needs a confirmation, and there is no terminal to ask on", hint="add `--yes`")
    reports = Reports(adapters.terminal, plan.format, plan.words, waits=plan.wait)
    cases = tuple(Case(target, plan.intent) for target in targets)
    with adapters.driver.interrupts.held():
        try:
            if plan.dry_run and reports.prints_table:
                stopped = _preview(cases, adapters, reports)
            else:
                stopped = _work_through(cases, adapters, plan, reports)
        except BaseException as stop:  # a bug of ours too: what was sent has been sent
            _report_rest(cases, reports, _STOPS.get(type(stop), "the command failed"), of_stop(stop))
            raise
        if stopped is not None:
            why = "standard output cannot be written" if stopped is reports.broken else "the credential was refused"
            _report_rest(cases, reports, why, ExitCode.UNEXPECTED)
            raise stopped
    return worst(case.stage.conclusion.code for case in cases if case.stage.conclusion)


def _work_through(cases: tuple[Case, ...], adapters: Adapters, plan: CancelPlan, reports: Reports) -> Exception | None:
    """Look, prompt, mark and wait, as far as the plan says; return what keeps the rest from being done."""
    if plan.prompts:
        looked = _look(cases, adapters)
        if looked.stopped is not None:
            return looked.stopped
        prompted_at = adapters.clock.monotonic()
        try:
            agreed = _agreed(cases, looked.cases, adapters, reports)
        except (KeyboardInterrupt, Terminated) as stop:  # of a question: nothing was sent, which goes without saying
            _decline(cases, reports, _STOPS[type(stop)], of_stop(stop))
            raise
        if not agreed:
            _decline(cases, reports, "not confirmed", ExitCode.REFUSED)
            adapters.terminal.note("nothing was canceled")
            return reports.broken
        adapters = replace(adapters, driver=adapters.driver.later(adapters.clock.monotonic() - prompted_at))
    machine = Cancellations(cases, until=adapters.driver.until, wait=plan.wait)

    def report(target: Target, conclusion: Conclusion) -> None:
        reports.report(target, conclusion)
        if reports.broken is not None:
            machine.stop(reports.broken)

    adapters.engine.cancel_each(machine, report)
    return machine.stopped


def _decline(cases: tuple[Case, ...], reports: Reports, why: str, code: ExitCode) -> None:
    for case in (each for each in cases if each.same is None):
        reports.declined(case.target, case.stage.interrupted(why, code))


def _preview(cases: tuple[Case, ...], adapters: Adapters, reports: Reports) -> Exception | None:
    """Read every job, and print what would be done as a table; return what keeps the rest from being read."""
    machine = Cancellations(cases, until=adapters.driver.until)
    adapters.engine.cancel_each(machine, lambda _target, _conclusion: None)
    if machine.stopped is not None:
        return machine.stopped
    reports.print_plan(cases, is_output=True)
    for case in cases:
        if (found := case.attempt.conclusion) is not None:
            reports.report(case.target, found)
    return reports.broken


def _look(cases: tuple[Case, ...], adapters: Adapters) -> Cancellations:
    """Read every job, to show what the question is about. One that is not shown is not canceled."""
    looks = tuple(Case(case.target, replace(case.attempt.intent, dry_run=True)) for case in cases)
    machine = Cancellations(looks, until=adapters.driver.until)
    adapters.engine.cancel_each(machine, lambda _target, _conclusion: None)
    case_of = dict(zip(looks, cases, strict=True))
    for look, case in case_of.items():
        if look.target != case.target:
            case.found(look.target, look.same and case_of[look.same])
        conclusion = look.attempt.conclusion
        if conclusion is not None and conclusion.action is not Action.DRY_RUN:
            case.attempt = look.attempt
        elif conclusion is not None:
            case.attempt.answer = conclusion.answer
    return machine


def _agreed(cases: tuple[Case, ...], looks: tuple[Case, ...], adapters: Adapters, reports: Reports) -> bool:
    """Show exactly what would be canceled, and prompt. Nothing to cancel is no question; the reports say why."""
    wanted = [case.target for case in cases if case.same is None and case.attempt.conclusion is None]
    if not wanted:
        return True
    reports.print_plan(looks)
    places = " and ".join(sorted({_place(target) for target in wanted}))
    adapters.terminal.note(_NO_UNDO)
    question = f"Cancel {_jobs(wanted)} on {places}?"
    with adapters.driver.interrupts.raised():
        return adapters.terminal.confirm(question, instead="add `--yes`")


def _jobs(targets: list[Target]) -> str:
    """Name the jobs, as the table may have no room to show what they are; a URL would say the place twice."""
    labels = [target.label for target in targets]
    if len(labels) > _MOST_NAMED or any("/" in label for label in labels):
        return counted(len(labels), "job")
    return f"{'job' if len(labels) == 1 else 'jobs'} {and_list(labels)}"


def _place(target: Target) -> str:
    """Name the Canvas of a job, and the profile where there is one."""
    name = f"{target.base.netloc}{target.base.prefix}"
    return name if target.profile == ENVIRONMENT else f"{name}, profile `{target.profile}`"


def _report_rest(cases: tuple[Case, ...], reports: Reports, why: str, code: ExitCode) -> None:
    """Report each job that has not been reported on yet: what was sent, what is known, what is not."""
    for case in cases:
        reports.report_last(case.target, case.stage.interrupted(why, code))
    reports.sum_up()
