"""The Progress JSON: exactly the keys of Canvas's serializer, and the ids as the client wants them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.ids import short_form
from canvas_progress.sandbox.replies import json_reply

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Headers, Json, Request
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.scripts import Script
    from canvas_progress.sandbox.writes import Row

_PENDING: Final = frozenset({"queued", "running", "waiting_for_external_tool"})


def progress_json(script: Script, row: Row, *, first_seen: float, base: str, path: str) -> dict[str, Json]:
    """Return the Progress as Canvas serializes it.

    `results` are there only when there are some and the job has ended; a state unknown to Canvas counts as an end.
    """
    context_type, context_id = script.context
    document: dict[str, Json] = {
        "id": script.id,
        "context_id": context_id,
        "context_type": context_type,
        "user_id": script.owner,
        "tag": script.tag,
        "completion": row.columns["completion"],
        "workflow_state": row.state,
        "created_at": timestamp(first_seen - script.age, utc_offset=script.utc_offset),
        "updated_at": timestamp(first_seen + row.updated, utc_offset=script.utc_offset),
        "message": row.columns["message"],
        "url": f"{script.url_base or base}{path}/{short_form(script.id)}",
        **script.extra,
    }
    results = row.columns["results"]
    return document if row.state in _PENDING or results is None else {**document, "results": results}


def timestamp(seconds: float, *, utc_offset: int = 0) -> str:
    """Write epoch seconds in ISO 8601 in whole seconds, with Z or with an offset of some hours."""
    zone = timezone(timedelta(hours=utc_offset)) if utc_offset else UTC
    return datetime.fromtimestamp(int(round(seconds, 3)), zone).isoformat().replace("+00:00", "Z")


def json_answer(request: Request, document: Json, headers: Headers = ()) -> Reply:
    """Answer with JSON, its ids as the client wants them."""
    spelled = with_string_ids(document) if wants_string_ids(request) else document
    return json_reply(200, spelled, headers=headers)


def wants_string_ids(request: Request) -> bool:
    """Return whether the client wants ids as strings."""
    return "application/json+canvas-string-ids" in (request.header("accept") or "")


def with_string_ids(value: Json, *, under_id: bool = False) -> Json:
    """Turn every integer under an id key into a string, at any depth."""
    match value:
        case list():
            return [with_string_ids(item, under_id=under_id) for item in value]
        case dict():
            return {key: with_string_ids(item, under_id=_names_ids(key)) for key, item in value.items()}
        case int() if under_id and not isinstance(value, bool):
            return str(value)
        case _:
            return value


def _names_ids(key: str) -> bool:
    return key in {"id", "ids"} or key.endswith(("_id", "_ids"))
