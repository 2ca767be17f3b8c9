"""What Canvas answers about a thing that has a job of its own: which job that is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canvas_progress.core.errors import NoJobYetError, NoSuchJobError, RefusedError, UnreadableJobError, UsageError
from canvas_progress.core.job_finder import linked_job
from canvas_progress.core.json_values import object_in
from canvas_progress.core.profile_choice import may_be
from canvas_progress.core.refs import kind_at

if TYPE_CHECKING:
    from canvas_progress.core.refs import JobRef, Target


def job_behind(link: Target, text: str) -> Target:
    """Return the job that the thing at a link has, as the JSON text of its answer says.

    Raises UnreadableJobError, NoJobYetError, NoSuchJobError, and RefusedError for a job of another Canvas.
    """
    try:
        found = linked_job(text, link.link)
    except (UnreadableJobError, UsageError) as error:  # a URL in it is none of a job
        message = f"{link.base.netloc} made no sense about `{link.label}`: {error.message}"
        raise UnreadableJobError(message) from None
    if not found and object_in(text).get("workflow_state") == "failed":
        raise NoSuchJobError(f"`{link.label}` failed before it had a job")
    if not found:
        hint = "Canvas makes it when the work is queued: try again later"
        raise NoJobYetError(f"`{link.label}` has no job yet", hint=hint)
    return _of_that_canvas(link, found[0])


def led_to(link: Target, id_: int, course: int | None = None) -> Target:
    """Return the job of this id that a link leads to."""
    label = kind_at(link.collection).label(link.collection, id_)
    return replace(link, label=label, id=id_, course=course, link="", since=None)


def _of_that_canvas(link: Target, job: JobRef) -> Target:
    if job.base is not None and not may_be(job.base, link.base):
        message = f"{link.base} answered with a job of another Canvas, {job.base}"
        raise RefusedError(message, hint="if that is right, name the job itself")
    return led_to(link, job.id, job.course)
