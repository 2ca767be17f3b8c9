"""`demo`: everything at once, without a Canvas."""

import typer

from canvas_progress.cli.context import invoked_as, long_running
from canvas_progress.cli.options import ColorWhen, Verbose, context_of


def demo(context: typer.Context, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """Watch eight simulated jobs live, for twenty seconds."""
    from canvas_progress.actions.demo import demo as act
    from canvas_progress.cli.connections import adapters
    from canvas_progress.composition.connections import connector
    from canvas_progress.composition.sandbox_server import demo_server, profile_for
    from canvas_progress.core.profile_choice import Choice

    long_running()
    here, server = context_of(context, None, verbose, color), demo_server()
    access = connector(here).access_to(Choice(profile_for(server), "the demo"))
    with adapters(here, (access,)) as made:
        return act(server, access.base, made, program=invoked_as())
