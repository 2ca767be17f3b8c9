"""What a user may call a job: an id, an id with a shard, or a URL. One parser for every command."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from canvas_progress.core.base_url import BaseUrl, base_in, quotable, split_url
from canvas_progress.core.errors import UsageError
from canvas_progress.core.wording import quoted

SHARD_SIZE: Final = 10**13  # Canvas's Switchman packs `1~23` into 1 * 10**13 + 23
_LARGEST: Final = 2**63 - 1
_ID: Final = re.compile(r"(?:([0-9]{1,19})~)?([0-9]{1,19})")
_PROGRESS: Final = re.compile(r"(.*)/api/(?:v1|lti/courses/([^/]+))/progress/([^/]+)")
# These report their own `workflow_state`, and have no job.
_WITHOUT_A_JOB: Final = {
    "a SIS import": re.compile(r"/sis_imports/[^/]+$"),
    "an account report": re.compile(r"/accounts/[^/]+/reports/[^/]+/[^/]+$"),
    "an outcome import": re.compile(r"/outcome_imports/[^/]+$"),
}

# These have a job of their own, under `progress_url` or `progress_id`. Where the first `/api/v1/` does not match, no
# later one does, and to try them all takes minutes for a path of a megabyte.
_HAVE_A_JOB: Final = re.compile(
    r"((?:(?!/api/v1/).)*+)(/api/v1/.+/(?:content_migrations|content_exports|epub_exports|quizzes/[^/]+/reports)/[0-9~]+)"
)


@dataclass(frozen=True, slots=True)
class JobRef:
    """A job as the user named it.

    `course` selects the LTI endpoint. `base` is set where a URL names the Canvas, and `profile` where this machine has
    seen the job with one. `through` is the path of something that has a job, where that was named and the id is not
    known yet. `text` is what was typed. `is_written` is whether Canvas itself wrote the URL, not the user.
    """

    id: int
    course: int | None = None
    base: BaseUrl | None = None
    profile: str | None = None
    through: str | None = None
    text: str = field(default="", compare=False)
    is_written: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A job, the Canvas that has it and the profile that it is asked with.

    `label` names it in all output: its id, or its URL where ids collide. `is_named` is whether its Canvas was named
    with it: its bare id may be another job of another Canvas then.
    """

    label: str
    id: int
    base: BaseUrl
    course: int | None = None
    profile: str = ""
    is_named: bool = field(default=False, compare=False)

    @property
    def url(self) -> str:
        """The URL of the endpoint that answers for this job."""
        return f"{self.base}{self.path}"

    @property
    def ref(self) -> str:
        """What names this job, and no other, in a later command line."""
        return self.url if self.is_named else self.label

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
    if not text.strip():
        hint = f"it is empty: is a variable unset? {hint[:1].upper()}{hint[1:]}"
    if match is None:
        raise UsageError(f"{quoted(text, ref=True)} is not {what}", hint=hint)
    shard, local = int(match[1] or 0), int(match[2])
    id_ = shard * SHARD_SIZE + local
    if local == 0 or id_ > _LARGEST or (match[1] is not None and (shard == 0 or local >= SHARD_SIZE)):
        raise UsageError(f"{quoted(text)} is not {what}: ids go from 1 to {_LARGEST}", hint=hint)
    return id_


def targets_of(refs: tuple[JobRef, ...], places: tuple[tuple[BaseUrl, str], ...]) -> tuple[Target, ...]:
    """Join each ref with the Canvas and the profile chosen for it, once for each job, in the order given."""
    targets: dict[tuple[int, BaseUrl, int | None], Target] = {}
    for ref, (base, profile) in zip(refs, places, strict=True):
        target = Target(str(ref.id), ref.id, base, ref.course, profile, ref.base is not None)
        targets.setdefault((ref.id, base, ref.course), target)
    often = Counter(target.id for target in targets.values())
    return tuple(target if often[target.id] == 1 else replace(target, label=target.url) for target in targets.values())


def is_same_id(one: int, other: int) -> bool:
    """Tell whether two ids are one object's: of one on its own shard, Canvas may give the short id or the long one."""
    return one == other or (min(one, other) < SHARD_SIZE and one % SHARD_SIZE == other % SHARD_SIZE)


def _parse_url(text: str) -> JobRef:
    shown = quotable(text)
    if "://" not in text:
        hint = "give an id (12, 1~23) or a progress URL, with its https://"
        raise UsageError(f"{quoted(shown)} is not a job", hint=hint)
    parts = split_url(text)
    path = parts.path.rstrip("/").removesuffix(".json")
    if match := _PROGRESS.fullmatch(path):
        course = None if match[2] is None else _id_in(shown, match[2])
        return JobRef(_id_in(shown, match[3]), course=course, base=base_in(parts, match[1]), text=text)
    if match := _HAVE_A_JOB.fullmatch(path):
        return JobRef(0, base=base_in(parts, match[1]), through=match[2], text=shown)
    for name, pattern in _WITHOUT_A_JOB.items():
        if pattern.search(path):
            hint = "it is no Progress: its own `workflow_state` tells, at that URL"
            raise UsageError(f"{quoted(shown)} is {name}, not a job", hint=hint)
    raise UsageError(f"{quoted(shown)} is not a progress URL", hint="it looks like https://HOST/api/v1/progress/ID")


def _id_in(url: str, text: str) -> int:
    try:
        return parse_id(text.replace("%7E", "~").replace("%7e", "~"))
    except UsageError as error:
        raise UsageError(f"{quoted(url)} is not a progress URL: {quoted(text)} is not an id") from error
