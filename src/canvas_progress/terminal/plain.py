"""One job on one line, tab-separated: for `cut`, `awk` and `while read`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.wording import visible
from canvas_progress.terminal.looks import outcome_word

if TYPE_CHECKING:
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome


def plain_line(label: str, outcome: Outcome, job: Job | None) -> str:
    """Return id, outcome, completion, tag, context, updated_at and message; empty where Canvas says nothing."""
    fields = [label, outcome_word(outcome, job), "", "", "", "", ""]
    if job is not None:
        completion = "" if job.completion is None else f"{job.completion:.15g}"
        updated = f"{job.updated_at:%Y-%m-%dT%H:%M:%SZ}" if job.updated_at else ""
        fields[2:] = [completion, job.tag or "", job.context or "", updated, job.message or ""]
    return "\t".join(visible(field) for field in fields)
