"""What Tab offers beyond commands and options: profiles, and the jobs that this machine has seen.

The scripts in `completions/` know all the rest, and run the program for these alone. A Tab must be quick and silent:
whatever is wrong with a file here, there is nothing to offer.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.cli.context import Context, GlobalOptions, terminal
from canvas_progress.composition.session import environment, profile_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST: Final = 50
_NAMED: Final = "_CANVAS_PROGRESS_PROFILE"  # what `-p` names on the line, for the program alone
# What means itself to each shell. Bash and PowerShell insert what is offered as it is, and Enter would run the rest: a
# server, or whoever has edited a file by hand, may have put anything into it.
_PLAIN: Final = r"[A-Za-z0-9][A-Za-z0-9._~:/%+-]*"


def answer(wanted: str, incomplete: str) -> bool:
    """Print what a script wants, each with its description after a tab; return False if it is none of ours."""
    named = environment().get(_NAMED) or None
    if wanted == "jobs":
        found = jobs_of(named, incomplete)
        found += beginnings(incomplete, found)
    elif wanted == "profiles":
        found = profiles(incomplete)
    elif wanted == "stored":
        found = stored_profiles(incomplete)
    else:
        return False
    if found:
        terminal().data("\n".join("\t".join(pair) for pair in found))
    return True


def profiles(incomplete: str) -> list[tuple[str, str]]:
    """Return the names of profiles that begin so, each with its Canvas."""
    sandbox = ("sandbox", "a simulated Canvas")
    return [*stored_profiles(incomplete), *([sandbox] if sandbox[0].startswith(incomplete) else [])]


def stored_profiles(incomplete: str) -> list[tuple[str, str]]:
    """Return the same without the sandbox, which is stored nowhere: it can be neither chosen for good nor removed."""
    from canvas_progress.core.errors import CanvasProgressError

    names = []
    with suppress(CanvasProgressError):
        names = [(profile.name, str(profile.base)) for profile in profile_file().load().all]
    return [pair for pair in names if pair[0].startswith(incomplete) and re.fullmatch(_PLAIN, pair[0])]


def jobs(ctx: Any, incomplete: str) -> list[tuple[str, str]]:  # noqa: ANN401  # Typer's, which is not loaded here
    """Return the same as `jobs_of`, for the scripts that Typer wrote for older versions."""
    named = None
    while ctx is not None and named is None:
        named, ctx = ctx.params.get("profile"), ctx.parent
    return jobs_of(named, incomplete)


def jobs_of(profile: str | None, incomplete: str) -> list[tuple[str, str]]:
    """Return what names recent jobs and begins so, those that are pending first, each with tag, state and age.

    `profile` is what `-p` names on the line: an id is one of its Canvas. What a command would refuse is not among them.
    """
    from canvas_progress.clock import SystemClock
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.wording import in_words, visible
    from canvas_progress.storage.history import History
    from canvas_progress.storage.locations import recent_file

    path = recent_file()
    if not path.exists() or _is_sandbox(profile):
        return []
    now = SystemClock().now().timestamp()
    seen = sorted(History(path, lambda _: None).listing(), key=lambda job: not job.is_pending)  # else the newest first
    here = Context(GlobalOptions(profile))
    before, home, is_accepted, fitting = before_colon(environment()), here.home(), _accepts(here), []
    with suppress(CanvasProgressError):
        named = ((name, job) for job in seen if re.fullmatch(_PLAIN, name := job.name(home)) and is_accepted(job.base))
        fitting = list(islice((each for each in named if each[0].startswith(before + incomplete)), _MOST))
    return [
        (name.removeprefix(before), f"{visible(job.tag or 'job')}, {job.outcome}, {in_words(now - job.seen)} ago")
        for name, job in fitting
    ]


def beginnings(incomplete: str, jobs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return how the REFs of other kinds of jobs begin, those that begin so: where none of these `jobs` is such a one.

    Before anything is typed these are only in the way, unless there is nothing else.
    """
    if jobs and not incomplete:
        return []
    from canvas_progress.core.kinds.registry import KINDS

    named = [(f"{kind.name}:", f"{kind.article} {kind.noun}: {kind.example}") for kind in KINDS if kind.collection]
    return [
        (begins, about)
        for begins, about in named
        if begins.startswith(incomplete) and begins != incomplete and not any(job.startswith(begins) for job, _ in jobs)
    ]


def _is_sandbox(profile: str | None) -> bool:
    """Whether a command would be about the sandbox: of that no job is remembered, and none is started for a Tab."""
    from canvas_progress.core.credentials import SANDBOX
    from canvas_progress.core.profile_choice import PROFILE_VARIABLE

    return (profile or environment().get(PROFILE_VARIABLE)) == SANDBOX


def _accepts(here: Context) -> Callable[[str], bool]:
    """Return what says whether a command would accept a job of a Canvas: whether there is a token for it."""
    from canvas_progress.core.base_url import parse_base_url
    from canvas_progress.core.errors import CanvasProgressError
    from canvas_progress.core.refs import JobRef

    @cache
    def is_accepted(base: str) -> bool:
        try:
            here.choice(JobRef(1, base=parse_base_url(base, allow_http=True)))
        except CanvasProgressError:
            return False
        return True

    return is_accepted


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
