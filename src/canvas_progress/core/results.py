"""What a call from Python returns and raises: a frozen record for each job, with its JSON as Canvas sent it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from json import dumps
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core import exit_status
from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import CanvasProgressError, CredentialError, NoSuchJobError, TimeLimitError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.files import masked_link
from canvas_progress.core.json_values import valid_value_in
from canvas_progress.core.masking import mask, masked_repr
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.reasons import in_short
from canvas_progress.core.wording import counted, glimpse, percent, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from canvas_progress.core.cancel_case import Case
    from canvas_progress.core.cancel_conclusion import Action
    from canvas_progress.core.job import Job
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.reads import Reads
    from canvas_progress.core.refs import Target

_MOST_LISTED: Final = 5  # jobs in one message
_AS_IN_THE_JOB: Final = (
    "state",
    "completion",
    "message",
    "tag",
    "context",
    "user_id",
    "created_at",
    "updated_at",
    "warnings",
    "link",
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class JobResult:
    """What is known of one job.

    `ref` is its id as a text, `kind:id` for a job that is no Progress, and its URL where two Canvases have a job of
    the same id; of a link that has led to no job it is what was typed, and `id` is 0. `url` is where it is read, and
    names it in a later call. `outcome` is what became of it, `state` Canvas's own word. `completion` is in percent,
    `warnings` how many it completed with, `link` the URL of the file that it made. `json` is the last answer about it,
    and `error` what kept it from being read to its end. `exit_code` is what the command would exit with.
    """

    ref: str
    id: int
    kind: str
    url: str
    outcome: Outcome
    state: str | None = None
    completion: float | None = None
    message: str | None = None
    results: Any = field(default=None, compare=False)
    tag: str | None = None
    context: str | None = None
    user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    warnings: int = 0
    link: str | None = None
    json: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    error: CanvasProgressError | None = field(default=None, compare=False)
    exit_code: int = 0

    def __repr__(self) -> str:
        """Return what is known, without what is not, and masked as on a terminal: a notebook or a log keeps this."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.repr}
        if self.link is not None:
            values["link"] = masked_link(self.link)
        known = ", ".join(f"{name}={masked_repr(value)}" for name, value in values.items() if value is not None)
        return f"{type(self).__name__}({known})"

    @property
    def ok(self) -> bool:
        """Whether what was wanted has happened: the job has completed, or is marked as canceled."""
        return self.exit_code == ExitCode.OK

    @property
    def is_pending(self) -> bool:
        """Whether more may come of the job."""
        return not self.outcome.is_final

    def __str__(self) -> str:
        """Return it in a few words."""
        if self.error is not None:
            return f"{self.ref}: {self.error.message}"
        if self.state is None:
            return f"{self.ref} without an answer"
        words = " ".join(word for word in (self.ref, self.outcome, percent(self.completion)) if word)
        reason = glimpse(self.message) if self.message else self._reason_in_results()
        return f"{words}: {reason}" if reason else words

    def _reason_in_results(self) -> str | None:
        return in_short(dumps(self.results, ensure_ascii=False)) if self.outcome is Outcome.FAILED else None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CancelResult(JobResult):
    """What was done about one job that was to be canceled, why, and how it stood then."""

    action: Action
    reason: str

    def __str__(self) -> str:
        """Return it in a few words."""
        return f"{self.ref} {self.action}: {glimpse(self.reason)}"


class JobFailedError(CanvasProgressError, code="job-failed", exit_code=ExitCode.JOB_FAILED):
    """With `check`: not every job did what was wanted. `results` has all of them, in the order given."""

    results: tuple[JobResult, ...] = ()


class JobTimeoutError(TimeLimitError, TimeoutError, code="jobs-timeout"):
    """The `timeout` was over. `results` has all jobs as they were last seen; none before they were found."""

    results: tuple[JobResult, ...] = ()


def watched(watch: Watch) -> tuple[JobResult, ...]:
    """Return the results of a watch that is over."""
    refused = None
    if watch.ending is Ending.CREDENTIAL:
        refused = next((job.error for job in watch.jobs if isinstance(job.error, CredentialError)), None)
    found = []
    for job, code in zip(watch.jobs, exit_status.of_each(watch), strict=True):
        error = job.error or (None if job.is_over else job.trouble or refused)
        found.append(_result(job.target, job.job, job.shown, code, error))
    return tuple(found)


def shown(targets: tuple[Target, ...], found: Reads) -> tuple[JobResult, ...]:
    """Return each job as it was read; one that was not requested any more has the error that its Canvas was lost by."""
    lost = {target.base: error for target, error in found.errors.items()}
    results = []
    for target in map(found.job_of, targets):
        if (answer := found.answers.get(target)) is not None:
            job = answer.job
            results.append(_result(target, job, job.outcome, exit_status.of_job(job)))
            continue
        error = found.errors.get(target) or lost[target.base]
        outcome = Outcome.GONE if isinstance(error, NoSuchJobError) else Outcome.UNREAD
        results.append(_result(target, None, outcome, error.exit_code, error))
    return tuple(results)


def canceled(case: Case, refused: CredentialError | None = None) -> CancelResult:
    """Return what the attempt to cancel a job came to; or where it was interrupted, maybe by a `refused` credential."""
    is_over = case.stage.conclusion is not None
    why, code = ("the credential was refused", refused.exit_code) if refused else ("interrupted", ExitCode.INTERRUPTED)
    found = case.stage.interrupted(why, code)
    values = _values(case.target, found.job, found.outcome, found.code, found.error if is_over else refused)
    return CancelResult(**values, action=found.action, reason=found.reason)


def timed_out(results: tuple[JobResult, ...], timeout: float | None) -> JobTimeoutError:
    """Return the error for a wait whose time was over."""
    late = tuple(job for job in results if job.is_pending)
    error = JobTimeoutError(f"the time limit of {timeout or 0:g} s is over: {in_words(late)}")
    error.results = results
    return error


def raise_for(failed: tuple[JobResult, ...], results: tuple[JobResult, ...], what: str) -> None:
    """Raise JobFailedError where there are some that failed; `what` they did not do."""
    if not failed:
        return
    count = f"{len(failed)} of {counted(len(results), 'job')} {what}: " if len(results) > 1 else ""
    error = JobFailedError(f"{count}{in_words(failed)}")
    error.results = results
    raise error from failed[0].error


def in_words(results: tuple[JobResult, ...]) -> str:
    """Name the first few of these."""
    more = len(results) - _MOST_LISTED
    return "; ".join([*map(str, results[:_MOST_LISTED]), *([f"and {more} more"] if more > 0 else [])])


def _result(
    target: Target, job: Job | None, outcome: Outcome, code: ExitCode, error: CanvasProgressError | None = None
) -> JobResult:
    return JobResult(**_values(target, job, outcome, code, error))


def _values(
    target: Target, job: Job | None, outcome: Outcome, code: ExitCode, error: CanvasProgressError | None
) -> dict[str, Any]:
    if error is not None:  # its frames hold requests, and with them the token
        mask(error, visible)  # it may quote the server, and a traceback goes to a terminal
        error.__traceback__ = error.__context__ = error.__cause__ = None
    values: dict[str, Any] = {
        "ref": target.label,
        "id": target.id,
        "kind": target.kind.name,
        "url": target.url,
        "outcome": outcome,
        "exit_code": int(code),
        "error": error,
    }
    if job is None:
        return values
    sent = valid_value_in(job.verbatim) if job.verbatim else {}
    same = {name: getattr(job, name) for name in _AS_IN_THE_JOB}
    return values | same | {"json": sent, "results": sent.get("results")}
