"""Finds the jobs in whatever is piped in: ids, URLs, our own output, or anything that Canvas answers.

Canvas hands out a job in many places: as the whole answer, under `progress_url` or `progress_id`, in a `progress`
inside the answer or inside another one, and in the content items of an LTI score.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from canvas_progress.core.error_texts import LONGEST, error_in_answer, title_in
from canvas_progress.core.errors import RefusedError, UnreadableJobError, UsageError
from canvas_progress.core.ids import is_same_id
from canvas_progress.core.kinds.kind import SELF
from canvas_progress.core.record import record
from canvas_progress.core.refs import JobRef, is_part, parse_id, parse_ref
from canvas_progress.core.wording import glimpse

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOKED_FOR: Final = (
    "`progress_url`, `progress_id`, `progress`, `content_items`, or a job itself with its `id` and `workflow_state` "
    "(of an account report `status`)"
)
# What `curl -i` prints before the body, also of an interim answer or a redirect before it.
_HEADERS: Final = re.compile(r"\A(?:HTTP/[0-9.]+ [0-9]{3}.*?\r?\n\r?\n)++", re.DOTALL)
# Much else of Canvas has an id and a state: enrollments, module items, batches of conversations.
_STATES: Final = frozenset({"queued", "running", "waiting_for_external_tool", "completed", "failed", "canceled"})
_LINK: Final = re.compile(r"https?://\S+/progress/[^/\s]+", re.IGNORECASE)
_ISSUES: Final = r"(?i)(https?://\S+/api/v1/\S+/content_migrations/[0-9~]+)/migration_issues(?:[?#]\S*)?"
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DEEPEST: Final = 8
_PAGE_MOST: Final = 64 * 2**10  # characters in which a title is looked for
_ABSENT: Final = object()


@record
class _Scope:
    """What an id is about that comes without its address: the LTI endpoint of a course, and an account."""

    course: int | None
    account: str


def jobs_in(text: str, *, course: int | None = None, account: str = SELF) -> tuple[JobRef, ...]:
    """Return the jobs that a text names, in its order. `course` sends plain ids to the LTI endpoint.

    Answers about jobs of an account do not say which one it is: it is `account`. Raises UsageError if a line is no job,
    or if there is none at all.
    """
    scope = _Scope(course, account)
    text = _HEADERS.sub("", text.lstrip("\ufeff"))
    if text.lstrip()[:1] in {"{", "["}:
        values = tuple(_json_values(text))
        refs = tuple(ref for value in values for ref in _in_json(value, scope, 0))
        if not refs:
            raise _no_job_in(values)
        return refs
    if text.lstrip()[:1] == "<":
        raise _page(text)
    refs = tuple(_in_line(line, scope) for line in text.splitlines() if line.strip() and not line.startswith("#"))
    if not refs:
        raise UsageError("standard input has no job in it", hint="pipe in ids, URLs, or what Canvas answered")
    return refs


def _no_job_in(values: tuple[object, ...]) -> UsageError:
    """Return the error for JSON that names no job: it may say itself why."""
    if said := next(filter(None, map(error_in_answer, values)), None):
        return UsageError(f"Canvas answered with an error: {glimpse(said, LONGEST)}")
    return UsageError("the JSON on standard input has no job in it", hint=f"looked for {_LOOKED_FOR}")


def _page(text: str) -> UsageError:
    """Return the error for what is no answer of an API."""
    title = " ".join((title_in(text[:_PAGE_MOST]) or "").split())
    named = f' ("{glimpse(title, LONGEST)}")' if title else ""
    hint = "was it a URL of the API? Those have /api/v1/ in them"
    return UsageError(f"standard input is a web page{named}, and no answer of Canvas's API", hint=hint)


def jobs_in_value(value: object, *, course: int | None = None, account: str = SELF) -> tuple[JobRef, ...]:
    """Return the jobs that the parsed JSON of an answer names, none if it names none. Raises UsageError."""
    return tuple(_in_json(value, _Scope(course, account), 0))


def _in_line(line: str, scope: _Scope) -> JobRef:
    """Read an id or a URL; of several fields between tabs, as we print them, the first."""
    return parse_ref(line.split("\t", maxsplit=1)[0].strip(), course=scope.course, account=scope.account)


def _json_values(text: str) -> Iterator[Any]:
    """Yield one value, or as many as follow each other."""
    decoder, position, end = json.JSONDecoder(), _after_space(text, 0), len(text.rstrip())
    try:
        while position < end:
            value, position = decoder.raw_decode(text, position)
            position = _after_space(text, position)
            yield value
    except (ValueError, RecursionError):
        line = text.count("\n", 0, position) + 1
        raise UsageError(f"standard input looks like JSON, but is not: see line {line}") from None


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _in_json(value: object, scope: _Scope, depth: int, *, below_progress: bool = False) -> Iterator[JobRef]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _in_json(item, scope, depth + 1, below_progress=below_progress)
    elif isinstance(value, dict):
        yield from _in_object(value, scope, depth, below_progress=below_progress)


def _in_object(values: dict[str, Any], scope: _Scope, depth: int, *, below_progress: bool) -> Iterator[JobRef]:
    """Yield the job that an object is or points to; else look into what it holds."""
    if "schema" in values and isinstance(url := values.get("url"), str):  # a line of our own
        yield parse_ref(url)
    elif _is_link(url := values.get("progress_url")):
        yield _of_its_owner(_from_url(url), values)
    elif isinstance(id_ := values.get("progress_id"), int | str) and not isinstance(id_, bool):
        yield JobRef(parse_id(str(id_)), course=scope.course, text=str(id_))
    elif _is_progress(values, below_progress=below_progress):
        yield _from_progress(values, scope.course)
    elif (ref := _of_another_kind(values, scope)) is not None:
        yield ref
    else:
        for key, item in values.items():
            if key == "progress" and _is_link(item):
                yield _from_url(item)
            else:
                yield from _in_json(item, scope, depth + 1, below_progress=key == "progress")


def _of_another_kind(values: dict[str, Any], scope: _Scope) -> JobRef | None:
    """Return the job that is no Progress, of those kinds whose answers cannot be taken for anything else."""
    if not isinstance(id_ := values.get("id"), int | str) or isinstance(id_, bool):
        return None
    from canvas_progress.core.kinds.registry import KINDS

    for kind in KINDS:
        if (part := kind.resembles(values)) is not None and is_part(part):
            return JobRef(parse_id(str(id_)), collection=kind.usual(scope.account, part), text=str(id_))
    return None


def _is_link(value: object) -> TypeGuard[str]:
    """Whether a value names a job by its URL. Other things have a percentage where some have a link."""
    return isinstance(value, str) and _LINK.match(value) is not None


def _is_progress(values: dict[str, Any], *, below_progress: bool) -> bool:
    """Whether an object is a Progress: by its type, by a URL of its own, or by what a Progress alone has.

    Whose completion and tag are there may be in a state that this version does not know; with one of them, or below a
    key `progress`, it has to be one of Canvas's six.
    """
    if isinstance(values.get("progress"), dict | list):
        return False
    if values.get("__typename") == "Progress" and "_id" in values:
        return True
    state = values.get("workflow_state" if "id" in values else "state")
    if not isinstance(state, str) or not ({"id", "_id"} & values.keys()) or "type" in values:
        return False
    if _is_link(values.get("url")):
        return True
    completion, tag = values.get("completion", _ABSENT), values.get("tag", _ABSENT)
    is_completion = isinstance(completion, int | float | None) and not isinstance(completion, bool)
    is_tag = isinstance(tag, str | None)
    return (is_completion and is_tag) or (state.lower() in _STATES and (is_completion or is_tag or below_progress))


def linked_job(text: str, path: str) -> tuple[JobRef, ...]:
    """Return the job that an answer about something else names: that at `path`, and no other.

    None is there before its work is queued. Raises UnreadableJobError for what is no such answer.
    """
    try:
        values = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise UnreadableJobError("the answer is not a JSON object")
    wanted, found = parse_id(path.rpartition("/")[2]), values.get("id", "")
    if re.fullmatch("[0-9]{1,19}", str(found)) and not is_same_id(int(str(found)), wanted):
        raise UnreadableJobError(f"the answer is about {found}, not about {wanted}")
    jobs = tuple(dict.fromkeys(_in_json(values, _Scope(None, SELF), 0)))
    if len(jobs) > 1 or any(job.collection for job in jobs):
        raise UnreadableJobError(f"the answer about {wanted} names other jobs than its own")
    return jobs


def _from_progress(values: dict[str, Any], course: int | None) -> JobRef:
    """Read a Progress. Its own URL names its Canvas, but never another job than its id does."""
    id_ = values.get("id", values.get("_id"))
    ref = JobRef(parse_id(str(id_)), course=course, text=str(id_))
    if not _is_link(url := values.get("url")):
        return ref
    linked = _from_url(url)
    if not is_same_id(linked.id, ref.id):
        raise UsageError(f"a job on standard input has the id {ref.id}, and the URL of another one: {linked.id}")
    return linked


def _of_its_owner(job: JobRef, values: dict[str, Any]) -> JobRef:
    """Return the job of an answer about something else, with the path of that where it says more than its job.

    Only a migration does, and only the URL of its issues says where that is.
    """
    if not isinstance(url := values.get("migration_issues_url"), str) or (match := re.fullmatch(_ISSUES, url)) is None:
        return job
    owner = parse_ref(match[1])
    if owner.base != job.base:
        hint = "if that is right, name the job itself"
        raise RefusedError(f"a content migration of {owner.base} has a job of another Canvas: {job.base}", hint=hint)
    return replace(job, parent_path=owner.parent_path)


def _from_url(url: str) -> JobRef:
    """Read a URL that Canvas wrote, about itself: of a proxy before it, it may not know scheme and path."""
    return replace(parse_ref(url), is_written=True)
