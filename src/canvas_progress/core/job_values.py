"""What a program may call a job: an id, a text, what Canvas answered, or the object that a library made of it.

Nothing is guessed. The id of an object that shows no sign of a job may be that of a course.
"""

from __future__ import annotations

import operator
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, SupportsIndex, TypeAlias

from canvas_progress.core.errors import UsageError
from canvas_progress.core.ids import is_same_id
from canvas_progress.core.job_finder import jobs_in_value
from canvas_progress.core.json_values import integer
from canvas_progress.core.kinds.kind import SELF
from canvas_progress.core.refs import parse_ref
from canvas_progress.core.results import JobResult

if TYPE_CHECKING:
    from canvas_progress.core.refs import JobRef

_GIVE: Final = "give an id (12, '1~23'), 'sis_import:77', the URL of a job, or what Canvas answered"
# What the finder looks at in an answer, for objects that have it as properties.
_FIELDS: Final = (
    *("id", "url", "workflow_state", "completion", "tag", "progress", "progress_id", "progress_url"),
    "migration_issues_url",
)
_DEEPEST: Final = 8  # lists in lists
_WORD: Final = re.compile("[A-Za-z_]{1,24}")
_MOST_NAMED: Final = 8  # keys in a message


class HasUrl(Protocol):
    """An object with the URL of a job, such as canvasapi's `Progress`."""

    @property
    def url(self) -> str:
        """The URL of the job."""


class HasProgressUrl(Protocol):
    """An object that has a job, such as canvasapi's `ContentMigration`."""

    @property
    def progress_url(self) -> str:
        """The URL of its job."""


# As wide as types can say it: `list` would refuse a `list[int]`. Which of them are lists is `_is_list`.
JobLike: TypeAlias = SupportsIndex | str | Mapping[str, Any] | HasUrl | HasProgressUrl | Sequence["JobLike"]


def refs_of(values: Sequence[object], *, course: int | None = None, account: str = SELF) -> tuple[JobRef, ...]:
    """Return the jobs that a program names. `course` and `account` are as for the finder. Raises UsageError."""
    if not values:
        raise UsageError("no job is given", hint="is a list empty?")
    return tuple(ref for value in values for ref in _Names(course, account).refs(value, 0))


class _Names:
    """Reads one value, with what an id is about that comes without its address."""

    def __init__(self, course: int | None, account: str) -> None:
        self._course = course
        self._account = account

    def refs(self, value: object, depth: int) -> tuple[JobRef, ...]:
        """Return the jobs that a value names, at least one."""
        match value:
            case str():
                return (self._in_text(value),)
            case JobResult():
                return (_of_result(value),)
            case Mapping():
                return self._in_answer(dict(value), f"the {type(value).__name__} with {_keys(value)}")
            case bool() | float() | bytes() | bytearray() | None:
                raise UsageError(f"{_named(value)} is not a job", hint=_GIVE)
            case SupportsIndex():
                return (self._in_text(str(_integer(value))),)
            case list() | tuple() | range() | deque() if _is_list(value):
                return self._in_list(value, depth)
            case _:
                return self._in_answer(_attributes(value), f"the object of type `{type(value).__name__}`")

    def _in_text(self, text: str) -> JobRef:
        if text.strip() == "-":
            raise UsageError("`-` is standard input to the command alone", hint=_GIVE)
        try:
            return parse_ref(text, course=self._course, account=self._account)
        except UsageError as error:
            if ":" in text or "/" in text:
                raise
            raise UsageError(error.message, hint=_GIVE) from None

    def _in_list(self, values: Sequence[object], depth: int) -> tuple[JobRef, ...]:
        if not values or depth > _DEEPEST:
            raise UsageError(f"a {type(values).__name__} has no job in it", hint=_GIVE)
        return tuple(ref for value in values for ref in self.refs(value, depth + 1))

    def _in_answer(self, values: dict[str, Any], what: str) -> tuple[JobRef, ...]:
        """Find the jobs in an answer as on standard input; what names none may still have the URL of one."""
        found = jobs_in_value(values, course=self._course, account=self._account)
        if found:
            return found
        if isinstance(url := values.get("url"), str) and (ref := _at(url)) is not None:
            _check_same(ref, values)
            return (ref,)
        hint = "if its `id` is that of a job, give the id itself" if "id" in values else _GIVE
        raise UsageError(f"{what} has no job in it", hint=hint)


def _is_list(value: object) -> bool:
    """Whether a sequence is a list of jobs, not a record: the numbers in a row of a database are ids of anything.

    Rows and named tuples are subclasses of `tuple`, or lists with `keys`.
    """
    return type(value) is tuple or not (isinstance(value, tuple) or hasattr(value, "keys"))


def _at(url: str) -> JobRef | None:
    """Return the job at a URL that Canvas wrote, if there is one."""
    try:
        return replace(parse_ref(url), is_written=True) if "/" in url else None
    except UsageError:
        return None


def _of_result(result: JobResult) -> JobRef:
    """Return the job of a result, with what it belongs to where it was named by that."""
    ref = parse_ref(result.url)
    return ref if ref.parent_path is None else replace(ref, id=result.id)


def _check_same(ref: JobRef, values: Mapping[str, Any]) -> None:
    """Refuse an object that has the id of one job, and the URL of another."""
    id_ = integer(values.get("id"))
    if id_ is not None and ref.id and not is_same_id(id_, ref.id):
        raise UsageError(f"an object has the id {id_}, and the URL of another job: {ref.id}")


def _attributes(value: object) -> dict[str, Any]:
    """Return what an object says of itself, as it would be in an answer."""
    public = {name: found for name, found in getattr(value, "__dict__", {}).items() if not name.startswith("_")}
    missing = {name: getattr(value, name, None) for name in _FIELDS if name not in public}
    return public | {name: found for name, found in missing.items() if found is not None}


def _named(value: object) -> str:
    """Name a value that cannot be a job. A fraction may have been an id, before it lost digits."""
    return f"a value of type {type(value).__name__}" if value is not None else "None"


def _integer(value: SupportsIndex) -> int:
    """Return the integer that a value is, and not only can be taken for: mocks can be, and numpy's truth values."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or value != number:
        raise UsageError(f"{_named(value)} is not a job", hint=_GIVE)
    return number


def _keys(values: Mapping[object, object]) -> str:
    """Name some of the keys; but no others than words, which may be secrets."""
    keys = [key for key in values if isinstance(key, str) and _WORD.fullmatch(key)][:_MOST_NAMED]
    return f"the keys {', '.join(keys)}" if keys else "no key that is known"
