"""What Tab offers beyond commands and options: profiles, and the jobs that this machine has seen.

A Tab must be quick and silent: whatever is wrong with a file here, there is nothing to offer.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

_MOST: Final = 50


def profiles(incomplete: str) -> list[tuple[str, str]]:
    """Return the names of profiles that begin so, each with its Canvas."""
    from canvas_progress.cli.context import profile_file
    from canvas_progress.core.errors import CanvasProgressError

    names = []
    with suppress(CanvasProgressError):
        names = [(profile.name, str(profile.base)) for profile in profile_file().load().all]
    return [pair for pair in [*names, ("sandbox", "a simulated Canvas")] if pair[0].startswith(incomplete)]


def jobs(incomplete: str) -> list[tuple[str, str]]:
    """Return the ids of recent jobs that begin so, each with tag, state and age."""
    from canvas_progress.clock import SystemClock
    from canvas_progress.core.wording import in_words, visible
    from canvas_progress.storage.history import History
    from canvas_progress.storage.locations import recent_file

    path = recent_file()
    if not path.exists():
        return []
    now = SystemClock().now().timestamp()
    fitting = [job for job in History(path, lambda _: None).listing() if job.label.startswith(incomplete)]
    return [
        (job.label, f"{visible(job.tag or 'job')}, {job.outcome}, {in_words(now - job.seen)} ago")
        for job in fitting[:_MOST]
    ]
