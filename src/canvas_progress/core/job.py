"""A Progress as Canvas sent it: read tolerantly, kept verbatim."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from canvas_progress.core.errors import NotAProgressError, OversizedAnswerError
from canvas_progress.core.outcome import Outcome, outcome_of
from canvas_progress.core.wording import UNSEEN

# Possessive, so that a string of megabytes costs no memory for ways back that are never taken.
_STRING_OR_SPACE: Final = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+"?)|[ \t\r\n]++')
_MOST_VALUES: Final = 400_000  # in one answer; each costs a hundred bytes or more
_BEYOND_IDS: Final = 2**63


@dataclass(frozen=True, slots=True)
class Job:
    """One answer about one job.

    `completion` is in percent and may be null, a fraction, or fall again. `created_at` and `updated_at` are aware
    times. `results` is JSON text. `verbatim` is the whole answer on one line, for `--json` and for nothing else.
    """

    id: int
    state: str
    completion: float | None = None
    tag: str | None = None
    context_type: str | None = None
    context_id: int | None = None
    user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    message: str | None = None
    results: str | None = None
    verbatim: str = field(default="", repr=False)

    @property
    def outcome(self) -> Outcome:
        """What became of the job, as far as this answer says."""
        return outcome_of(self.state, self.message)

    @property
    def context(self) -> str | None:
        """The context in words, such as `Course 812`."""
        parts = [str(part) for part in (self.context_type, self.context_id) if part is not None]
        return " ".join(parts) or None


def parse_job(text: str) -> Job:
    """Read a Progress from the JSON text of an answer.

    Missing, null, mistyped and unknown keys are tolerated; only an `id` and a `workflow_state` make it a Progress.
    Raises NotAProgressError.
    """
    values = _parse_object(text)
    id_, state = _integer(values.get("id")), _string(values.get("workflow_state"))
    if id_ is None or not 0 < id_ < _BEYOND_IDS or state is None:
        raise NotAProgressError("the answer is JSON, but not a Progress: it has no `id` and `workflow_state`")
    results = values.get("results")
    return Job(
        id=id_,
        state=state,
        completion=_number(values.get("completion")),
        tag=_string(values.get("tag")),
        context_type=_string(values.get("context_type")),
        context_id=_integer(values.get("context_id")),
        user_id=_integer(values.get("user_id")),
        created_at=_time(values.get("created_at")),
        updated_at=_time(values.get("updated_at")),
        message=_string(values.get("message")),
        results=None if results is None else json.dumps(results, ensure_ascii=False),
        verbatim=on_one_line(text),
    )


def on_one_line(json_text: str) -> str:
    """Take the white space between the tokens out of valid JSON, and escape what a terminal might obey.

    Every value stays spelled as it was: key order, `1e2`, `55.0` and integers of any size survive.
    """
    compact = _STRING_OR_SPACE.sub(lambda match: match[1] or "", json_text.lstrip("\ufeff"))
    return UNSEEN.sub(_escaped, compact)


def _escaped(match: re.Match[str]) -> str:
    """Return a character as JSON escapes it; one beyond the first 65,536 takes two escapes."""
    code = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))


def _parse_object(text: str) -> dict[str, Any]:
    if text.count(",") + text.count("[") + text.count("{") > _MOST_VALUES:
        raise OversizedAnswerError("the answer is JSON of more values than any Progress has")
    try:
        values = json.loads(text.lstrip("\ufeff"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # ValueError also for integers of absurd length
        raise NotAProgressError("the answer is not valid JSON") from None
    if not isinstance(values, dict):
        raise NotAProgressError("the answer is JSON, but not an object")
    return values


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: object) -> int | None:
    """Read an id: Canvas sends a string where a proxy requests string ids."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,30}", value) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: the first and last day of the calendar, with an offset
        return None
