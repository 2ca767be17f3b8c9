"""What happens as JSON, one object on a line: the format is documented in `docs/json.md`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from canvas_progress.core.events import Changed, Event, Finished, Seen, Stalled, Trouble
from canvas_progress.core.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.exit_codes import ExitCode
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.polling import Watch


def json_line(values: Mapping[str, object], job: Job | None = None, tail: Mapping[str, object] | None = None) -> str:
    """Return an object of ours as a line of JSON, the job in it exactly as Canvas sent it."""
    text = _compact({"schema": 1, **values})
    if job is not None:
        text = f'{text[:-1]},"job":{job.verbatim}}}'
    return f"{text[:-1]},{_compact(tail)[1:]}" if tail else text


def cancel_line(label: str, action: str, reason: str, outcome: Outcome, job: Job | None) -> str:
    """Return what `cancel` did about one job."""
    return json_line({"ref": label, "action": action, "reason": reason, "outcome": outcome}, job)


def event_line(event: Event, at: datetime) -> str:
    """Return an event of a watch."""
    target = event.target
    head = {"at": _with_milliseconds(at), "ref": target.label, "kind": target.kind.name}
    if target.parent_path is not None:  # which nothing else in the event names
        head["url"] = target.naming_url
    match event:
        case Seen(_, job, _):
            return json_line({"event": "seen", **head, "outcome": job.outcome}, job)
        case Changed(_, job):
            return json_line({"event": "changed", **head, "outcome": job.outcome}, job)
        case Stalled(_, job, seconds):
            tail = {"seconds": round(seconds, 3)}
            return json_line({"event": "stalled", **head, "outcome": job.outcome}, job, tail)
        case Trouble(_, error, retry_in, attempt):
            wait = None if retry_in is None else round(retry_in, 3)
            values = {"code": error.code, "message": error.message, "retry_in": wait, "attempt": attempt}
            return json_line({"event": "error", **head, **values})
        case Finished(_, outcome, job):
            return json_line({"event": "finished", **head, "outcome": outcome}, job)
        case other:
            assert_never(other)


def summary_line(watch: Watch, at: datetime, exit_code: ExitCode, seconds: float) -> str:
    """Return the last line of a watch."""
    outcomes = {watched.target.label: watched.shown for watched in watch.jobs}
    reasons = {watched.target.label: reason for watched in watch.jobs if (reason := reason_of(watched))}
    return summary_of(outcomes, at, exit_code, seconds, requests=watch.requests, reasons=reasons)


def summary_of(  # noqa: PLR0913  # the last two by keyword
    outcomes: Mapping[str, Outcome],
    at: datetime,
    exit_code: ExitCode,
    seconds: float,
    *,
    requests: int = 0,
    reasons: Mapping[str, str] | None = None,
) -> str:
    """Return the last line of a watch that came to this; without any request, of one that has not begun."""
    return json_line(
        {
            "event": "summary",
            "at": _with_milliseconds(at),
            "exit_code": int(exit_code),
            "outcomes": outcomes,
            "reasons": reasons or {},
            "requests": requests,
            "seconds": round(seconds, 3),
        }
    )


def history_line(entry: HistoryEntry) -> str:
    """Return a job that this machine has seen."""
    return json_line(
        {
            "ref": entry.label,
            "kind": entry.kind.name,
            "url": entry.url,
            "outcome": entry.outcome,
            "pending": entry.is_pending,
            "base": entry.base,
            "course": None if entry.course is None else str(entry.course),
            "profile": entry.profile,
            "tag": entry.tag,
            "context": entry.context,
            "created": _time(entry.created),
            "updated": _time(entry.updated),
            "seen": _time(entry.seen),
            "canceled_by_us": entry.canceled_by_us,
        }
    )


def _compact(values: Mapping[str, object]) -> str:
    return json.dumps(values, separators=(",", ":"))


def _with_milliseconds(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _time(moment: float | None) -> str | None:
    return None if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
