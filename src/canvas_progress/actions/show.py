"""`show`: each job as it is at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from canvas_progress.actions.patience import read_patiently
from canvas_progress.core import verdict
from canvas_progress.core.errors import CanvasProgressError, CredentialError, ServerError, UnavailableError
from canvas_progress.core.exit_codes import ExitCode, worst
from canvas_progress.core.wording import counted
from canvas_progress.terminal.looks import SYMBOLS
from canvas_progress.terminal.plain import plain_line
from canvas_progress.terminal.terminal import Format

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.refs import Target


_BROKEN_SERVER: Final = 3  # jobs in a row that get a 5xx


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """How to show, and whether the exit code tells the outcome."""

    format: Format
    exit_status: bool = False


def show(targets: tuple[Target, ...], adapters: Adapters, plan: ShowPlan) -> ExitCode:
    """Print every job that can be had, and say of each other one why not."""
    answers: list[tuple[Target, Answer]] = []
    errors: list[CanvasProgressError] = []
    silent: set[BaseUrl] = set()
    failed: dict[BaseUrl, int] = {}
    for target in targets:
        if target.base in silent:
            continue
        try:
            answer = read_patiently(target, adapters)
        except CredentialError:
            _print_table(answers, adapters, plan)
            raise
        except CanvasProgressError as error:
            errors.append(error)
            failed[target.base] = failed.get(target.base, 0) + 1
            if _speaks_for_all(error, failed[target.base]):
                silent.add(target.base)  # the others there would fare no better, each after as long a wait
            continue
        failed[target.base] = 0
        answers.append((target, answer))
        _print_line(target, answer, adapters, plan)
    _print_table(answers, adapters, plan)
    for problem in errors:
        adapters.terminal.error(problem)
    _tell_unasked(len(targets) - len(answers) - len(errors), adapters)
    return worst([*(problem.exit_code for problem in errors), _outcomes(answers, adapters, plan)])


def _speaks_for_all(error: CanvasProgressError, in_a_row: int) -> bool:
    """Tell whether an error is the server's. A 500 may be one broken job's, unless several have it in a row."""
    if isinstance(error, ServerError):
        return in_a_row >= _BROKEN_SERVER
    return isinstance(error, UnavailableError)


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


def _tell_unasked(number: int, adapters: Adapters) -> None:
    if number:
        adapters.terminal.note(f"{counted(number, 'job')} of that Canvas not asked for, after it did not answer")


def _outcomes(answers: list[tuple[Target, Answer]], adapters: Adapters, plan: ShowPlan) -> ExitCode:
    """Return what `--exit-status` calls for, and say it: no exit code but zero goes without a word."""
    if not plan.exit_status:
        return ExitCode.OK
    outcomes = {target.label: answer.job.outcome for target, answer in answers}
    wanting = ", ".join(f"{label} {outcome}" for label, outcome in outcomes.items() if verdict.is_wanting(outcome))
    if wanting:
        adapters.terminal.note(f"not completed: {wanting}")
    return verdict.of_outcomes(outcomes.values())
