"""The row of a job's file, below the table of its details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.files import address_of

if TYPE_CHECKING:
    from rich.text import Text

    from canvas_progress.core.job import Job
    from canvas_progress.core.refs import Target


def file_rows(target: Target, job: Job, *, names: int, linked: bool) -> list[Text]:
    """Return the row of a file's address if there is one: in one piece however long, for half of it leads nowhere.

    `names` is the width of the column before it. `linked` makes it a hyperlink, which only a terminal reads.
    """
    address = address_of(job.link, target.base)
    if address is None:
        return []
    from rich.text import Text

    line = Text(f" {'file':<{names}}", style="dim", no_wrap=True, overflow="ignore")
    return [line.append(address, style=f"not dim link {address}" if linked else "not dim")]
