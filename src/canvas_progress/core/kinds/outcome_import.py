"""Outcome imports. From Canvas's source: `app/models/outcome_import.rb`. Canvas has neither a list nor an abort."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.json_values import integer, items, mapping, percentage
from canvas_progress.core.kinds.kind import Kind, no_cancel
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import counted, first_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.job import Job

_OUTCOMES: Final = {
    "initializing": Outcome.QUEUED,
    "created": Outcome.QUEUED,
    "importing": Outcome.RUNNING,
    "succeeded": Outcome.COMPLETED,
    "failed": Outcome.FAILED,
}
_MOST_LISTED: Final = 25  # errors that Canvas lists; it does not say how many more there are


def _read(job: Job, values: Mapping[str, Any]) -> Job:
    errors = [pair for pair in items(values, "processing_errors") if isinstance(pair, list) and len(pair) > 1]
    return replace(
        job,
        own_outcome=_OUTCOMES.get(job.state, Outcome.UNKNOWN),
        completion=percentage(values.get("progress")),
        user_id=integer(mapping(values, "user").get("id")),
        message=_message(job.state, [f"row {row}: {message}" for row, message, *_ in errors]),
        warnings=len(errors) if job.state == "succeeded" else 0,
    )


def _message(state: str, errors: list[str]) -> str | None:
    skipped = counted(len(errors), "row") if len(errors) < _MOST_LISTED else f"{_MOST_LISTED} rows or more"
    if state == "failed":
        return first_lines("", errors) or "Canvas gave no reason"
    if not errors:
        return "waiting for its turn: an account runs one import at a time" if state == "created" else None
    return first_lines(f"{skipped} skipped", errors)


def _resembles(values: Mapping[str, Any]) -> str | None:
    type_ = mapping(values, "data").get("import_type")
    fits = {"workflow_state", "processing_errors"} <= values.keys() and "batch_mode" not in values
    return "" if fits and isinstance(type_, str) else None


OUTCOME_IMPORT: Final = Kind(
    name="outcome_import",
    noun="outcome import",
    title="outcome import",
    address=re.compile("/api/v1/(?:accounts/(?P<account>[^/]+)|courses/(?P<course>[^/]+))/outcome_imports"),
    collection="/api/v1/accounts/{account}/outcome_imports",
    read=_read,
    cancel=no_cancel("Canvas has no way to abort an outcome import"),
    resembles=_resembles,
    has_latest=True,
    unlisted="`canvas-progress show outcome_import:latest` shows the newest",
    scopes="url:GET|/api/v1/accounts/:account_id/outcome_imports/:id",
    record="OutcomeImport",
)
