"""What one command line is run with: its global options, the streams, the environment, the clock and the profiles.

Together with `connections` this is the composition root: the only place where adapters are made, and where the
environment and `sys` are read.
"""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from canvas_progress.clock import SystemClock
from canvas_progress.core.errors import CanvasProgressError, UsageError
from canvas_progress.interrupts import Interrupts
from canvas_progress.terminal.terminal import Color, Format, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.actions.requests import Driver
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.choice import Choice
    from canvas_progress.core.credentials import Profiles
    from canvas_progress.core.refs import JobRef
    from canvas_progress.storage.profiles import ProfileFile


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """The options that every command has."""

    profile: str | None = None
    verbose: bool = False
    color: Color = Color.AUTO


@dataclass(slots=True)
class _Process:
    """What there is once in a process: its signals, the secrets that no terminal may show, when it began, its file."""

    interrupts: Interrupts
    hidden: set[bytes]
    began: float
    called: str = ""


_process = _Process(Interrupts(SystemClock().monotonic), set(), SystemClock().monotonic())


def begin(called: str) -> None:
    """Begin with a command: listen to signals, and let its time limit run from now on."""
    _process.called = called
    _process.interrupts.listen()
    _process.began = SystemClock().monotonic()


def environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ


def terminal(color: Color = Color.AUTO) -> Terminal:
    """Return the terminal of this process."""
    return Terminal(sys.stdin, sys.stdout, sys.stderr, environment(), color, _process.hidden)


def profile_file() -> ProfileFile:
    """Return the file of profiles."""
    from canvas_progress.storage.locations import config_file
    from canvas_progress.storage.profiles import ProfileFile

    return ProfileFile(config_file(environment()))


def invoked_as() -> str:
    """Return what calls this program from here: in a fresh clone it is not on the PATH."""
    import shutil

    name, called = "canvas-progress", _process.called
    if shutil.which(name, path=environment().get("PATH")) is not None:
        return name
    return called if os.path.basename(called) == name else f"python -m {__name__.partition('.')[0]}"  # noqa: PTH119


def long_running() -> None:
    """Collect garbage again, in a command that may run for days."""
    import gc

    gc.freeze()
    gc.enable()


class Context:
    """One command line. `timeout` is in seconds from its beginning, and bounds all that it does."""

    def __init__(self, options: GlobalOptions, *, timeout: float | None = None) -> None:
        self.options = options
        self.terminal = terminal(options.color)
        self.until = math.inf if timeout is None else _process.began + timeout
        self._stored = cache(self._load)  # one read: all choices of a command are made from the same
        _process.interrupts.bound(self.until)

    @property
    def driver(self) -> Driver:
        """What the requests of this command have in common."""
        from canvas_progress.actions.requests import Driver

        return Driver(SystemClock(), _process.interrupts, self.until)

    def seconds_left(self) -> float:
        """Return how many seconds this command may still take."""
        return self.until - SystemClock().monotonic()

    def output_format(self, wanted: Format | None, *, json: bool) -> Format:
        """Return the format of the options; by default, tables for people and plain lines for programs."""
        if json:
            return Format.JSON
        return wanted or (Format.TABLE if self.terminal.stdout_is_tty else Format.PLAIN)

    def choice(self, ref: JobRef | None = None, *, writes: bool = False) -> Choice:
        """Choose the profile for a command, or for the job that it names. `writes` is for `cancel`."""
        from canvas_progress.core.choice import as_reached, choose, choose_for_base

        option = self.options.profile
        if option == "":
            hint = "is a variable unset? Leave `-p` out for the default profile"
            raise UsageError("`-p` has an empty name", hint=hint)
        if ref is None or ref.base is None:
            return choose(option, environment(), self._stored)
        base = ref.base
        if ref.is_written:
            base = as_reached(base, option, environment(), self._stored, exact=writes)
        return choose_for_base(base, option, environment(), self._stored, seen_with=ref.profile)

    def home(self) -> BaseUrl | None:
        """Return the Canvas that a command without a profile would use, if there is one."""
        with suppress(CanvasProgressError):
            return self.choice().profile.base
        return None

    def _load(self) -> Profiles:
        """Load the stored profiles; the sandbox is one too, and needs no file."""
        from canvas_progress.core.choice import PROFILE_VARIABLE
        from canvas_progress.core.credentials import SANDBOX, Profiles

        if (self.options.profile or environment().get(PROFILE_VARIABLE)) == SANDBOX:
            from canvas_progress.cli.sandbox_server import sandbox_profile

            return Profiles((sandbox_profile(),), SANDBOX)
        return profile_file().load()
