"""`show`: from options to a plan."""

from typing import Annotated

import typer

from canvas_progress.cli.options import (
    Account,
    ColorWhen,
    Course,
    Json,
    Output,
    ProfileName,
    Refs,
    Since,
    Strict,
    Verbose,
    context_of,
)


def show(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    course: Course = None,
    account: Account = None,
    since: Since = None,
    output: Output = None,
    json: Json = False,
    exit_status: Annotated[
        bool,
        typer.Option("--exit-status", help="Exit with 3 for a failed job, 8 for a pending, 9 for a canceled one."),
    ] = False,
    strict: Strict = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Show jobs as they are now."""
    from canvas_progress.actions.show import ShowPlan
    from canvas_progress.actions.show import show as act
    from canvas_progress.actions.targets import refs_in
    from canvas_progress.cli.connections import connected
    from canvas_progress.core.durations import seconds

    here = context_of(context, profile, verbose, color)
    plan = ShowPlan(here.output_format(output, json=json), exit_status or strict, strict)
    named = refs_in(refs, here.terminal, course=course, account=account)
    with connected(here, named, since=seconds(since, "--since")) as (targets, adapters):
        return act(targets, adapters, plan)
