"""What a user may call a job: an id, an id with a shard, or a URL. One parser for every command."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from canvas_progress.core.base_url import BaseUrl, origin_of, quotable, split_url
from canvas_progress.core.errors import UsageError

SHARD_SIZE: Final = 10**13  # Canvas's Switchman packs `1~23` into 1 * 10**13 + 23
_LARGEST: Final = 2**63 - 1
_ID: Final = re.compile(r"(?:([0-9]{1,19})~)?([0-9]{1,19})")
_PROGRESS: Final = re.compile(r".*/api/v1/progress/([^/]+)")
_LTI_PROGRESS: Final = re.compile(r".*/api/lti/courses/([^/]+)/progress/([^/]+)")
_IN_ITSELF: Final = "it is no Progress: its own `workflow_state` tells, at that URL"
_OTHER_THINGS: Final = (
    (re.compile(r"/sis_imports/[^/]+$"), "a SIS import", _IN_ITSELF),
    (re.compile(r"/accounts/[^/]+/reports/[^/]+/[^/]+$"), "an account report", _IN_ITSELF),
    (re.compile(r"/outcome_imports/[^/]+$"), "an outcome import", _IN_ITSELF),
)


# These have a job of their own, under `progress_url` or `progress_id`.
_HAVE_A_JOB: Final = re.compile(
    r".*?(/api/v1/.+/(?:content_migrations|content_exports|epub_exports|quizzes/[^/]+/reports)/[0-9~]+)"
)


@dataclass(frozen=True, slots=True)
class JobRef:
    """A job as the user named it.

    `course` selects the LTI endpoint. `origin` is set where a URL names the Canvas. `through` is the path of something
    that has a job, where that was named and the id is not known yet. `text` is what was typed.
    """

    id: int
    course: int | None = None
    origin: str | None = None
    through: str | None = None
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A job and the Canvas that has it. `label` names it in all output: its id, or its URL where ids collide."""

    label: str
    id: int
    base: BaseUrl
    course: int | None = None

    @property
    def path(self) -> str:
        """The path of the endpoint that answers for this job."""
        if self.course is None:
            return f"/api/v1/progress/{self.id}"
        return f"/api/lti/courses/{self.course}/progress/{self.id}"


def parse_ref(text: str, *, course: int | None = None) -> JobRef:
    """Read one REF. `course` sends plain ids to the LTI endpoint. Raises UsageError, which names the argument."""
    if "/" in text:
        return _parse_url(text.strip())
    return JobRef(parse_id(text), course=course, text=text)


def parse_id(text: str, *, what: str = "a job") -> int:
    """Read an id, `123` or `1~23`, as the integer that Canvas's API takes. Raises UsageError."""
    match = _ID.fullmatch(text.strip())
    hint = "give an id (12, 1~23), a progress URL, or `-`" if what == "a job" else "give an id (12, 1~23)"
    if match is None:
        raise UsageError(f"`{text}` is not {what}", hint=hint)
    shard, local = int(match[1] or 0), int(match[2])
    id_ = shard * SHARD_SIZE + local
    if local == 0 or id_ > _LARGEST or (match[1] is not None and (shard == 0 or local >= SHARD_SIZE)):
        raise UsageError(f"`{text}` is not {what}: ids go from 1 to {_LARGEST}", hint=hint)
    return id_


def targets_of(refs: tuple[JobRef, ...], bases: tuple[BaseUrl, ...]) -> tuple[Target, ...]:
    """Join each ref with the Canvas chosen for it, once for each job, in the order given."""
    places = dict.fromkeys((ref.id, base, ref.course) for ref, base in zip(refs, bases, strict=True))
    often = Counter(id_ for id_, _, _ in places)
    targets = (Target(str(id_), id_, base, course) for id_, base, course in places)
    return tuple(
        target if often[target.id] == 1 else replace(target, label=f"{target.base}{target.path}") for target in targets
    )


def _parse_url(text: str) -> JobRef:
    shown = quotable(text)
    if "://" not in text:
        raise UsageError(f"`{shown}` is not a job", hint="give an id (12, 1~23) or a progress URL, with its https://")
    parts = split_url(text)
    path = parts.path.rstrip("/").removesuffix(".json")
    if match := _PROGRESS.fullmatch(path):
        return JobRef(_id_in(shown, match[1]), origin=origin_of(parts), text=text)
    if match := _LTI_PROGRESS.fullmatch(path):
        course = _id_in(shown, match[1])
        return JobRef(_id_in(shown, match[2]), course=course, origin=origin_of(parts), text=text)
    if match := _HAVE_A_JOB.fullmatch(path):
        return JobRef(0, origin=origin_of(parts), through=match[1], text=shown)
    for pattern, name, hint in _OTHER_THINGS:
        if pattern.search(path):
            raise UsageError(f"`{shown}` is {name}, not a job", hint=hint)
    raise UsageError(f"`{shown}` is not a progress URL", hint="it looks like https://HOST/api/v1/progress/ID")


def _id_in(url: str, text: str) -> int:
    try:
        return parse_id(text.replace("%7E", "~").replace("%7e", "~"))
    except UsageError as error:
        raise UsageError(f"`{url}` is not a progress URL: `{text}` is not an id") from error
