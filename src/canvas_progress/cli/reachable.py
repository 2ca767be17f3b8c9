"""Which of the jobs that this machine has seen are of a Canvas that there is a profile for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.errors import RefusedError

if TYPE_CHECKING:
    from canvas_progress.cli.context import Context
    from canvas_progress.core.history import HistoryEntry


def reachable(here: Context, entries: list[HistoryEntry]) -> list[HistoryEntry]:
    """Return the jobs that there is a profile for, and say of the others why they are left out.

    A call from Python may have seen them with a token of its own. Raises RefusedError where there are no others.
    """
    ways: dict[tuple[str, str], list[HistoryEntry]] = {}
    for entry in entries:
        ways.setdefault((entry.base, entry.profile), []).append(entry)
    refused: dict[tuple[str, str], RefusedError] = {}
    for way, jobs in ways.items():
        try:
            here.choice(jobs[0].ref)
        except RefusedError as error:
            refused[way] = error
    if refused and len(refused) == len(ways):
        raise next(iter(refused.values()))
    for way, why in refused.items():
        here.terminal.note(f"left out {', '.join(job.label for job in ways.pop(way))}: {why.message}")
    return [entry for entry in entries if (entry.base, entry.profile) in ways]
