"""`sandbox`: the simulated Canvas as a server of its own, for scripts and other clients."""

from __future__ import annotations

from typing import Annotated

import typer

from canvas_progress.cli import wiring

app = typer.Typer(
    help="A simulated Canvas on 127.0.0.1, to try things out on.", rich_markup_mode=None, no_args_is_help=True
)


@app.command("serve")
def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free port.")] = 0,
) -> int:
    """Run the sandbox until Ctrl-C. Its address and token are printed as lines for `export`."""
    from canvas_progress.actions.sandbox import serve as act

    wiring.long_running()
    return act(wiring.sandbox_server(port), wiring.terminal())


@app.command("reset")
def reset() -> int:
    """Forget what happened to the sandbox's jobs: all of them start anew."""
    from canvas_progress.actions.sandbox import reset as act
    from canvas_progress.storage.locations import sandbox_state_file

    return act(sandbox_state_file(), wiring.terminal())
