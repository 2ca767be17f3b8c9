"""The Progress JSON: exactly the keys of Canvas's serializer, and the ids as the client asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from canvas_progress.sandbox.routes import short_form

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json, Request
    from canvas_progress.sandbox.rows import Row
    from canvas_progress.sandbox.scripts import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A row of a script, with what its JSON takes from the request: the base address and the clock's start."""

    script: Script
    row: Row
    first_seen: float
    base: str
    lti_course: int | None = None


def progress_json(shown: Shown) -> dict[str, Json]:
    """Return the Progress as Canvas serializes it; `results` only when there are some and the job has ended."""
    script, row = shown.script, shown.row
    document: dict[str, Json] = {
        "id": script.id,
        "context_id": script.context_id,
        "context_type": script.context_type,
        "user_id": script.owner,
        "tag": script.tag,
        "completion": row.completion,
        "workflow_state": row.state,
        "created_at": timestamp(shown.first_seen - script.age, utc_offset=script.utc_offset),
        "updated_at": timestamp(shown.first_seen + row.updated, utc_offset=script.utc_offset),
        "message": row.message,
        "url": _url(shown),
        **script.extra,
    }
    if not row.pending and row.results is not None:
        document["results"] = row.results
    return document


def timestamp(seconds: float, *, utc_offset: int = 0) -> str:
    """Write epoch seconds in ISO 8601 in whole seconds, with Z or with an offset of some hours."""
    zone = timezone(timedelta(hours=utc_offset)) if utc_offset else UTC
    return datetime.fromtimestamp(int(round(seconds, 3)), zone).isoformat().replace("+00:00", "Z")


def wants_string_ids(request: Request) -> bool:
    """Tell whether the client asked for ids as strings."""
    return "application/json+canvas-string-ids" in (request.header("accept") or "")


def with_string_ids(value: Json) -> Json:
    """Turn every integer under an id key into a string, at any depth."""
    if isinstance(value, list):
        return [with_string_ids(item) for item in value]
    if isinstance(value, dict):
        return {key: _stringified(item) if _names_ids(key) else with_string_ids(item) for key, item in value.items()}
    return value


def _names_ids(key: str) -> bool:
    return key in {"id", "ids"} or key.endswith(("_id", "_ids"))


def _stringified(value: Json) -> Json:
    if isinstance(value, list):
        return [_stringified(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return with_string_ids(value)


def _url(shown: Shown) -> str:
    base = shown.script.url_base or shown.base
    if shown.lti_course is not None:
        return f"{base}/api/lti/courses/{shown.lti_course}/progress/{short_form(shown.script.id)}"
    return f"{base}/api/v1/progress/{short_form(shown.script.id)}"
