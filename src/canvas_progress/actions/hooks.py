"""What a watch sets off elsewhere: a program for each job that ends, and a notification at the end."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, Self

from canvas_progress.core.decisions import Ending
from canvas_progress.core.events import Event, Finished
from canvas_progress.core.wording import counted, visible
from canvas_progress.terminal.view import StandingView

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from canvas_progress.core.polling import Watch
    from canvas_progress.processes import Programs
    from canvas_progress.terminal.terminal import Terminal

_LONGEST: Final = 60.0  # seconds to wait for a program after the watch has ended
_FOR_THE_DESKTOP: Final = 5.0  # seconds for a notification
_LOOK: Final = 0.2  # seconds between looks whether a program has ended


def _patience(watch: Watch) -> float:
    """Return the seconds to wait for a program: none meanwhile, and at the end no longer than `--timeout`."""
    if watch.ending in {None, Ending.INTERRUPTED, Ending.TERMINATED}:
        return 0.0
    return min(_LONGEST, watch.policy.timeout or _LONGEST)


class Hook(StandingView):
    """Runs the program of `--exec` once for each job that ends. Whatever becomes of it changes nothing else."""

    def __init__(self, words: tuple[str, ...], programs: Programs, terminal: Terminal) -> None:
        self._words = words
        self._programs = programs
        self._terminal = terminal
        self._labels: list[str] = []

    def tell(self, event: Event, at: datetime) -> None:
        """Start the program if this is the end of a job."""
        del at
        if not isinstance(event, Finished):
            return
        job, target = event.job, event.target
        variables = {
            "CANVAS_PROGRESS_ID": str(target.id),
            "CANVAS_PROGRESS_OUTCOME": event.outcome.value,
            "CANVAS_PROGRESS_TAG": (job.tag or "").replace("\0", "") if job else "",
            "CANVAS_PROGRESS_URL": target.url,
        }
        self._labels.append(target.label)
        self._programs.start(self._words, variables, f"{job.verbatim}\n" if job else "")

    def tick(self, watch: Watch, now: float, at: datetime) -> float:
        """Report the programs that have ended; at the end of the watch wait for them, unless it was interrupted."""
        del now, at
        while (ran := self._programs.next_done(_patience(watch))) is not None:
            label = self._labels.pop(0)
            for line in ran.output.splitlines() if ran.code is not None else ():
                self._terminal.note(f"{self._words[0]}: {line}")
            if ran.code is None:
                self._terminal.note(f"warning: `{self._words[0]}` could not be run for {label}: {ran.error}")
            elif ran.code != 0:
                self._terminal.note(f"warning: `{self._words[0]}` failed for {label} with exit code {ran.code}")
        if watch.ending is not None and self._labels:
            left = ", ".join(self._labels)
            self._terminal.note(f"warning: `{self._words[0]}` is still at work for {left}; not waited for")
            self._labels.clear()
        return _LOOK if self._labels else math.inf


class Notification:
    """Rings the bell and notifies the desktop when the watch has ended by itself; shows progress in the taskbar."""

    def __init__(self, terminal: Terminal, programs: Programs) -> None:
        self._terminal = terminal
        self._programs = programs
        self._percent: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._terminal.taskbar(None)

    def tell(self, event: Event, at: datetime) -> None:
        """Have nothing to do for a single event."""

    def tick(self, watch: Watch, now: float, at: datetime) -> float:
        """Show how far all jobs are together, and ring when they have ended."""
        del now, at
        jobs = watch.jobs
        done = sum(100 if job.is_over else (job.job.completion or 0) if job.job else 0 for job in jobs)
        percent = int(done / len(jobs)) if jobs else 100
        if percent != self._percent:
            self._percent = percent
            self._terminal.taskbar(percent)
        if watch.ending not in {None, Ending.INTERRUPTED, Ending.TERMINATED}:
            self._ring(watch)
        return math.inf

    def _ring(self, watch: Watch) -> None:
        outcomes = Counter(job.shown.value for job in watch.jobs)
        text = f"{counted(len(watch.jobs), 'job')}: " + ", ".join(f"{n} {word}" for word, n in outcomes.items())
        self._terminal.bell()
        if words := self._terminal.desktop_notifier():
            self._programs.start((*words, visible(text)), {}, "")
            self._programs.next_done(_FOR_THE_DESKTOP)
