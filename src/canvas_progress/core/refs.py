"""What a user may call a job: an id, an id with a shard, `kind:id`, or a URL. One parser for every command."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Final

from canvas_progress.core.base_url import BaseUrl, base_in, has_dots, quotable, split_url
from canvas_progress.core.errors import UsageError
from canvas_progress.core.ids import SHARD_SIZE
from canvas_progress.core.kinds.kind import SELF
from canvas_progress.core.kinds.progress import PROGRESS
from canvas_progress.core.record import record
from canvas_progress.core.wording import quoted

if TYPE_CHECKING:
    from canvas_progress.core.kinds.kind import Kind

_LARGEST: Final = 2**63 - 1
LATEST: Final = "latest"
_PLAIN_ID: Final = "give an id (12, 1~23)"
_JOB: Final = f"{_PLAIN_ID}, kind:id (sis_import:77), a URL, or `-`"
_PART: Final = r"[A-Za-z0-9_]{1,255}"  # the type of a report, or the id of a course
_ACCOUNT: Final = r"[0-9]{1,19}(?:~[0-9]{1,19})?|self|default|site_admin|[a-z_]{1,255}:[\w.~-]{1,255}"
_ID: Final = re.compile(r"(?:([0-9]{1,19})~)?([0-9]{1,19})")
_PROGRESS: Final = r"(.*)/api/(?:v1|lti/courses/([^/]+))/progress/([^/]+)"
# These have a job of their own, under `progress_url` or `progress_id`. Where the first `/api/v1/` does not match, no
# later one does, and to try them all takes minutes for a path of a megabyte.
_HAVE_A_JOB: Final = (
    r"((?:(?!/api/v1/).)*+)"
    r"(/api/v1/.+/(?:content_migrations|content_exports|epub_exports|quizzes/[^/]+/reports)/[0-9~]+)"
)


@record
class JobRef:
    """A job as the user named it.

    `course` selects the LTI endpoint. `base` is set where a URL names the Canvas, and `profile` where this machine has
    seen the job with one. `collection` is the path of all jobs of its kind in its account or course, "" for a Progress.
    Where the id is not known yet it is 0: the newest job of the collection is meant, or that of the thing at the path
    `parent_path`. `text` is what was typed. `is_written` is whether Canvas itself wrote the URL, not the user.
    """

    id: int
    course: int | None = None
    base: BaseUrl | None = None
    profile: str | None = None
    parent_path: str | None = None
    collection: str = ""
    text: str = field(default="", compare=False)
    is_written: bool = field(default=False, compare=False)


@record
class Target:
    """A job, the Canvas that has it and the profile that it is read with.

    `label` names it in all output: its id, or its URL where ids collide. `is_named` is whether its Canvas was named
    with it: its bare id may be another job of another Canvas then. `collection` is the path below which it is, "" for a
    Progress; `parent_path` is the path of the thing whose job this is, where that is to be read too. While the id is
    not known it is 0, and `link` is the path that leads to the job; one that is older than `since` seconds will not do.
    """

    label: str
    id: int
    base: BaseUrl
    course: int | None = None
    profile: str = ""
    is_named: bool = field(default=False, compare=False)
    collection: str = ""
    parent_path: str | None = field(default=None, compare=False)
    link: str = ""
    since: float | None = field(default=None, compare=False)

    @property
    def kind(self) -> Kind:
        """The kind of job."""
        return kind_at(self.collection)

    @property
    def title(self) -> str:
        """The kind and what distinguishes this one from others of it."""
        title, rest = self.kind.title, self.label.removeprefix(f"{self.kind.name}:")
        return f"{title[0].upper()}{title[1:]} {rest}"

    @property
    def url(self) -> str:
        """The URL of the endpoint that answers for this job."""
        return f"{self.base}{self.path}"

    @property
    def naming_url(self) -> str:
        """The URL that names this job, and no other, from now on: that of the thing it belongs to, if it was named so.

        What names it otherwise would lose what that thing says.
        """
        return self.url if self.parent_path is None else f"{self.base}{self.parent_path}"

    @property
    def ref(self) -> str:
        """What names this job, and no other, in a later command line."""
        if self.parent_path is not None:
            return self.naming_url
        usual = not self.collection or self.kind.is_usual(self.collection)
        return self.label if usual and not self.is_named else self.url

    @property
    def path(self) -> str:
        """The path of the endpoint that answers for this job, or says which one it is."""
        if self.link:
            return self.link
        if self.collection:
            return f"{self.collection}/{self.id}"
        if self.course is None:
            return f"/api/v1/progress/{self.id}"
        return f"/api/lti/courses/{self.course}/progress/{self.id}"


def kind_at(collection: str) -> Kind:
    """Return the kind of the jobs below a path. Raises UsageError."""
    if not collection:
        return PROGRESS
    from canvas_progress.core.kinds.registry import KINDS

    for kind in KINDS:
        if kind.address.fullmatch(collection):
            return kind
    raise UsageError(f"there are no jobs at {quoted(collection)}")


def has_a_job(path: str) -> bool:
    """Whether a path is that of a thing which has a job of its own."""
    match = re.fullmatch(_HAVE_A_JOB, path)
    return match is not None and not match[1] and not has_dots(path)


def parse_ref(text: str, *, course: int | None = None, account: str = SELF) -> JobRef:
    """Read one REF. `course` sends plain ids to the LTI endpoint; `account` is that of `kind:id`.

    Raises UsageError, which names the argument.
    """
    if "/" in text:
        return _parse_url(text.strip())
    if ":" in text:
        return _parse_short(text.strip(), account)
    return JobRef(parse_id(text), course=course, text=text)


def parse_id(text: str, *, what: str = "a job") -> int:
    """Read an id, `123` or `1~23`, as the integer that Canvas's API takes. Raises UsageError."""
    match = _ID.fullmatch(text.strip())
    hint = _id_hint(text.strip(), _JOB if what == "a job" else _PLAIN_ID)
    if match is None:
        raise UsageError(f"{quoted(text, ref=True)} is not {what}", hint=hint)
    shard, local = int(match[1] or 0), int(match[2])
    id_ = shard * SHARD_SIZE + local
    if local == 0 or id_ > _LARGEST or (match[1] is not None and (shard == 0 or local >= SHARD_SIZE)):
        raise UsageError(f"{quoted(text)} is not {what}: ids go from 1 to {_LARGEST}", hint=hint)
    return id_


def _id_hint(text: str, usual: str) -> str:
    """Return what to type instead of what is no id."""
    if usual != _PLAIN_ID and text.isidentifier():
        from canvas_progress.core.kinds.registry import refs_of

        usual = refs_of(text) or usual
    if not text:
        return f"it is empty: is a variable unset? {usual[:1].upper()}{usual[1:]}"
    if text.startswith("#"):
        return "leave the `#` out"
    return "separate several with spaces, not with commas" if "," in text else usual


def is_part(text: str) -> bool:
    """Whether a text may stand between kind and id, and in a path; "" where a kind has nothing there."""
    return not text or re.fullmatch(_PART, text) is not None


def parse_account(text: str | None) -> str:
    """Read what names an account in a path: an id, `self`, or one like `sis_account_id:X`; None is `self`.

    Raises UsageError.
    """
    if text is None:
        return SELF
    if not re.fullmatch(_ACCOUNT, text):
        hint = "give an id, `self`, or `sis_account_id:X`"
        raise UsageError(f"{quoted(text, ref=True)} is not an account for `--account`", hint=hint)
    return text


def _parse_url(text: str) -> JobRef:
    shown = quotable(text)
    if "://" not in text:
        raise UsageError(f"{quoted(shown)} is not a job", hint=f"{_PLAIN_ID} or a progress URL, with its https://")
    parts = split_url(text)
    path = parts.path.rstrip("/").removesuffix(".json")
    if has_dots(path):
        raise UsageError(f"{quoted(shown)} is not a job", hint="its path has `..` or `.` in it: give the URL without")
    if match := re.fullmatch(_PROGRESS, path):
        course = None if match[2] is None else _id_in(shown, match[2])
        return JobRef(_id_in(shown, match[3]), course=course, base=base_in(parts, match[1]), text=text)
    if match := re.fullmatch(_HAVE_A_JOB, path):
        return JobRef(0, base=base_in(parts, match[1]), parent_path=match[2], text=shown)
    from canvas_progress.core.kinds.registry import KINDS

    for kind in KINDS:
        if match := re.fullmatch(f"(.*?)({kind.address.pattern})/([^/]+)", path):
            last, of = match.groups()[-1], f"the URL of {kind.article} {kind.noun}"
            id_ = 0 if last == LATEST else _id_in(shown, last, of)
            return JobRef(id_, base=base_in(parts, match[1]), collection=match[2], text=shown)
    raise UsageError(f"{quoted(shown)} is not a progress URL", hint="it looks like https://HOST/api/v1/progress/ID")


def _parse_short(text: str, account: str) -> JobRef:
    """Read `kind:id` or `kind:part:id`, with `latest` in place of the id for the newest one."""
    from canvas_progress.core.kinds.registry import instead_of, kind_named

    name, *parts, last = text.split(":")
    kind = kind_named(name)
    if kind is None:
        raise UsageError(f"{quoted(text, ref=True)} is not a job", hint=instead_of(name))
    if len(parts) != bool(kind.part_name) or not all(re.fullmatch(_PART, part) for part in parts):
        raise UsageError(
            f"{quoted(text, ref=True)} is not {kind.article} {kind.noun}", hint=f"it looks like {kind.example}"
        )
    if last == LATEST and kind.listed_below is None and not kind.has_latest:
        raise UsageError(f"Canvas does not say which {kind.noun} is the newest", hint=kind.unlisted)
    id_ = 0 if last == LATEST else parse_id(last, what=f"the id of {kind.article} {kind.noun}")
    return JobRef(id_, collection=kind.usual(account, "".join(parts)), text=text)


def _id_in(url: str, text: str, what: str = "a progress URL") -> int:
    try:
        return parse_id(text.replace("%7E", "~").replace("%7e", "~"))
    except UsageError as error:
        raise UsageError(f"{quoted(url)} is not {what}: {quoted(text)} is not an id") from error
