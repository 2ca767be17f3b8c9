"""`cancel`: from options to a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, Json, Output, ProfileName, Refs, Verbose, Yes, common
from canvas_progress.core.outcome import CANCEL_MESSAGE


def cancel(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="What to leave as the job's message.")
    ] = CANCEL_MESSAGE,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also for finished jobs, and those of others (Canvas refuses these).")
    ] = False,
    output: Output = None,
    json: Json = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Mark jobs as canceled, after a look at each. Canvas may go on with work under way."""
    from canvas_progress.actions.cancel import CancelPlan
    from canvas_progress.actions.cancel import cancel as act

    options = common(context, profile, verbose, color)
    terminal = wiring.terminal(options.color)
    plan = CancelPlan(wiring.output_format(output, json=json, on=terminal), message, yes, force, dry_run)
    targets, adapters = wiring.connect(refs, options, terminal)
    return act(targets, adapters, plan)
