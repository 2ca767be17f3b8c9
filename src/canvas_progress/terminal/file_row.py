"""The row of a job's file, below the table of its details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.files import address_of, is_signed

if TYPE_CHECKING:
    from rich.text import Text

    from canvas_progress.core.job import Job
    from canvas_progress.core.refs import Target

_SIGNED: Final = "signed: see `show --json`"


def file_rows(target: Target, job: Job, *, names: int, linked: bool) -> list[Text]:
    """Return the row of a file's address if there is one: in one piece however long, for half of it leads nowhere.

    Without its signature it opens only where somebody is signed in.

    `names` is the width of the column before it. `linked` makes it a hyperlink, which only a terminal reads.
    """
    address = address_of(job.link, target.base)
    if address is None:
        return []
    from rich.text import Text

    line = Text(f" {'file':<{names}}", style="dim", no_wrap=True, overflow="ignore")
    line.append(address, style=f"not dim link {address}" if linked else "not dim")
    return [line, Text(f" {'':<{names}}{_SIGNED}", style="dim")] if is_signed(job.link) else [line]
