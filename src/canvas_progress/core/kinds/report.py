"""Account reports. From Canvas's source: `app/models/account_report.rb`, `gems/plugins/account_reports/lib`.

Only the state shows the end: 100 % is also written for reports that failed or were aborted.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.json_values import integer, mapping, moment, percentage, string
from canvas_progress.core.kinds.kind import Kind, by_abort
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.wording import size_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.job import Job

_OUTCOMES: Final = {
    "created": Outcome.QUEUED,
    "running": Outcome.RUNNING,
    "compiling": Outcome.RUNNING,
    "complete": Outcome.COMPLETED,
    "error": Outcome.FAILED,
    "aborted": Outcome.CANCELED,
    "deleted": Outcome.GONE,
}


def _read(job: Job, values: Mapping[str, Any]) -> Job:
    file = mapping(values, "attachment")
    outcome = _OUTCOMES.get(job.state, Outcome.UNKNOWN)
    began = None if outcome.is_final else moment(values.get("started_at"))  # what has ended did not do so as it began
    return replace(
        job,
        own_outcome=outcome,
        completion=percentage(values.get("progress")),
        tag=string(values.get("report")) or job.tag,
        updated_at=moment(values.get("ended_at")) or began,
        message=_message(job.state, values, file),
        link=string(file.get("url")) or string(values.get("file_url")),
    )


def _message(state: str, values: Mapping[str, Any], file: Mapping[str, Any]) -> str | None:
    match state:
        case "running" | "compiling":
            lines = integer(values.get("current_line"))
            parts = [*(["writing the file"] if state == "compiling" else []), *([f"{lines:,} lines"] if lines else [])]
            return ", ".join(parts) or None
        case "complete":
            name, size = string(file.get("filename")), integer(file.get("size"))
            return f"{name}, {size_in_words(size)}" if name and size is not None else name
        case "error":
            return string(mapping(values, "parameters").get("extra_text")) or "Canvas gave no reason"
        case "aborted":
            return "a file was written all the same" if file else None
        case _:
            return None


def _refusal(state: str) -> str | None:
    return None if state == "running" else f"it is {state}, and Canvas aborts only a report that is running"


def _resembles(values: Mapping[str, Any]) -> str | None:
    fits = {"id", "report", "status", "progress"} <= values.keys()
    return string(values["report"]) if fits else None


REPORT: Final = Kind(
    name="report",
    noun="account report",
    title="account report",
    address=re.compile("/api/v1/accounts/(?P<account>[^/]+)/reports/(?P<type>[^/]+)"),
    collection="/api/v1/accounts/{account}/reports/{type}",
    read=_read,
    part_name="type",
    part_hint="such as `report:provisioning_csv`; Canvas answers GET /api/v1/accounts/self/reports with all types",
    lists_parts=True,
    cancel=by_abort(_refusal, "a short report may still be completed, and overwrite this"),
    state_key="status",
    resembles=_resembles,
    listed_below="",
    scopes="url:GET|/api/v1/accounts/:account_id/reports/:report/:id, and for `cancel` url:PUT|…/:id/abort",
    names_starter=False,
)
