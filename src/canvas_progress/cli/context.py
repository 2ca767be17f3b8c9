"""What one command line is run with: its global options, the streams, and the signals of the process."""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from canvas_progress.clock import SystemClock
from canvas_progress.composition.session import Session, environment
from canvas_progress.core.errors import CanvasProgressError, UsageError
from canvas_progress.core.record import record
from canvas_progress.interrupts import Interrupts
from canvas_progress.terminal.terminal import Color, Format, Terminal

if TYPE_CHECKING:
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.profile_choice import Choice
    from canvas_progress.core.refs import JobRef


@record
class GlobalOptions:
    """The options that every command has."""

    profile: str | None = None
    verbose: bool = False
    color: Color = Color.AUTO


@record(frozen=False)
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


def end() -> None:
    """End with a command: nothing of it is overdue any more."""
    _process.interrupts.bound(math.inf)


def terminal(color: Color = Color.AUTO) -> Terminal:
    """Return the terminal of this process."""
    return Terminal(sys.stdin, sys.stdout, sys.stderr, environment(), color, _process.hidden)


def checked_profile(name: str | None) -> str | None:
    """Return what `-p` names, if anything. Raises UsageError for an empty name."""
    if name == "":
        hint = "is a variable unset? Leave `-p` out for the default profile"
        raise UsageError("`-p` has an empty name", hint=hint)
    return name


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


class Context(Session):
    """One command line. `timeout` is in seconds from its beginning, and bounds all that it does."""

    def __init__(self, options: GlobalOptions, *, timeout: float | None = None) -> None:
        self.options = options
        self.terminal = terminal(options.color)
        until = math.inf if timeout is None else _process.began + timeout
        super().__init__(self.terminal, _process.interrupts, profile=options.profile, until=until)
        self.verbose = options.verbose
        _process.interrupts.bound(self.until)

    def output_format(self, wanted: Format | None, *, json: bool) -> Format:
        """Return the format of the options; by default, tables for people and plain lines for programs."""
        if json:
            return Format.JSON
        return wanted or (Format.TABLE if self.terminal.stdout_is_tty else Format.PLAIN)

    def choice(self, ref: JobRef | None = None, *, writes: bool = False) -> Choice:
        """Choose the profile for a command, or for the job that it names. `writes` is for `cancel`."""
        checked_profile(self.profile)
        return super().choice(ref, writes=writes)

    def seconds_passed(self) -> float:
        """Return how many seconds ago the command began."""
        return SystemClock().monotonic() - _process.began

    def home(self) -> BaseUrl | None:
        """Return the Canvas that a command without a profile would use, if there is one."""
        with suppress(CanvasProgressError):
            return self.choice().profile.base
        return None
