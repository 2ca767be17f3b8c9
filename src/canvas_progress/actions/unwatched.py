"""The end of a watch that has not begun: before there was a token for each job, its time was over or a signal came."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from canvas_progress.core.errors import TimeLimitError
from canvas_progress.core.exit_status import of_stop
from canvas_progress.core.refs import Target, kind_at
from canvas_progress.core.wording import command_line

if TYPE_CHECKING:
    from datetime import datetime

    from canvas_progress.core.refs import JobRef
    from canvas_progress.terminal.output import Output


class Unwatched:
    """What is said of jobs that were not polled. `again` are the words of a command line that watches them."""

    def __init__(self, refs: tuple[JobRef, ...], again: tuple[str, ...]) -> None:
        self._labels = _labels(refs)
        self._again = (*again, *dict.fromkeys(map(_typed, refs))) if refs else ()

    def report(self, stop: BaseException, output: Output, at: datetime, seconds: float) -> None:
        """Print that each is unread, and how to go on with them; `stop` itself is reported by whoever handles it."""
        with suppress(BrokenPipeError):  # whoever does not read this may still rely on the exit code
            output.unwatched(self._labels, at, of_stop(stop), seconds)
        if not self._again:
            return
        hint = f"resume with {command_line(*self._again)}"
        if isinstance(stop, TimeLimitError):
            stop.hint = hint
        else:
            output.terminal.note(f"hint: {hint}")


def _labels(refs: tuple[JobRef, ...]) -> tuple[str, ...]:
    """Name each job as a watch would, as far as that is known; what was typed where its id is not."""
    labels = {ref: kind_at(ref.collection).label(ref.collection, ref.id) if ref.id else ref.text for ref in refs}
    often = Counter(labels.values())
    return tuple(label if often[label] == 1 else _typed(ref) for ref, label in labels.items())


def _typed(ref: JobRef) -> str:
    """Return what names this job in a later command line."""
    if not ref.id:
        return ref.text
    label = kind_at(ref.collection).label(ref.collection, ref.id)
    if ref.base is None:
        return label
    place = Target(label, ref.id, ref.base, ref.course, collection=ref.collection, parent_path=ref.parent_path)
    return place.naming_url
