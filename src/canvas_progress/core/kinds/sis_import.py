"""SIS imports. From Canvas's source: `app/models/sis_batch.rb`, `lib/api/v1/sis_import.rb`, `lib/sis/csv/`.

Only the state shows the end: an aborted import has no `ended_at`, and 100 % is reached more than once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.json_values import integer, items, mapping, percentage, string
from canvas_progress.core.kinds.kind import Kind, by_abort
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import counted, first_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.job import Job

_OUTCOMES: Final = {
    "initializing": Outcome.QUEUED,
    "created": Outcome.QUEUED,
    "importing": Outcome.RUNNING,
    "cleanup_batch": Outcome.RUNNING,
    "restoring": Outcome.RUNNING,
    "imported": Outcome.COMPLETED,
    "imported_with_messages": Outcome.COMPLETED,
    "restored": Outcome.COMPLETED,
    "partially_restored": Outcome.COMPLETED,
    "failed": Outcome.FAILED,
    "failed_with_messages": Outcome.FAILED,
    "aborted": Outcome.CANCELED,
}
_PHASES: Final = {
    "initializing": "waiting for its file; an import that was refused for an option stays here for ever",
    "created": "waiting for its turn: an account runs one import at a time",
    "cleanup_batch": "deleting what was not in the files",
    "restoring": "restoring what an import had changed",
    "restored": "restored",
    "partially_restored": "restored in part",
}
_STAYS: Final = "rows already imported stay"
_WITH_MESSAGES: Final = frozenset({"imported_with_messages", "failed_with_messages"})


def _read(job: Job, values: Mapping[str, Any]) -> Job:
    data = mapping(values, "data")
    warnings = _number(mapping(data, "counts"), "warning_count", _lines(values, "processing_warnings"))
    return replace(
        job,
        own_outcome=_OUTCOMES.get(job.state, Outcome.UNKNOWN),
        completion=percentage(values.get("progress")),
        user_id=integer(mapping(values, "user").get("id")),
        message=_message(job.state, values, data),
        warnings=warnings if job.state == "imported_with_messages" else 0,
        link=string(mapping(values, "errors_attachment").get("url")),
    )


def _message(state: str, values: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    """Say what the state means, with the first warnings or errors: they are about people, and kept nowhere."""
    counts = mapping(data, "counts")
    warnings, errors = _lines(values, "processing_warnings"), _lines(values, "processing_errors")
    done = [name for name in items(data, "completed_importers") if isinstance(name, str)]
    failures, skipped = _number(counts, "error_count", errors), _number(counts, "warning_count", warnings)
    failed = f"{counted(failures, 'error')} (other files may have been imported)"
    by_state = _PHASES | {
        "importing": f"{', '.join(done)} done" if done else None,
        "imported": _rows(counts),
        "imported_with_messages": first_lines(counted(skipped, "warning"), warnings, skipped),
        "failed_with_messages": first_lines(failed, errors, failures),
        "failed": string(data.get("error_message")) or "Canvas gave no reason",
        "aborted": ";\n".join([_STAYS, *warnings[-1:]]),
    }
    return by_state.get(state)


def _rows(counts: Mapping[str, Any]) -> str | None:
    """Return how many rows of each sort were imported."""
    numbers = {name: integer(value) or 0 for name, value in counts.items()}
    rows = [
        f"{number:,} {name.replace('_', ' ')}"
        for name, number in numbers.items()
        if number > 0 and not name.startswith("batch_") and not name.endswith("_count")
    ]
    return ", ".join(rows) or None


def _number(counts: Mapping[str, Any], key: str, listed: list[str]) -> int:
    """Return how many there were: of those listed Canvas leaves out all but the first two dozen.

    At least one, since the state says that there are some, and a count may be missing.
    """
    return max(integer(counts.get(key)) or len(listed), 1)


def _lines(values: Mapping[str, Any], key: str) -> list[str]:
    """Return messages of the form [file, message], of which either may be null or empty."""
    pairs = [pair for pair in items(values, key) if isinstance(pair, list)]
    return [": ".join(part for part in pair if isinstance(part, str) and part) for pair in pairs]


def _refusal(state: str) -> str | None:
    return "it is being restored, which cannot be aborted" if state == "restoring" else None


def _more_follows(job: Job) -> bool:
    """Whether the file of warnings is missing: it is written by a job of its own, after the final state."""
    return job.state in _WITH_MESSAGES and job.link is None


def _resembles(values: Mapping[str, Any]) -> str | None:
    fits = {"workflow_state", "progress", "data"} <= values.keys() and "batch_mode" in values
    return "" if fits else None


SIS_IMPORT: Final = Kind(
    name="sis_import",
    noun="SIS import",
    title="SIS import",
    address=re.compile("/api/v1/accounts/(?P<account>[^/]+)/sis_imports"),
    collection="/api/v1/accounts/{account}/sis_imports",
    read=_read,
    cancel=by_abort(_refusal, f"{_STAYS}, and those under way may still be imported"),
    resembles=_resembles,
    more_follows=_more_follows,
    listed_below="sis_imports",
    scopes="url:GET|/api/v1/accounts/:account_id/sis_imports/:id, and for `cancel` url:PUT|…/:id/abort",
)
