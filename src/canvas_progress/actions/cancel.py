"""`cancel`: look first, then mark jobs as canceled, and say only what is true of that.

Canvas's endpoint has no guard: it turns finished jobs into failed ones, and stops hardly any work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from canvas_progress.actions.patience import read_patiently
from canvas_progress.actions.posting import post
from canvas_progress.actions.settling import exit_code, settled
from canvas_progress.core.cancellation import Verdict, judge
from canvas_progress.core.errors import CanvasProgressError, CredentialError, GuardError, NotPermittedError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.outcome import CANCEL_MESSAGE, Outcome
from canvas_progress.core.signals import Terminated
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
    wait: bool = False


class Action(StrEnum):
    """What became of the wish to cancel one job."""

    CANCELED = "canceled"
    REFUSED = "refused"
    UNCHANGED = "unchanged"
    DRY_RUN = "dry-run"


@dataclass(frozen=True, slots=True)
class Report:
    """What was done about one job, and why; `job` is how it then stood. `marked_at` is by the monotonic clock."""

    target: Target
    action: Action
    reason: str
    job: Job | None
    code: ExitCode
    marked_at: float = 0.0


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
    if not (plan.yes or plan.dry_run) and not _agreed(targets, adapters, plan):
        return ExitCode.REFUSED
    reports: list[Report] = []
    try:
        for target in targets:
            reports.append(_one(target, adapters, plan))
            _tell(reports[-1], adapters, plan)
        if plan.wait:
            reports = [_settle(report, adapters, plan) for report in reports]
    except (KeyboardInterrupt, Terminated, CredentialError):
        _tell_rest(targets, reports, adapters)
        raise
    return worst(report.code for report in reports)


def _agreed(targets: tuple[Target, ...], adapters: Adapters, plan: CancelPlan) -> bool:
    """Show exactly what would be canceled, and ask. Nothing to cancel is no question; the reports say why."""
    looked = [_look(target, adapters, plan) for target in targets]
    wanted = [found for found in looked if isinstance(found, _Candidate) and found.verdict.allowed]
    if not wanted:
        return True
    _show(looked, adapters)
    if adapters.terminal.confirm(f"Cancel {counted(len(wanted), 'job')}?", instead="add `--yes`"):
        return True
    adapters.terminal.note("nothing was canceled")
    return False


def _look(target: Target, adapters: Adapters, plan: CancelPlan) -> _Candidate | Report:
    """Read a job and let the guards judge it."""
    if target.course is not None:
        reason = "Canvas has no endpoint to cancel through LTI; use its id and an ordinary token"
        return Report(target, Action.REFUSED, reason, None, ExitCode.REFUSED)
    try:
        answer = read_patiently(target, adapters)
    except CredentialError:
        raise
    except CanvasProgressError as error:
        return Report(target, Action.UNCHANGED, error.message, None, error.exit_code)
    return _Candidate(target, answer, judge(answer, force=plan.force))


def _one(target: Target, adapters: Adapters, plan: CancelPlan) -> Report:
    """Cancel one job, or refuse to. It is read right before, also after a question: people take their time."""
    found = _look(target, adapters, plan)
    if isinstance(found, Report):
        return found
    job = found.answer.job
    if not found.verdict.allowed:
        return Report(target, Action.REFUSED, found.verdict.reason, job, ExitCode.REFUSED)
    if plan.dry_run:
        return Report(target, Action.DRY_RUN, f"would be marked as canceled; it is {job.outcome}", job, ExitCode.OK)
    return _send(target, job, adapters, plan)


def _send(target: Target, job: Job, adapters: Adapters, plan: CancelPlan) -> Report:
    """Mark one job that was just read."""
    try:
        posted = post(target, plan.message, adapters, before=job)
    except CredentialError:
        raise
    except NotPermittedError as error:
        return Report(target, Action.REFUSED, error.message, job, error.exit_code)
    except CanvasProgressError as error:
        return Report(target, Action.UNCHANGED, error.message, job, error.exit_code)
    if not posted.took:
        return Report(target, Action.UNCHANGED, posted.reason, posted.job, ExitCode.REFUSED)
    now = adapters.clock.monotonic()
    return Report(target, Action.CANCELED, posted.reason, posted.job, ExitCode.OK, marked_at=now)


def _settle(report: Report, adapters: Adapters, plan: CancelPlan) -> Report:
    """Wait until one cancellation has held, or its job has written over it."""
    if report.action is not Action.CANCELED or report.job is None:
        return report
    try:
        state = settled(report.target, report.job, plan.message, adapters, since=report.marked_at)
    except CredentialError:
        raise
    except CanvasProgressError as error:
        adapters.terminal.error(error)
        final = replace(report, reason=f"{report.reason}; then: {error.message}", code=error.exit_code)
    else:
        final = replace(report, reason=state.verdict or "", job=state.job, code=exit_code(state))
        adapters.terminal.note(f"{report.target.label}: {final.reason}")
    _print(final, adapters, plan)
    return final


def _show(looked: list[_Candidate | Report], adapters: Adapters) -> None:
    """Show on standard error exactly what the question is about."""
    from canvas_progress.terminal.table import candidates

    rows = tuple(
        (found.target, found.answer, "" if found.verdict.allowed else found.verdict.reason)
        for found in looked
        if isinstance(found, _Candidate)
    )
    terminal = adapters.terminal
    width = terminal.size_of(terminal.stderr)[0]
    terminal.print_note(candidates(rows, width=width, unicode=terminal.knows(SYMBOLS)))


def _tell(report: Report, adapters: Adapters, plan: CancelPlan) -> None:
    """Report on one job as it happens: for people in a sentence, for programs in a line of data beside it."""
    terminal, label = adapters.terminal, report.target.label
    if not (plan.wait and report.action is Action.CANCELED):  # else its line follows when it has settled
        _print(report, adapters, plan)
    if report.code is not ExitCode.OK:
        terminal.note(f"error: {label} not canceled: {report.reason}")
        return
    done = f"{label} marked as canceled; {report.reason}"
    sentence = done if report.action is Action.CANCELED else f"{label} {report.reason}"
    say = terminal.data if plan.format is Format.TABLE else terminal.note
    say(sentence)


def _print(report: Report, adapters: Adapters, plan: CancelPlan) -> None:
    """Print the line of data of one job."""
    label, outcome = report.target.label, report.job.outcome if report.job else Outcome.UNKNOWN
    if plan.format is Format.JSON:
        adapters.terminal.data(cancel_line(label, report.action, report.reason, outcome, report.job))
    elif plan.format is Format.PLAIN and report.job is not None:
        adapters.terminal.data(plain_line(label, outcome, report.job))


def _tell_rest(targets: tuple[Target, ...], reports: list[Report], adapters: Adapters) -> None:
    """Say after an interruption which jobs were canceled and which were not."""
    done = [report.target.label for report in reports if report.action is Action.CANCELED]
    left = [target.label for target in targets[len(reports) :]]
    adapters.terminal.note(f"marked as canceled: {', '.join(done) or 'none'}")
    if left:
        first, *others = left  # its request may have been under way
        told = f"not canceled: {', '.join(others)}; " if others else ""
        adapters.terminal.note(f"{told}`canvas-progress show {first}` tells about {first}")
