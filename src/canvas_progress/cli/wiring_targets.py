"""The part of the composition root that finds for each job its Canvas, its profile and its token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.cli import wiring
from canvas_progress.cli.wiring_programs import programs
from canvas_progress.cli.wiring_recent import ref_of, remembering
from canvas_progress.core.errors import GuardError, UsageError

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.actions.recent import Connect
    from canvas_progress.cli.wiring import Common
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import Access
    from canvas_progress.core.refs import JobRef, Target
    from canvas_progress.terminal.terminal import Terminal

    Ways = dict[tuple[BaseUrl | None, str | None], Access]  # by the Canvas that was named, and the profile seen with


def connect(
    texts: list[str], common: Common, on: Terminal, *, course: str | None = None, writes: bool = False
) -> tuple[tuple[Target, ...], Adapters]:
    """Turn REFs into targets, each with the Canvas and the token that are right for it. `writes` is for `cancel`."""
    from canvas_progress.core.refs import parse_id

    lti = None if course is None else parse_id(course, what="a course for `--course`")
    named = dict.fromkeys(texts)  # `-` twice is standard input once
    return connect_refs(tuple(ref for text in named for ref in _refs_in(text, lti, on)), common, on, writes=writes)


def connect_refs(
    refs: tuple[JobRef, ...], common: Common, on: Terminal, *, writes: bool = False
) -> tuple[tuple[Target, ...], Adapters]:
    """Turn refs that have been read into targets, as `connect` does."""
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.canvas.clients import Clients
    from canvas_progress.clock import SystemClock
    from canvas_progress.core.refs import targets_of

    ways: Ways = {}
    refs = tuple(found for ref in refs for found in _followed(ref, ways, common, on))
    accesses = tuple(_access_for(ref, ways, common, on) for ref in refs)
    for ref, access in zip(refs, accesses, strict=True):
        _check_lti(ref, access, writes=writes)
    targets = targets_of(refs, tuple((access.base, access.name) for access in accesses))
    used = tuple({(access.base, access.name): access for access in ways.values()}.values())
    jobs = remembering(Clients(used, wiring.wire(common, on)), used, on)
    return targets, Adapters(jobs, on, SystemClock(), programs(used))


def _access_for(ref: JobRef, ways: Ways, common: Common, on: Terminal) -> Access:
    """Return the way to a Canvas, found once: a token may cost a question or a program."""
    key = (ref.base, ref.profile)
    if key not in ways:
        ways[key] = wiring.access_to(wiring.choice(common, base=ref.base, seen_with=ref.profile), common, on)
    return ways[key]


def _followed(ref: JobRef, ways: Ways, common: Common, on: Terminal) -> tuple[JobRef, ...]:
    """Return the job of something that has one, as Canvas tells it; every other ref as it is."""
    if ref.through is None:
        return (ref,)
    from dataclasses import replace

    from canvas_progress.core.job_finder import jobs_in

    access = _access_for(ref, ways, common, on)
    text = wiring.canvas(access, common, on).answer_at(ref.through)
    try:
        found = jobs_in(text)
    except UsageError:
        hint = "Canvas makes it when the work is queued: try again later"
        raise UsageError(f"`{ref.text}` has no job yet", hint=hint) from None
    # Behind a proxy Canvas may not know the prefix of its own path. What it says of its host, it says of itself.
    bare = replace(access.base, prefix="")
    return tuple(replace(job, base=access.base) if job.base == bare else job for job in found)


def _check_lti(ref: JobRef, access: Access, *, writes: bool) -> None:
    """Refuse what an LTI tool cannot do before Canvas does, with less to go by."""
    if access.renewed is None:
        return
    if writes:
        raise GuardError(
            f"profile `{access.name}` is an LTI tool, and Canvas has no endpoint to cancel through LTI",
            hint="use a profile with the token of the user who started the job",
        )
    if ref.course is None:
        raise UsageError(
            f"profile `{access.name}` is an LTI tool, which sees jobs only in a course", hint="add `--course ID`"
        )


def _refs_in(text: str, course: int | None, on: Terminal) -> tuple[JobRef, ...]:
    """Read one argument; `-` stands for all that standard input names."""
    from canvas_progress.core.refs import parse_ref

    if text != "-":
        return (parse_ref(text, course=course),)
    from canvas_progress.core.job_finder import jobs_in

    return jobs_in(on.all_input(), course=course)


def connector(common: Common, on: Terminal) -> Connect:
    """Return what finds the way to remembered jobs."""
    return lambda jobs: connect_refs(tuple(ref_of(job) for job in jobs), common, on)
