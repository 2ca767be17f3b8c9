"""`cancel`: look first, then mark jobs as canceled, and say only what is true of that.

Canvas's endpoint has no guard: it turns finished jobs into failed ones, and stops hardly any work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from canvas_progress.actions.patience import read_patiently
from canvas_progress.actions.posting import post
from canvas_progress.core.cancellation import Verdict, judge
from canvas_progress.core.errors import CanvasProgressError, CredentialError, GuardError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.outcome import CANCEL_MESSAGE, Outcome
from canvas_progress.core.wording import counted
from canvas_progress.terminal.events import cancel_line
from canvas_progress.terminal.looks import SYMBOLS
from canvas_progress.terminal.plain import plain_line
from canvas_progress.terminal.terminal import Format

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.job import Job
    from canvas_progress.core.refs import Target


@dataclass(frozen=True, slots=True)
class CancelPlan:
    """What to send, and how careful to be."""

    format: Format
    message: str = CANCEL_MESSAGE
    yes: bool = False
    force: bool = False
    dry_run: bool = False


class Action(StrEnum):
    """What became of the wish to cancel one job."""

    CANCELED = "canceled"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    DRY_RUN = "dry-run"


@dataclass(frozen=True, slots=True)
class Report:
    """What was done about one job, and why; `job` is how it then stood."""

    target: Target
    action: Action
    reason: str
    job: Job | None
    code: ExitCode


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A job that was read, and what our guards say about it."""

    target: Target
    answer: Answer
    verdict: Verdict


def cancel(targets: tuple[Target, ...], adapters: Adapters, plan: CancelPlan) -> ExitCode:
    """Mark every job as canceled that may be, report on each one in order, and return the worst code."""
    if not (plan.yes or plan.dry_run or adapters.terminal.can_ask):
        raise GuardError("canceling needs a confirmation, and there is no terminal to ask on", hint="add `--yes`")
    looked = [_look(target, adapters, plan) for target in targets]
    wanted = [found for found in looked if isinstance(found, _Candidate) and found.verdict.allowed]
    asked = not (plan.yes or plan.dry_run) and bool(wanted)
    if asked:
        _show(looked, adapters)
        if not adapters.terminal.confirm(f"Cancel {counted(len(wanted), 'job')}?", instead="add `--yes`"):
            adapters.terminal.note("nothing was canceled")
            return ExitCode.REFUSED
    codes = []
    for found in looked:
        report = found if isinstance(found, Report) else _act(found, adapters, plan, look_again=asked)
        _tell(report, adapters, plan)
        codes.append(report.code)
    return worst(codes)


def _look(target: Target, adapters: Adapters, plan: CancelPlan) -> _Candidate | Report:
    """Read a job and let the guards judge it."""
    if target.course is not None:
        return _refused(target, "Canvas has no endpoint to cancel through LTI; use its id and an ordinary token")
    try:
        answer = read_patiently(target, adapters)
    except CredentialError:
        raise
    except CanvasProgressError as error:
        return Report(target, Action.UNCHANGED, error.message, None, error.exit_code)
    return _Candidate(target, answer, judge(answer, force=plan.force))


def _act(found: _Candidate, adapters: Adapters, plan: CancelPlan, *, look_again: bool) -> Report:
    """Cancel one job, or refuse to. After a question the job is read once more: people take their time."""
    target = found.target
    if look_again and found.verdict.allowed:
        fresh = _look(target, adapters, plan)
        if isinstance(fresh, Report):
            return fresh
        found = fresh
    job = found.answer.job
    if not found.verdict.allowed:
        return Report(target, Action.REFUSED, found.verdict.reason, job, ExitCode.REFUSED)
    if plan.dry_run:
        return Report(target, Action.DRY_RUN, f"would be marked as canceled; it is {job.outcome}", job, ExitCode.OK)
    try:
        posted = post(target, plan.message, adapters, before=job)
    except CredentialError:
        raise
    except CanvasProgressError as error:
        return Report(target, Action.UNCHANGED, error.message, job, error.exit_code)
    if posted.took:
        return Report(target, Action.CANCELED, posted.reason, posted.job, ExitCode.OK)
    return Report(target, Action.UNCHANGED, posted.reason, posted.job, ExitCode.REFUSED)


def _refused(target: Target, reason: str) -> Report:
    return Report(target, Action.REFUSED, reason, None, ExitCode.REFUSED)


def _show(looked: list[_Candidate | Report], adapters: Adapters) -> None:
    """Show on standard error exactly what the question is about."""
    from canvas_progress.terminal.table import candidates

    rows = tuple(
        (found.target, found.answer, "" if found.verdict.allowed else found.verdict.reason)
        for found in looked
        if isinstance(found, _Candidate)
    )
    adapters.terminal.print_note(candidates(rows, unicode=adapters.terminal.knows(SYMBOLS)))


def _tell(report: Report, adapters: Adapters, plan: CancelPlan) -> None:
    """Report on one job as it happens: for people in a sentence, for programs in a line of data beside it."""
    terminal, label = adapters.terminal, report.target.label
    outcome = report.job.outcome if report.job else Outcome.UNKNOWN
    if plan.format is Format.JSON:
        terminal.data(cancel_line(label, report.action, report.reason, outcome, report.job))
    elif plan.format is Format.PLAIN and report.job is not None:
        terminal.data(plain_line(label, outcome, report.job))
    if report.code is not ExitCode.OK:
        terminal.note(f"error: {label} not canceled: {report.reason}")
        return
    done = f"{label} marked as canceled; {report.reason}"
    sentence = done if report.action is Action.CANCELED else f"{label} {report.reason}"
    say = terminal.data if plan.format is Format.TABLE else terminal.note
    say(sentence)
