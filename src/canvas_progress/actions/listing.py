"""`list`: the newest jobs of a kind that Canvas has a list of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.errors import AnswerError, JobError, NoSuchJobError, UsageError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.newest import newest_of, unknown_part
from canvas_progress.core.record import record
from canvas_progress.core.refs import kind_at
from canvas_progress.terminal.output import Output

if TYPE_CHECKING:
    from canvas_progress.actions.targets import Connector
    from canvas_progress.core.refs import JobRef
    from canvas_progress.terminal.terminal import Format, Terminal


@record
class ListPlan:
    """How many jobs to read, and which of them to print."""

    format: Format
    most: int
    pending: bool = False


def list_jobs(ref: JobRef, connector: Connector, terminal: Terminal, plan: ListPlan) -> ExitCode:
    """Print the newest jobs of a collection as `show` prints them."""
    found, error = connector.newest(ref, plan.most)
    # Not by a parameter of the request: Canvas lists everything where it does not know a state.
    first = tuple(found.items())[: plan.most]
    shown = tuple(each for each in first if not (plan.pending and each[1].job.outcome.is_final))
    output = Output(terminal, plan.format)
    for target, answer in shown:
        output.job(target, answer)
    output.jobs(shown, connector.driver.clock.now(), as_list=True)
    if error is not None:
        terminal.error(error)
        return error.exit_code
    if not first and (unknown := _unknown_part(ref, connector)) is not None:
        raise unknown
    if not shown:
        noun = kind_at(ref.collection).noun_in(ref.collection)
        terminal.note(f"none of the {len(first)} newest is pending" if first else f"there is no {noun} yet")
    return ExitCode.OK


def _unknown_part(ref: JobRef, connector: Connector) -> NoSuchJobError | None:
    """Return the error for a type that Canvas does not have, of which it lists none just as of one never used."""
    if not kind_at(ref.collection).lists_parts:
        return None
    try:
        return unknown_part(ref, connector.parts(ref))
    except (JobError, AnswerError):  # who may not read that list has to do without
        return None


def collection_of(kind: str, account: str | None) -> JobRef:
    """Return the ref for all jobs of a kind, such as `sis_import` or `report:provisioning_csv`. Raises UsageError."""
    ref = newest_of(kind, account)
    if (found := kind_at(ref.collection)).listed_below is None:
        raise UsageError(f"Canvas has no list of {found.noun}s", hint=found.unlisted)
    return ref
