"""What one command, or one call from Python, is run with: the profiles, the time limit and the signals."""

from __future__ import annotations

import math
import os
from functools import cache, cached_property
from typing import TYPE_CHECKING

from canvas_progress.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.actions.driver import Driver, Signals
    from canvas_progress.actions.notes import Notes
    from canvas_progress.core.credentials import Profile, Profiles
    from canvas_progress.core.profile_choice import Choice
    from canvas_progress.core.refs import JobRef
    from canvas_progress.processes import Started
    from canvas_progress.storage.profiles import ProfileFile
    from canvas_progress.terminal.echo import Modes


def environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ


def profile_file() -> ProfileFile:
    """Return the file of profiles."""
    from canvas_progress.storage.locations import config_file
    from canvas_progress.storage.profiles import ProfileFile

    return ProfileFile(config_file(environment()))


class Session:
    """One command, or one call. At `until` of the clock all that it does is over.

    `profile` is the name of the one to use, if that was said; `given` is a Canvas with its token that the caller brings
    along: no other is looked for then. What it has `started` is to be ended with it.
    """

    def __init__(
        self,
        notes: Notes,
        interrupts: Signals,
        *,
        profile: str | None = None,
        given: Profile | None = None,
        until: float = math.inf,
    ) -> None:
        self.notes = notes
        self.profile = profile
        self.until = until
        self.verbose = False
        self._interrupts = interrupts
        self._given = given
        self._stored = cache(self._load)  # one read: all choices of a command are made from the same

    @cached_property
    def tty_modes(self) -> Modes:
        """The modes of the terminal, for when a program of this session dies at its prompt."""
        from canvas_progress.terminal.echo import Modes

        return Modes()

    @cached_property
    def started(self) -> Started:
        """The programs of this session."""
        from canvas_progress.processes import Started

        return Started(tidy=self.tty_modes.restore)

    @property
    def driver(self) -> Driver:
        """What the requests of this session have in common."""
        from canvas_progress.actions.driver import Driver

        return Driver(SystemClock(), self._interrupts, self.until)

    def seconds_left(self) -> float:
        """Return how many seconds this session may still take."""
        return self.until - SystemClock().monotonic()

    def choice(self, ref: JobRef | None = None, *, writes: bool = False) -> Choice:
        """Choose the profile, or that for the job that is named. `writes` is for a cancellation."""
        from canvas_progress.core.profile_choice import as_reached, choose, choose_for_base, choose_given

        if self._given is not None:
            return choose_given(self._given, ref, exact=writes)
        if ref is None or ref.base is None:
            return choose(self.profile, environment(), self._stored)
        base = ref.base
        if ref.is_written:
            base = as_reached(base, self.profile, environment(), self._stored, exact=writes)
        return choose_for_base(base, self.profile, environment(), self._stored, seen_with=ref.profile)

    def _load(self) -> Profiles:
        """Load the stored profiles; the sandbox is one too, and needs no file."""
        from canvas_progress.core.credentials import SANDBOX, Profiles
        from canvas_progress.core.profile_choice import PROFILE_VARIABLE

        if (self.profile or environment().get(PROFILE_VARIABLE)) == SANDBOX:
            from canvas_progress.composition.sandbox_server import sandbox_profile

            return Profiles((sandbox_profile(),), SANDBOX)
        return profile_file().load()
