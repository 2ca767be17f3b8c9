"""What Tab offers beyond commands and options: profiles, and the jobs that this machine has seen.

The scripts in `completions/` know all the rest, and run the program for these alone. A Tab must be quick and silent:
whatever is wrong with a file here, there is nothing to offer.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from canvas_progress.cli.context import terminal
from canvas_progress.composition.session import environment, profile_file

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST: Final = 50


def answer(wanted: str, incomplete: str) -> bool:
    """Print what a script wants, each with its description after a tab; return False if it is none of ours."""
    if wanted == "jobs":
        lines = ["\t".join(pair) for pair in jobs(incomplete)]
    elif wanted == "profiles":
        lines = ["\t".join(pair) for pair in profiles(incomplete)]
    else:
        return False
    if lines:
        terminal().data("\n".join(lines))
    return True


def profiles(incomplete: str) -> list[tuple[str, str]]:
    """Return the names of profiles that begin so, each with its Canvas."""
    from canvas_progress.core.errors import CanvasProgressError

    names = []
    with suppress(CanvasProgressError):
        names = [(profile.name, str(profile.base)) for profile in profile_file().load().all]
    return [pair for pair in [*names, ("sandbox", "a simulated Canvas")] if pair[0].startswith(incomplete)]


def jobs(incomplete: str) -> list[tuple[str, str]]:
    """Return what names recent jobs and begins so, those that are pending first, each with tag, state and age."""
    from canvas_progress.clock import SystemClock
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.wording import in_words, visible
    from canvas_progress.storage.history import History
    from canvas_progress.storage.locations import recent_file

    path = recent_file()
    if not path.exists():
        return []
    now = SystemClock().now().timestamp()
    seen = sorted(History(path, lambda _: None).listing(), key=lambda job: not job.is_pending)  # else the newest first
    named = []
    with suppress(CanvasProgressError):  # the short name is that of another job where the account is another one
        named = [(job.label if job.kind.is_usual(job.collection) else job.url, job) for job in seen]
    before = before_colon(environment())
    fitting = [(name.removeprefix(before), job) for name, job in named if name.startswith(before + incomplete)]
    return [
        (name, f"{visible(job.tag or 'job')}, {job.outcome}, {in_words(now - job.seen)} ago")
        for name, job in fitting[:_MOST]
    ]


def before_colon(environment: Mapping[str, str]) -> str:
    """Return what bash has cut off the word to complete: to it a colon is a word of its own, and ends the one before.

    What is offered takes the place of what follows the last colon.
    """
    words, number = environment.get("COMP_WORDS", "").split(), environment.get("COMP_CWORD", "")
    left = words[: int(number)] if number.isdecimal() and int(number) < len(words) else []
    before = ""
    while len(left) > 1 and left[-1] == ":":
        before = f"{left[-2]}:{before}"
        left = left[:-2]
    return before
