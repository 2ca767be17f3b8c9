"""Jobs as tab-separated lines: for `cut`, `awk` and `while read`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from canvas_progress.core.wording import visible, without_signatures
from canvas_progress.terminal.symbols import outcome_word

if TYPE_CHECKING:
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome


def tsv_line(*fields: str) -> str:
    """Return the fields on one line, each of them visible."""
    return "\t".join(map(visible, fields))


def job_line(label: str, outcome: Outcome, job: Job | None) -> str:
    """Return id, outcome, completion, tag, context, updated_at and message; empty where Canvas says nothing."""
    if job is None:
        return tsv_line(label, outcome_word(outcome, job), "", "", "", "", "")
    completion = "" if job.completion is None else f"{job.completion:.15g}"
    updated = _time(job.updated_at) if job.updated_at else ""
    message = without_signatures(job.message or "")
    rest = (completion, job.tag or "", job.context or "", updated, message)
    return tsv_line(label, outcome_word(outcome, job), *rest)


def history_line(entry: HistoryEntry, now: float, home: BaseUrl | None) -> str:
    """Return the columns of `show`, then profile, URL of the Canvas, and seconds since the job was seen.

    Completion and message are empty, for they are not remembered.
    """
    course = "" if entry.course is None else f"/courses/{entry.course}"
    updated = "" if entry.updated is None else _time(datetime.fromtimestamp(entry.updated, UTC))
    as_shown = (entry.name(home), entry.outcome, "", entry.tag or "", entry.context or "", updated, "")
    return tsv_line(*as_shown, entry.profile, f"{entry.base}{course}", f"{max(0.0, now - entry.seen):.0f}")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
