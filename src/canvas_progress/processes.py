"""Other programs: the hook of `--exec`, and password managers. No shell is ever involved, and none outlives us."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import field
from functools import partial
from threading import Event, Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from canvas_progress.background import Background, with_signals
from canvas_progress.core.record import record
from canvas_progress.pipes import exchange

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping

    from canvas_progress.clock import Clock

_GRACE: Final = 1.0  # seconds between the polite and the firm request to end
_LOOK: Final = 0.05  # seconds between two looks whether a group has ended
_LONGEST: Final = 600.0  # seconds for one program of `--exec`
_NOT_WAITED_FOR: Final = 3600.0  # seconds; the program itself is ended long before
_MOST_OF_AN_ERROR: Final = 10  # lines
_HAS_GROUPS: Final = hasattr(os, "killpg")  # Windows has none: there, what a program has started is left alone
_ALL: Final[WeakSet[Started]] = WeakSet()  # of this process, whoever has them
_LISTING: Final = Lock()  # held while `_ALL` is written or read


class Started:
    """The programs that somebody has started and that run still. Once they were ended none is started any more.

    `tidy` is called then: some may have had no time to do so.
    """

    def __init__(self, tidy: Callable[[], None] = lambda: None) -> None:
        self._tidy = tidy
        self._programs: set[subprocess.Popen[bytes]] = set()
        self._is_over = False
        self._starting = Lock()  # while it is held a program may be there that nobody knows yet
        with _LISTING:
            _ALL.add(self)

    def start(self, begin: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        """Start a program; an OSError if it cannot be, or not any more."""
        with self._starting:
            if self._is_over:
                raise InterruptedError(errno.EINTR, "what needed it was over")
            with with_signals():  # else it would be deaf to our request to end, and to Ctrl-C
                program = begin()
            self._programs.add(program)
            return program

    def forget(self, program: subprocess.Popen[bytes]) -> None:
        """Count a program no more: it has ended."""
        self._programs.discard(program)

    def end(self) -> None:
        """End every program, also one that is just being started, and wait as long as it takes to do so firmly."""
        has_lock = self._starting.acquire(timeout=_GRACE)  # one whose file does not come is not waited for
        self._is_over = True
        if has_lock:
            self._starting.release()
        for program in tuple(self._programs):
            _end(program)
        self._tidy()


@record
class Ran:
    """What became of a program: the beginning of its output, what went wrong, and its exit code.

    The code is None if it could not be started, took too long or was terminated; `error` says so then, else it has the
    last lines of its standard error. `last_lines` are those of its output, after `lines_before` others.
    """

    output: str = field(repr=False)
    error: str
    code: int | None
    last_lines: tuple[str, ...] = field(default=(), repr=False)
    lines_before: int = 0


def run(  # noqa: PLR0913  # what there is to say of a program
    words: tuple[str, ...],
    seconds: float,
    environment: Mapping[str, str],
    *,
    text: str | None = None,
    prompts: bool = False,
    started: Started | None = None,
) -> Ran:
    """Run a program to its end; what takes longer than so many seconds is terminated.

    With a `text` as its input, what it writes on either stream is one text, in the order it was written. Without one it
    has no input but that of a terminal it may open itself. One that `prompts` for a password there has to be in our own
    process group. Any other gets one of its own, so that whatever it has started can be ended with it. What that leaves
    behind at its own end is not waited for. While it runs it is in `started`.
    """
    import subprocess

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # the user's own command, and no shell
            words,
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if text is None else subprocess.STDOUT,
            env={**environment},
            process_group=0 if _HAS_GROUPS and not prompts else None,
        )

    started = Started() if started is None else started
    try:
        process = started.start(begin)
    except (OSError, ValueError) as error:
        return Ran("", getattr(error, "strerror", None) or str(error), None)
    try:
        output, errors, has_ended = exchange(process, (text or "").encode(), seconds)
        if not has_ended:
            _end(process)
    finally:
        started.forget(process)
        _close_pipes(process)
    problem = (
        "\n".join(errors.last_lines[-_MOST_OF_AN_ERROR:])
        if has_ended
        else f"it took more than {seconds:.3g} s, and was terminated"
    )
    code = process.returncode if has_ended else None
    return Ran(output.beginning, problem, code, output.last_lines, output.lines_before)


def end_all() -> None:
    """End every program of this process that still runs. Those that have started some cannot start any more."""
    with _LISTING:
        everybody = tuple(_ALL)
    for started in everybody:
        started.end()


class Programs:
    """Runs programs one after the other in the background, each in a process group of its own.

    `environment` is called when one is started; what it returns has no token in it.
    """

    def __init__(self, environment: Callable[[], Mapping[str, str]], clock: Clock) -> None:
        self._environment = environment
        self._todo: deque[Callable[[], Ran]] = deque()
        self._started = Started()
        self._background: Background[None] = Background(clock)

    @property
    def is_busy(self) -> bool:
        """Whether a program is running, or waits for its turn."""
        return bool(self._todo) or self._background.is_busy

    def start(self, words: tuple[str, ...], variables: Mapping[str, str], text: str) -> None:
        """Run a program as soon as those before it have ended, with these variables and this text as its input."""
        self._todo.append(
            lambda: run(words, _LONGEST, {**self._environment(), **variables}, text=text, started=self._started)
        )
        self._go_on()

    def next_done(self, seconds: float = 0.0) -> Ran | None:
        """Return a program that has ended, or ends within so many seconds; None if there is none."""
        if not self._background.is_busy or (done := self._background.wait(seconds)) is None:
            return None
        self._go_on()
        return done.result if isinstance(done.result, Ran) else Ran("", "it did not end", None)

    def end(self) -> Ran | None:
        """Terminate the program that is running, forget those that wait, and return what became of it."""
        self._todo.clear()
        self._started.end()
        return self.next_done(_GRACE)

    def _go_on(self) -> None:
        if self._todo and not self._background.is_busy:
            self._background.start(None, self._todo.popleft(), limit=_NOT_WAITED_FOR)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program politely, then firmly; with all that it has started where it leads a group of its own."""
    import subprocess

    leads = _HAS_GROUPS and _leads_group(process)
    send = partial(os.killpg, process.pid) if leads else process.send_signal
    ends = time.monotonic() + _GRACE
    with suppress(OSError):
        send(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    with suppress(OSError):  # nobody is left to get a signal
        while leads and time.monotonic() < ends:
            send(0)
            Event().wait(_LOOK)  # for those that it has started, and has not waited for
        send(getattr(signal, "SIGKILL", signal.SIGTERM))
    with suppress(subprocess.TimeoutExpired):  # gone, and no zombie
        process.wait(_GRACE)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    """Close what is left open. On Windows threads read the pipes, which close them, and keep others from doing so."""
    if sys.platform != "win32":
        for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
            pipe.close()


def _leads_group(process: subprocess.Popen[bytes]) -> bool:
    try:
        return os.getpgid(process.pid) == process.pid
    except OSError:
        return False
