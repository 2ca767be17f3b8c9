"""What happens as JSON, one object on a line: the format is documented in `docs/json.md`."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, assert_never

from canvas_progress.core.events import Changed, Event, Finished, Seen, Stalled, Trouble
from canvas_progress.terminal.view import StandingView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from canvas_progress.core.exit_codes import ExitCode
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.refs import Target
    from canvas_progress.core.watched import Watched
    from canvas_progress.terminal.terminal import Terminal

_SCHEMA = 1


class JsonEvents(StandingView):
    """The view of a watch for programs: each event on standard output, at once."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def tell(self, event: Event, at: datetime) -> None:
        """Write the event."""
        self._terminal.data(event_line(event, at))

    def tick(self, watch: Watch, now: float, at: datetime) -> float:
        """Have nothing to do as time goes by."""
        del watch, now, at
        return math.inf


def json_line(values: Mapping[str, object]) -> str:
    """Return an object of ours as a line of JSON."""
    return json.dumps(values, separators=(",", ":"))


def cancel_line(label: str, action: str, reason: str, outcome: Outcome, job: Job | None) -> str:
    """Return what `cancel` did about one job as a line of JSON."""
    return _line({"ref": label, "action": action, "reason": reason, "outcome": outcome}, job=job)


def event_line(event: Event, at: datetime) -> str:
    """Return an event of a watch as a line of JSON."""
    match event:
        case Seen(target, job):
            return _about("seen", at, target, job.outcome, job)
        case Changed(target, job, _):
            return _about("changed", at, target, job.outcome, job)
        case Stalled(target, job, seconds):
            head: dict[str, object] = {
                "event": "stalled",
                "at": _stamp(at),
                "ref": target.label,
                "outcome": job.outcome,
            }
            return _line(head, job=job, tail={"seconds": round(seconds, 3)})
        case Trouble(target, error, retry_in, attempt):
            return _line(
                {
                    "event": "error",
                    "at": _stamp(at),
                    "ref": target.label,
                    "code": error.code,
                    "message": error.message,
                    "retry_in": None if retry_in is None else round(retry_in, 3),
                    "attempt": attempt,
                }
            )
        case Finished(target, outcome, job):
            return _about("finished", at, target, outcome, job)
        case other:
            assert_never(other)


def _about(event: str, at: datetime, target: Target, outcome: Outcome, job: Job | None, **tail: float) -> str:
    head = {"event": event, "at": _stamp(at), "ref": target.label, "outcome": outcome}
    return _line(head, job=job, tail=tail)


def summary_line(at: datetime, exit_code: ExitCode, jobs: tuple[Watched, ...], *, requests: int, seconds: float) -> str:
    """Return the last line of a watch."""
    return _line(
        {
            "event": "summary",
            "at": _stamp(at),
            "exit_code": int(exit_code),
            "outcomes": {watched.target.label: watched.shown for watched in jobs},
            "requests": requests,
            "seconds": round(seconds, 3),
        }
    )


def _line(head: Mapping[str, object], *, job: Job | None = None, tail: Mapping[str, object] | None = None) -> str:
    """Join our keys with the job exactly as Canvas sent it."""
    text = json.dumps({"schema": _SCHEMA, **head}, separators=(",", ":"))
    if job is not None:
        text = f'{text[:-1]},"job":{job.verbatim}}}'
    if tail:
        text = f"{text[:-1]},{json.dumps(tail, separators=(',', ':'))[1:]}"
    return text


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
