"""What this machine keeps of a job: enough to find it again and to learn from it, and nobody's secret."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.record import record
from canvas_progress.core.refs import JobRef, Target, kind_at

if TYPE_CHECKING:
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.job import Job
    from canvas_progress.core.kinds.kind import Kind
    from canvas_progress.core.outcome import Outcome


@record
class HistoryEntry:
    """One job as it was last seen. `base` is the URL of its Canvas; times are seconds since the epoch.

    Never a token, a message or results: these may be about people.
    """

    id: int
    base: str
    course: int | None
    profile: str
    tag: str | None
    context: str | None
    outcome: Outcome
    created: float | None
    updated: float | None
    seen: float
    canceled_by_us: bool = False
    collection: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether the job had not ended when it was last seen."""
        return not self.outcome.is_final

    @property
    def ref(self) -> JobRef:
        """The job with its Canvas and the profile that it was seen with. Raises UsageError."""
        return JobRef(self.id, self.course, self._base, self.profile, collection=self.collection)

    @property
    def url(self) -> str:
        """The URL of the endpoint that answers for this job. Raises UsageError."""
        return Target("", self.id, self._base, self.course, collection=self.collection).url

    @property
    def kind(self) -> Kind:
        """The kind of job."""
        return kind_at(self.collection)

    @property
    def label(self) -> str:
        """The name of the job, among those of its Canvas."""
        return self.kind.label(self.collection, self.id)

    def name(self, home: BaseUrl | None) -> str:
        """Return what names the job in a command that takes ids for jobs of `home`. Raises UsageError.

        The id where that is the same job, else the URL.
        """
        is_usual = self.course is None and self.kind.is_usual(self.collection) and self.base == str(home)
        return self.label if is_usual else self.url

    @property
    def _base(self) -> BaseUrl:
        return parse_base_url(self.base, allow_http=True)


@record
class Filter:
    """Which jobs of the history are wanted: those that fit all that is given.

    `since` is in seconds since the epoch, `profile` the one that they were seen with.
    """

    pending: bool = False
    tags: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    since: float = -math.inf
    profile: str | None = None

    def fits(self, entry: HistoryEntry) -> bool:
        """Return whether a job is wanted."""
        return (
            (entry.is_pending or not self.pending)
            and (entry.tag in self.tags or not self.tags)
            and (entry.outcome in self.outcomes or not self.outcomes)
            and entry.seen >= self.since
            and self.profile in {None, entry.profile}
        )


ALL: Final = Filter()


def history_entry(target: Target, job: Job, now: float, *, canceled: bool = False) -> HistoryEntry:
    """Return what is worth keeping of an answer."""
    return HistoryEntry(
        id=target.id,
        base=str(target.base),
        course=target.course,
        profile=target.profile,
        tag=_storable(job.tag),
        context=_storable(job.context),
        outcome=job.outcome,
        created=job.created_at.timestamp() if job.created_at else None,
        updated=job.updated_at.timestamp() if job.updated_at else None,
        seen=now,
        canceled_by_us=canceled,
        collection=target.collection,
    )


def _storable(text: str | None) -> str | None:
    """Return foreign text without lone surrogates, which JSON may hold and no file can."""
    return None if text is None else text.encode("utf-8", "replace").decode()
