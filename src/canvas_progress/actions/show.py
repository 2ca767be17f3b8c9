"""`show`: each job as it is at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core import exit_status
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.record import record
from canvas_progress.core.wording import counted
from canvas_progress.terminal.log import report_errors
from canvas_progress.terminal.output import Output
from canvas_progress.terminal.symbols import ending

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.reads import Reads
    from canvas_progress.core.refs import Target
    from canvas_progress.terminal.terminal import Format, Terminal


@record
class ShowPlan:
    """How to show, and whether the exit code says the outcome, for `strict` also that there are warnings."""

    format: Format
    exit_status: bool = False
    strict: bool = False


def show(targets: tuple[Target, ...], adapters: Adapters, plan: ShowPlan) -> ExitCode:
    """Print every job that can be read, in the order given, and say of each other one why not."""
    output = Output(adapters.terminal, plan.format)
    answers: dict[Target, Answer] = {}
    left = list(targets)

    def print_ready(found: Reads) -> None:
        """Print what is next in order, as far as it is known; the rest follows. What was named twice comes once."""
        while left and not found.is_open(left[0]):
            target = found.job_of(left.pop(0))
            if target in found.answers and target not in answers:
                answers[target] = found.answers[target]
                output.job(target, answers[target])

    found = adapters.engine.read_each(targets, print_ready)
    read = tuple(answers.items())
    output.jobs(read, adapters.clock.now())
    codes = _errors(found, len(set(map(found.job_of, targets))), adapters.terminal)
    return worst([*codes, _outcomes(read, adapters.terminal, plan)] if plan.exit_status else codes)


def _errors(found: Reads, number: int, terminal: Terminal) -> list[ExitCode]:
    """Report what kept jobs from being shown, a lost server once for all its jobs."""
    report_errors(((target.label, error) for target, error in found.errors.items()), number, terminal)
    if unread := number - len(found.answers) - len(found.errors):
        terminal.note(f"{counted(unread, 'job')} of that Canvas not requested, after it did not answer")
    return [error.exit_code for error in found.errors.values()]


def _outcomes(answers: tuple[tuple[Target, Answer], ...], terminal: Terminal, plan: ShowPlan) -> ExitCode:
    """Return what `--exit-status` calls for, and say it: no exit code but zero goes without a word."""
    codes = {target.label: exit_status.of_job(answer.job, strict=plan.strict) for target, answer in answers}
    wanting = [(target, answer.job) for target, answer in answers if codes[target.label] is not ExitCode.OK]
    for head, warned in (("not completed: ", False), ("", True)):
        named = [f"{target.label} {ending(job)}" for target, job in wanting if bool(job.warnings) is warned]
        if named:
            terminal.note(f"{head}{', '.join(named)}")
    return worst(codes.values())
