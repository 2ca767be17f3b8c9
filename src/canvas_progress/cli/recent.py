"""`recent`: from options to a listing."""

import math
from typing import Annotated

import typer

from canvas_progress.cli.options import ColorWhen, Json, Output, ProfileName, Verbose, global_options, value
from canvas_progress.core.outcome import Outcome


def recent(
    context: typer.Context,
    profile: ProfileName = None,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that have not ended yet.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="First poll those that are pending.")] = False,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Only jobs of this tag.", show_default=False)
    ] = None,
    outcome: Annotated[
        list[Outcome] | None,
        typer.Option("--outcome", metavar="OUTCOME", help="Only those last seen like this.", show_default=False),
    ] = None,
    since: Annotated[str | None, value("--since", "DUR", "Only those seen within this time: 30m, 12h.")] = None,
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N", min=1, help="List N at most; default 20.", show_default=False),
    ] = 20,
    forget: Annotated[bool, typer.Option("--forget", help="Forget all jobs.")] = False,
    output: Output = None,
    json: Json = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """List the jobs that this machine has seen.

    With `-p` only those that it has seen with this profile. Those of the profile `sandbox` are not remembered.
    """
    from dataclasses import replace

    from canvas_progress.actions import recent as actions
    from canvas_progress.cli.connections import connected
    from canvas_progress.cli.context import Context, checked_profile
    from canvas_progress.composition.connections import history
    from canvas_progress.core.durations import seconds
    from canvas_progress.core.exit_codes import ExitCode, worst
    from canvas_progress.core.history import Filter

    options = global_options(context, profile, verbose, color)
    only = checked_profile(options.profile)
    # Names in the output are for commands without `-p`, which may be another Canvas's.
    here = Context(replace(options, profile=None))
    terminal = here.terminal
    seen = history(lambda problem: terminal.note(f"warning: {problem}"))
    if forget:
        return actions.forget(seen, terminal)
    code = ExitCode.OK
    if refresh:
        code = actions.refresh(seen, terminal, lambda refs: connected(here, refs), only)
    age, clock = seconds(since, "--since"), here.driver.clock
    begin = -math.inf if age is None else clock.now().timestamp() - age
    wanted = Filter(pending, tuple(tag or ()), tuple(outcome or ()), begin, only)
    plan = actions.RecentPlan(here.output_format(output, json=json), wanted, limit, here.home())
    return worst([code, actions.listing(seen, terminal, clock, plan)])
