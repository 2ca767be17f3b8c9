"""`demo`: everything at once, without a Canvas."""

from __future__ import annotations

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen
from canvas_progress.terminal.terminal import Color


def demo(color: ColorWhen = None) -> int:
    """Watch eight jobs of a simulated Canvas live for some twenty seconds."""
    from canvas_progress.actions.demo import demo as act

    wiring.long_running()
    terminal = wiring.terminal(color or Color.AUTO)
    server = wiring.demo_server()
    base, adapters = wiring.connect_to(server, terminal)
    return act(server, base, adapters)
