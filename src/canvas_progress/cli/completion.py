"""What Tab offers beyond commands and options: profiles, and the jobs that this machine has seen.

The scripts in `completions/` know all the rest, and run the program for these alone. A Tab must be quick and silent:
whatever is wrong with a file here, there is nothing to offer.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.cli.context import Context, GlobalOptions, terminal
from canvas_progress.composition.session import environment, profile_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.base_url import BaseUrl

_MOST: Final = 50
# What means itself to each shell. Bash and PowerShell insert what is offered as it is, and Enter would run the rest: a
# server, or whoever has edited a file by hand, may have put anything into it.
_PLAIN: Final = r"[A-Za-z0-9][A-Za-z0-9._~:/%+-]*"


def answer(wanted: str, incomplete: str) -> bool:
    """Print what a script wants, each with its description after a tab; return False if it is none of ours.

    What `-p` names on the line it hands over in the variable for a profile.
    """
    if wanted == "jobs":
        lines = ["\t".join(pair) for pair in jobs_of(None, incomplete)]
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
    offered = [*names, ("sandbox", "a simulated Canvas")]
    return [pair for pair in offered if pair[0].startswith(incomplete) and re.fullmatch(_PLAIN, pair[0])]


def jobs(ctx: Any, incomplete: str) -> list[tuple[str, str]]:  # noqa: ANN401  # Typer's, which is not loaded here
    """Return the same as `jobs_of`, for the scripts that Typer wrote for older versions."""
    named = None
    while ctx is not None and named is None:
        named, ctx = ctx.params.get("profile"), ctx.parent
    return jobs_of(named, incomplete)


def jobs_of(profile: str | None, incomplete: str) -> list[tuple[str, str]]:
    """Return what names recent jobs and begins so, those that are pending first, each with tag, state and age.

    `profile` is what `-p` names on the line: an id is one of its Canvas.
    """
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
    before, home, fitting = before_colon(environment()), _home(profile), []
    with suppress(CanvasProgressError):
        named = ((name, job) for job in seen if re.fullmatch(_PLAIN, name := job.name(home)))
        fitting = list(islice((each for each in named if each[0].startswith(before + incomplete)), _MOST))
    return [
        (name.removeprefix(before), f"{visible(job.tag or 'job')}, {job.outcome}, {in_words(now - job.seen)} ago")
        for name, job in fitting
    ]


def _home(profile: str | None) -> BaseUrl | None:
    """Return the Canvas that an id goes to. Of the sandbox no job is remembered, and none is started for a Tab."""
    from canvas_progress.core.credentials import SANDBOX
    from canvas_progress.core.profile_choice import PROFILE_VARIABLE

    if (profile or environment().get(PROFILE_VARIABLE)) == SANDBOX:
        return None
    return Context(GlobalOptions(profile)).home()


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
