"""`sandbox`: the simulated Canvas as a server of its own, for scripts and other clients."""

from typing import Annotated

import typer

from canvas_progress.cli.context import long_running
from canvas_progress.cli.examples import epilog
from canvas_progress.cli.options import ColorWhen, Verbose, context_of, help_when_alone, value
from canvas_progress.cli.sections import CommandGroup, SectionedCommand

app = typer.Typer(
    cls=CommandGroup,
    help="Run a simulated Canvas on 127.0.0.1.",
    rich_markup_mode=None,
    invoke_without_command=True,
    callback=help_when_alone,
)


@app.command("serve", cls=SectionedCommand, epilog=epilog("sandbox serve"))
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="NUMBER", min=0, max=65535, help="0: any free port.")] = 0,
    token_env: Annotated[
        str | None, value("--token-env", "VAR", "Take the token of this variable, not one that is made anew.")
    ] = None,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Run the sandbox until Ctrl-C. Its address and token are printed as lines for `export`."""
    from canvas_progress.actions.sandbox import serve as act
    from canvas_progress.composition.sandbox_server import sandbox_server

    long_running()
    token = None if token_env is None else _token_in(token_env)
    return act(sandbox_server(port, token), context_of(context, None, verbose, color).terminal, token_env)


@app.command("reset", cls=SectionedCommand, epilog=epilog("sandbox reset"))
def reset(context: typer.Context, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """Forget what happened to the sandbox's jobs: all of them start anew."""
    from canvas_progress.actions.sandbox import reset as act
    from canvas_progress.storage.locations import sandbox_state_file

    return act(sandbox_state_file(), context_of(context, None, verbose, color).terminal)


def _token_in(variable: str) -> str:
    """Return the token for a sandbox that others use across restarts. Raises UsageError and CredentialError."""
    from canvas_progress.composition.session import environment
    from canvas_progress.core.credentials import checked_token, checked_variable

    checked_variable(variable, where="`--token-env`")
    return checked_token(environment().get(variable, ""), where=f"the environment variable {variable}").reveal()
