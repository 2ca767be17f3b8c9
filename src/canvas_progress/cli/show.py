"""`show`: from options to a plan."""

from typing import Annotated

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, Course, Json, Output, ProfileName, Refs, Verbose, common


def show(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    course: Course = None,
    output: Output = None,
    json: Json = False,
    exit_status: Annotated[
        bool,
        typer.Option("--exit-status", help="Exit with 3 for a failed job, 8 for a pending, 9 for a canceled one."),
    ] = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Show jobs as they are now."""
    from canvas_progress.actions.show import ShowPlan
    from canvas_progress.actions.show import show as act
    from canvas_progress.cli import wiring_targets

    options = common(context, profile, verbose, color)
    terminal = wiring.terminal(options.color)
    targets, adapters = wiring_targets.connect(refs, options, terminal, course=course)
    return act(targets, adapters, ShowPlan(wiring.output_format(output, json=json, on=terminal), exit_status))
