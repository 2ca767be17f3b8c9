"""Other programs: the hook of `--exec`, desktop notifications, password managers. No shell is ever involved."""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a program: what it wrote, and its exit code.

    The code is None if it could not be started or took too long; `error` says so then.
    """

    output: str = field(repr=False)
    error: str
    code: int | None


def run(words: tuple[str, ...], seconds: float, environment: Mapping[str, str]) -> Ran:
    """Run a program to its end, with no input but that of a terminal it may open itself."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  # the user's own command, and no shell
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, env={**environment}, check=False
        )
    except subprocess.TimeoutExpired:
        return Ran("", f"it took more than {seconds:g} s", None)
    except (OSError, ValueError) as error:
        return Ran("", getattr(error, "strerror", None) or str(error), None)
    return Ran(_text(done.stdout), _text(done.stderr), done.returncode)


@dataclass(slots=True)
class Programs:
    """Runs programs one after the other in the background.

    `environment` is asked for when one is started, and has no token in it.
    """

    environment: Callable[[], Mapping[str, str]] = field(repr=False)
    _todo: SimpleQueue[tuple[tuple[str, ...], Mapping[str, str], str]] = field(default_factory=SimpleQueue)
    _done: SimpleQueue[Ran] = field(default_factory=SimpleQueue)
    _under_way: int = 0
    _started: bool = False

    def start(self, words: tuple[str, ...], variables: Mapping[str, str], text: str) -> None:
        """Run a program as soon as those before it have ended, with these variables and this text as its input."""
        self._todo.put((words, variables, text))
        self._under_way += 1
        if not self._started:
            self._started = True
            Thread(target=self._work, name="programs", daemon=True).start()

    def next_done(self, seconds: float) -> Ran | None:
        """Return a program that has ended, or ends within so many seconds; None if there is none."""
        if self._under_way == 0:
            return None
        try:
            ran = self._done.get(timeout=seconds) if seconds > 0 else self._done.get_nowait()
        except Empty:
            return None
        self._under_way -= 1
        return ran

    def _work(self) -> None:
        while True:
            self._done.put(self._run(*self._todo.get()))

    def _run(self, words: tuple[str, ...], variables: Mapping[str, str], text: str) -> Ran:
        """Run one program; what it writes on either stream is one text, in the order it was written."""
        import subprocess

        try:
            done = subprocess.run(  # noqa: S603  # the user's own command, and no shell
                words,
                input=text.encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**self.environment(), **variables},
                check=False,
            )
        except (OSError, ValueError) as error:
            return Ran("", getattr(error, "strerror", None) or str(error), None)
        return Ran(_text(done.stdout), "", done.returncode)


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")
