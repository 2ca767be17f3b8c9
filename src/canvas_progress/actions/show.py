"""`show`: each job as it is at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canvas_progress.core import exit_status
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.wording import counted
from canvas_progress.terminal import job_errors
from canvas_progress.terminal.looks import SYMBOLS
from canvas_progress.terminal.plain import plain_line
from canvas_progress.terminal.terminal import Format

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.once import Once
    from canvas_progress.core.refs import Target


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """How to show, and whether the exit code tells the outcome."""

    format: Format
    exit_status: bool = False


def show(targets: tuple[Target, ...], adapters: Adapters, plan: ShowPlan) -> ExitCode:
    """Print every job that can be had, in the order given, and say of each other one why not."""
    answers: list[tuple[Target, Answer]] = []
    left = list(targets)

    def print_ready(found: Once[Target, Answer]) -> None:
        """Print what is next in order, as far as it is known; the rest follows."""
        while left and not found.is_open(left[0]):
            target = left.pop(0)
            if (answer := found.answers.get(target)) is not None:
                answers.append((target, answer))
                _print_line(target, answer, adapters, plan)

    found = adapters.read_each(targets, print_ready)
    _print_table(answers, adapters, plan)
    return worst([*_errors(found, len(targets), adapters), _outcomes(answers, adapters, plan)])


def _errors(found: Once[Target, Answer], number: int, adapters: Adapters) -> list[ExitCode]:
    """Report what kept jobs from being shown, a lost server once for all its jobs."""
    job_errors.report(((target.label, error) for target, error in found.errors.items()), number, adapters.terminal)
    if unasked := number - len(found.answers) - len(found.errors):
        adapters.terminal.note(f"{counted(unasked, 'job')} of that Canvas not asked for, after it did not answer")
    return [error.exit_code for error in found.errors.values()]


def _print_line(target: Target, answer: Answer, adapters: Adapters, plan: ShowPlan) -> None:
    if plan.format is Format.JSON:
        adapters.terminal.data(answer.job.verbatim)
    elif plan.format is Format.PLAIN:
        adapters.terminal.data(plain_line(target.label, answer.job.outcome, answer.job))


def _print_table(answers: list[tuple[Target, Answer]], adapters: Adapters, plan: ShowPlan) -> None:
    if plan.format is not Format.TABLE or not answers:
        return
    from canvas_progress.terminal.table import details, overview

    terminal, now = adapters.terminal, adapters.clock.now()
    width, unicode = terminal.size_of(terminal.stdout)[0], terminal.knows(SYMBOLS)
    if len(answers) == 1:
        terminal.print_table(details(*answers[0], now, width=width, unicode=unicode))
    else:
        terminal.print_table(overview(tuple(answers), now, width=width, unicode=unicode))


def _outcomes(answers: list[tuple[Target, Answer]], adapters: Adapters, plan: ShowPlan) -> ExitCode:
    """Return what `--exit-status` calls for, and say it: no exit code but zero goes without a word."""
    if not plan.exit_status:
        return ExitCode.OK
    outcomes = {target.label: answer.job.outcome for target, answer in answers}
    wanting = ", ".join(f"{label} {outcome}" for label, outcome in outcomes.items() if exit_status.is_wanting(outcome))
    if wanting:
        adapters.terminal.note(f"not completed: {wanting}")
    return exit_status.of_outcomes(outcomes.values())
