"""Finds the jobs in whatever is piped in: ids, URLs, our own output, or anything that Canvas answers.

Canvas hands out a job in many places: as the whole answer, under `progress_url` or `progress_id`, in a `progress`
inside the answer or inside another one, and in the content items of an LTI score.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.errors import UsageError
from canvas_progress.core.refs import JobRef, parse_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOKED_FOR: Final = "`progress_url`, `progress_id`, `progress`, `content_items`, or a Progress itself"
_HEADERS: Final = re.compile(r"HTTP/[0-9.]+ [0-9]{3}.*?\r?\n\r?\n", re.DOTALL)
_IS_PROGRESS: Final = ({"id", "workflow_state", "completion"}, {"id", "workflow_state", "tag"}, {"_id", "state"})
_LOOPBACK: Final = re.compile(r"http://(localhost|127\.|\[::1\])")
_DEEPEST: Final = 8


def jobs_in(text: str, *, course: int | None = None) -> tuple[JobRef, ...]:
    """Return the jobs that a text names, in its order. `course` sends plain ids to the LTI endpoint.

    Raises UsageError if a line is no job, or if there is none at all.
    """
    text = _without_headers(text.lstrip("\ufeff"))
    if text.lstrip()[:1] in {"{", "["}:
        refs = tuple(ref for value in _json_values(text) for ref in _in_json(value, course, 0))
        if not refs:
            raise UsageError("the JSON on standard input has no job in it", hint=f"looked for {_LOOKED_FOR}")
        return refs
    refs = tuple(_in_line(line, course) for line in text.splitlines() if line.strip() and not line.startswith("#"))
    if not refs:
        raise UsageError("standard input has no job in it", hint="pipe in ids, URLs, or what Canvas answered")
    return refs


def _without_headers(text: str) -> str:
    """Drop what `curl -i` prints before the body, also of an interim answer or a redirect before it."""
    while match := _HEADERS.match(text):
        text = text[match.end() :]
    return text


def _in_line(line: str, course: int | None) -> JobRef:
    """Read an id or a URL; of several fields between tabs, as we print them, the first."""
    return parse_ref(line.split("\t", maxsplit=1)[0].strip(), course=course)


def _json_values(text: str) -> Iterator[Any]:
    """Yield one value, or as many as follow each other."""
    decoder, position = json.JSONDecoder(), 0
    try:
        while position < len(text.rstrip()):
            position += len(text[position:]) - len(text[position:].lstrip())
            value, position = decoder.raw_decode(text, position)
            yield value
    except (ValueError, RecursionError):
        line = text.count("\n", 0, position) + 1
        raise UsageError(f"standard input looks like JSON, but is not: see line {line}") from None


def _in_json(value: object, course: int | None, depth: int) -> Iterator[JobRef]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _in_json(item, course, depth + 1)
    elif isinstance(value, dict):
        yield from _in_object(value, course, depth)


def _in_object(values: dict[str, Any], course: int | None, depth: int) -> Iterator[JobRef]:
    """Yield the job that an object is or points to; else look into what it holds."""
    if isinstance(url := values.get("progress_url"), str):
        yield _from_url(url)
    elif isinstance(id_ := values.get("progress_id"), int | str) and not isinstance(id_, bool):
        yield parse_ref(str(id_), course=course)
    elif any(keys <= values.keys() for keys in _IS_PROGRESS) and not isinstance(values.get("progress"), dict):
        yield _from_progress(values, course)
    else:
        for key, item in values.items():
            if key == "progress" and isinstance(item, str):
                yield _from_url(item)
            else:
                yield from _in_json(item, course, depth + 1)


def _from_progress(values: dict[str, Any], course: int | None) -> JobRef:
    url = values.get("url")
    if isinstance(url, str) and "/progress/" in url:
        return _from_url(url)
    return parse_ref(str(values.get("id", values.get("_id"))), course=course)


def _from_url(url: str) -> JobRef:
    """Read a URL that Canvas wrote. Behind a proxy that it knows nothing of it writes http:// for https://."""
    if url.startswith("http://") and not _LOOPBACK.match(url):
        url = f"https://{url.removeprefix('http://')}"
    return parse_ref(url)
