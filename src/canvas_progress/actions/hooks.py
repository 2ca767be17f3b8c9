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

_PAUSE: Final = 0.2  # seconds between checks whether a program has ended
_BETWEEN_LOOKS: Final = 1.0  # seconds; with ten thousand jobs a look at all of them costs more than a poll


class Hook:
    """Runs the program of `--exec` once for each job that ends. Whatever becomes of it changes nothing else.

    After the watch it is a state machine for the driver: it sends nothing, and stops when no program runs any more or
    at `until`.
    """

    def __init__(self, words: tuple[str, ...], programs: Programs, terminal: Terminal, until: float) -> None:
        self._words = words
        self._name = without_tokens(words[0]) if words else ""
        self._programs = programs
        self._terminal = terminal
        self._until = until
        self._labels: list[str] = []  # of the jobs whose program runs, or waits for its turn

    def event(self, event: Event, at: datetime) -> None:
        """Start the program if this is the end of a job."""
        del at
        if not isinstance(event, Finished):
            return
        job, target = event.job, event.target
        variables = {
            "CANVAS_PROGRESS_ID": str(target.id or ""),  # of a link that led nowhere there is none
            "CANVAS_PROGRESS_KIND": target.kind.name,
            "CANVAS_PROGRESS_OUTCOME": event.outcome.value,
            "CANVAS_PROGRESS_TAG": (job.tag or "").replace("\0", "") if job else "",
            "CANVAS_PROGRESS_URL": target.url,
        }
        self._labels.append(target.label)
        self._programs.start(self._words, variables, f"{job.verbatim}\n" if job else "")

    def tick(self) -> float:
        """Report the programs that have ended."""
        while self._labels and (ran := self._programs.next_done()) is not None:
            label, name = self._labels.pop(0), self._name
            self._pass_on(ran)
            if ran.code is None:
                self._terminal.note(f"warning: `{name}` could not be run for {label}: {ran.error}")
            elif ran.code != 0:
                self._terminal.note(f"warning: `{name}` failed for {label} with exit code {ran.code}")
        return _PAUSE if self._labels else math.inf

    def end(self, why: str) -> None:
        """Let no program outlive the watch: terminate the one that is running, and report those that were not run."""
        if not self._labels:
            return
        label = self._labels.pop(0)
        if (ran := self._programs.end()) is not None:
            self._pass_on(ran)
        self._terminal.note(f"warning: `{self._name}` was terminated for {label}: {why}")
        if self._labels:
            self._terminal.note(f"warning: `{self._name}` was not run for {', '.join(self._labels)}: {why}")
            self._labels.clear()

    def decide(self, now: float) -> Wait | Stop:
        """Wait while a program is running and there is time."""
        return Wait(min(_PAUSE, self._until - now)) if self._labels and now < self._until else Stop()

    def elapsed(self, now: float) -> tuple[Event, ...]:
        """Have nothing to report."""
        del now
        return ()

    def resumed(self, lost: float) -> None:
        """Have no clock to set right."""

    def record(self, request: Target, reply: object, now: float, jitter: float) -> tuple[Event, ...]:
        """Never be called: nothing is sent."""
        raise NotImplementedError(request, reply, now, jitter)

    def _pass_on(self, ran: Ran) -> None:
        if ran.lines_before:
            self._terminal.note(f"{self._name}: … and {ran.lines_before} more lines before these")
        for line in ran.last_lines:
            self._terminal.note(f"{self._name}: {line}")


class Notification:
    """Rings the bell when the watch has ended by itself; shows progress in the taskbar."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._percent: int | None = None
        self._looks_at = -math.inf
        self._rang = False

    def tick(self, watch: Watch, now: float) -> float:
        """Show how far all jobs are together, and ring when they have ended. Looks at them no more than each second."""
        if now < self._looks_at and watch.ending is None:
            return self._looks_at - now
        self._looks_at = now + _BETWEEN_LOOKS
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
