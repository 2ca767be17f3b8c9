"""`demo`: everything at once, without a Canvas."""

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, Verbose, common


def demo(context: typer.Context, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """Watch eight simulated jobs live, for twenty seconds."""
    from canvas_progress.actions.demo import demo as act
    from canvas_progress.cli import wiring_sandbox

    wiring.long_running()
    options = common(context, None, verbose, color)
    terminal = wiring.terminal(options.color)
    server = wiring_sandbox.demo_server()
    base, adapters = wiring_sandbox.connect_to(server, options, terminal)
    return act(server, base, adapters)
