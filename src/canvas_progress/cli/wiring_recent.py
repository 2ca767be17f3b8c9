"""The part of the composition root that knows of the jobs that this machine has seen."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final

from canvas_progress.cli import wiring
from canvas_progress.core.errors import CanvasProgressError

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Jobs
    from canvas_progress.core.credentials import Access
    from canvas_progress.core.prior import Priors
    from canvas_progress.core.refs import JobRef
    from canvas_progress.core.remembered import Remembered
    from canvas_progress.storage.recent import Recent
    from canvas_progress.terminal.terminal import Terminal

OFF: Final = "CANVAS_PROGRESS_NO_HISTORY"


def recent(on: Terminal) -> Recent:
    """Return the remembered jobs."""
    from canvas_progress.storage.locations import recent_file
    from canvas_progress.storage.recent import Recent

    return Recent(recent_file(), lambda problem: on.note(f"warning: {problem}"))


def remembering(jobs: Jobs, accesses: tuple[Access, ...], on: Terminal) -> Jobs:
    """Return the jobs such that they are remembered, unless that is turned off. The sandbox's are no real jobs."""
    from canvas_progress.core.credentials import SANDBOX

    if _is_off() or all(access.name == SANDBOX for access in accesses):
        return jobs
    from canvas_progress.actions.remembering import Remembering
    from canvas_progress.clock import SystemClock

    return Remembering(jobs, recent(on), SystemClock())


def priors(on: Terminal) -> Priors:
    """Return how long jobs usually take, as far as this machine has seen; nothing if remembering is turned off."""
    if _is_off():
        return {}
    from canvas_progress.core.prior import learned

    found = ((kind, learned(durations)) for kind, durations in recent(on).durations().items())
    return {kind: prior for kind, prior in found if prior is not None}


@cache
def _is_off() -> bool:
    """Tell whether the environment or the configuration says that no jobs are to be remembered."""
    if wiring.environment().get(OFF, "") not in {"", "0"}:
        return True
    file = wiring.profile_file()
    with suppress(CanvasProgressError):  # what is wrong with the file is told where it matters
        return file.path.exists() and not file.load().history
    return False


def ref_of(job: Remembered) -> JobRef:
    """Name a remembered job, with its Canvas and the profile that it was seen with. Raises UsageError."""
    from canvas_progress.core.base_url import parse_base_url
    from canvas_progress.core.refs import JobRef

    return JobRef(job.id, job.course, parse_base_url(job.base, allow_http=True), job.profile)
