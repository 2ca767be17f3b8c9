"""What a command reads and changes jobs with: the engine, joined with the terminal and other programs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from canvas_progress.composition.connections import connector, engine, programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.cli.context import Context
    from canvas_progress.core.backoff import RetryPolicy
    from canvas_progress.core.credentials import Access
    from canvas_progress.core.refs import JobRef, Target


@contextmanager
def connected(
    context: Context,
    refs: tuple[JobRef, ...],
    *,
    writes: bool = False,
    retry: RetryPolicy | None = None,
    since: float | None = None,
) -> Iterator[tuple[tuple[Target, ...], Adapters]]:
    """Find for each job its Canvas and its token, and yield the jobs and the adapters.

    `writes`, `retry` and `since` are as for the connector.
    """
    targets, accesses = connector(context, writes=writes, retry=retry, since=since).connect(refs)
    with adapters(context, accesses) as made:
        yield targets, made


@contextmanager
def adapters(context: Context, accesses: tuple[Access, ...]) -> Iterator[Adapters]:
    """Return what an action needs of the outside, and wait at the end for what it has set off."""
    from canvas_progress.actions.adapters import Adapters

    with engine(context, accesses, records=True) as made:
        yield Adapters(made.jobs, context.terminal, made.driver, programs(accesses), made.history)
