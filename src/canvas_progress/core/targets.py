"""The jobs of one command, each once: those that were named, and those that links lead to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from canvas_progress.core.answers import About
from canvas_progress.core.record import record
from canvas_progress.core.refs import LATEST, Target, kind_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.refs import JobRef

_Identity: TypeAlias = "tuple[int, BaseUrl, int | None, str, str]"


@record
class Found:
    """The job that a link has led to, and what came with that answer."""

    target: Target
    about: About = About()


def targets_of(refs: tuple[JobRef, ...], places: tuple[tuple[BaseUrl, str], ...]) -> tuple[Target, ...]:
    """Join each ref with the Canvas and the profile chosen for it, once for each job, in the order given."""
    targets: dict[_Identity, Target] = {}
    for ref, place in zip(refs, places, strict=True):
        target = _target_of(ref, *place)
        known = targets.setdefault(_identity(target), target)
        targets[_identity(target)] = _with_owner(known, target)
    often = Counter(target.label for target in targets.values())
    return tuple(
        target if often[target.label] == 1 else replace(target, label=target.url) for target in targets.values()
    )


def target_of_each(
    refs: tuple[JobRef, ...], places: tuple[tuple[BaseUrl, str], ...], targets: tuple[Target, ...]
) -> tuple[Target, ...]:
    """Return for each ref the one of the targets that it names: the same for a job that is named twice."""
    known = {_identity(target): target for target in targets}
    return tuple(known[_identity(_target_of(ref, *place))] for ref, place in zip(refs, places, strict=True))


class Links:
    """Which job each link of a command has led to. A job that is named twice is one."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._jobs = {_identity(target): target for target in targets}
        self._led: dict[Target, Target] = {}

    def known(self, job: Target) -> Target | None:
        """Return the job as it is called here, None for one that nobody has named so far."""
        return self._jobs.get(_identity(job))

    def lead(self, link: Target, job: Target) -> Target:
        """Take in which job a link leads to, and return it as it is called from now on."""
        known = self.known(job)
        if known is None:
            elsewhere = any(job.base != other.base for other in self._jobs.values())  # with the same id perhaps, later
            taken = elsewhere or any(job.label == other.label for other in self._jobs.values())
            named = replace(job, label=job.url) if taken else job
        else:
            named = self._led[known] = _with_owner(known, job)
        self._jobs[_identity(job)] = self._led[link] = named
        return named

    def lead_apart(self, link: Target, job: Target) -> Target:
        """Take in which job a link leads to, but keep it apart from the same one that was named otherwise."""
        named = self._led[link] = replace(job, label=link.label)
        return named

    def job_of(self, target: Target) -> Target:
        """Return the job that a link has led to, and every other target as it is now."""
        return self._led.get(target, target)


def _target_of(ref: JobRef, base: BaseUrl, profile: str) -> Target:
    is_named, text = ref.base is not None, ref.text
    link = "" if ref.id else ref.parent_path or f"{ref.collection}/{LATEST}"
    label = text if link else kind_at(ref.collection).label(ref.collection, ref.id)
    return Target(label, ref.id, base, ref.course, profile, is_named, ref.collection, ref.parent_path, link)


def _with_owner(known: Target, same: Target) -> Target:
    """Return the job with the thing that it belongs to, which is to be read as well, if either of the two names it."""
    return replace(known, parent_path=known.parent_path or same.parent_path)


def _identity(target: Target) -> _Identity:
    return target.id, target.base, target.course, target.collection, target.link
