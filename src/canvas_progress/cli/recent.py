"""`recent`: from options to a listing."""

from typing import Annotated

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, Json, Output, Verbose, common


def recent(
    context: typer.Context,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that have not ended yet.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="First ask Canvas about those that are pending.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Forget all jobs.")] = False,
    output: Output = None,
    json: Json = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """List the jobs that this machine has seen."""
    from canvas_progress.actions import recent as actions
    from canvas_progress.cli import wiring_recent, wiring_targets
    from canvas_progress.clock import SystemClock

    options = common(context, None, verbose, color)
    terminal = wiring.terminal(options.color)
    remembered = wiring_recent.recent(terminal)
    if forget:
        return actions.forget(remembered, terminal)
    code = actions.refresh(remembered, terminal, wiring_targets.connector(options, terminal)) if refresh else 0
    plan = actions.RecentPlan(wiring.output_format(output, json=json, on=terminal), pending)
    return max(code, actions.listing(remembered, terminal, SystemClock(), plan))
