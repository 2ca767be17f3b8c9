"""What a watch sets off elsewhere: a program for each job that ends, and a notification at the end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from canvas_progress.core.decisions import Ending, Stop, Wait
from canvas_progress.core.events import Event, Finished
from canvas_progress.core.wording import without_tokens

if TYPE_CHECKING:
    from datetime import datetime

    from canvas_progress.core.polling import Watch
    from canvas_progress.core.refs import Target
    from canvas_progress.processes import Programs, Ran
    from canvas_progress.terminal.terminal import Terminal

_LOOK: Final = 0.2  # seconds between looks whether a program has ended


class Hook:
    """Runs the program of `--exec` once for each job that ends. Whatever becomes of it changes nothing else."""

    def __init__(self, words: tuple[str, ...], programs: Programs, terminal: Terminal) -> None:
        self._words = words
        self._name = without_tokens(words[0]) if words else ""
        self._programs = programs
        self._terminal = terminal
        self._labels: list[str] = []

    @property
    def is_busy(self) -> bool:
        """Whether a program is running, or waits for its turn."""
        return bool(self._labels)

    def event(self, event: Event, at: datetime) -> None:
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

    def tick(self) -> float:
        """Report the programs that have ended."""
        while self._labels and (ran := self._programs.next_done()) is not None:
            self._report(ran)
        return _LOOK if self._labels else math.inf

    def end(self, why: str) -> None:
        """Let no program outlive the watch: terminate the one that is running, and report those that were not run."""
        if not self._labels:
            return
        label = self._labels.pop(0)
        ran = self._programs.end()
        self._say(ran.output if ran is not None else "")
        self._terminal.note(f"warning: `{self._name}` was terminated for {label}: {why}")
        if self._labels:
            self._terminal.note(f"warning: `{self._name}` was not run for {', '.join(self._labels)}: {why}")
            self._labels.clear()

    def _report(self, ran: Ran) -> None:
        label, name = self._labels.pop(0), self._name
        self._say(ran.output)
        if ran.code is None:
            self._terminal.note(f"warning: `{name}` could not be run for {label}: {ran.error}")
        elif ran.code != 0:
            self._terminal.note(f"warning: `{name}` failed for {label} with exit code {ran.code}")

    def _say(self, output: str) -> None:
        for line in output.splitlines():
            self._terminal.note(f"{self._name}: {line}")


class HooksAtWork:
    """The time after a watch in which its hooks still run, as a state machine for the driver. It sends nothing."""

    def __init__(self, hook: Hook, until: float) -> None:
        self._hook = hook
        self._until = until

    def decide(self, now: float) -> Wait | Stop:
        """Wait while a hook is running and there is time."""
        return Wait(min(_LOOK, self._until - now)) if self._hook.is_busy and now < self._until else Stop()

    def elapsed(self, now: float) -> tuple[Event, ...]:
        """Have nothing to report."""
        del now
        return ()

    def resumed(self, lost: float) -> None:
        """Have no clock to set right."""

    def record(self, request: Target, reply: object, now: float, jitter: float) -> tuple[Event, ...]:
        """Never be called: nothing is sent."""
        raise NotImplementedError(request, reply, now, jitter)


class Notification:
    """Rings the bell when the watch has ended by itself; shows progress in the taskbar."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._percent: int | None = None
        self._rang = False

    def tick(self, watch: Watch) -> float:
        """Show how far all jobs are together, and ring when they have ended."""
        jobs = watch.jobs
        done = sum(100 if job.is_over else (job.job.completion or 0) if job.job else 0 for job in jobs)
        percent = int(done / len(jobs)) if jobs else 100
        if percent != self._percent:
            self._percent = percent
            self._terminal.taskbar(percent)
        if not self._rang and watch.ending not in {None, Ending.INTERRUPTED, Ending.TERMINATED}:
            self._rang = True
            self._terminal.bell()
        return math.inf
