"""`recent`: from options to a listing."""

from typing import Annotated

import typer

from canvas_progress.cli.options import ColorWhen, Json, Output, Verbose, context_of


def recent(
    context: typer.Context,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that have not ended yet.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="First poll those that are pending.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Forget all jobs.")] = False,
    output: Output = None,
    json: Json = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """List the jobs that this machine has seen, except those of the sandbox."""
    from canvas_progress.actions import recent as actions
    from canvas_progress.cli.connections import connected
    from canvas_progress.composition.connections import history
    from canvas_progress.core.exit_codes import ExitCode, worst

    here = context_of(context, None, verbose, color)
    terminal = here.terminal
    seen = history(lambda problem: terminal.note(f"warning: {problem}"))
    if forget:
        return actions.forget(seen, terminal)
    code = ExitCode.OK
    if refresh:
        code = actions.refresh(seen, terminal, lambda refs: connected(here, refs))
    plan = actions.RecentPlan(here.output_format(output, json=json), pending, here.home())
    return worst([code, actions.listing(seen, terminal, here.driver.clock, plan)])
