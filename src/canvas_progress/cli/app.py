"""The command `canvas-progress`: what can be said before a subcommand, and the list of subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from canvas_progress import __version__
from canvas_progress.cli import cancel, demo, profile, sandbox, show, watch, wiring
from canvas_progress.cli.options import ColorWhen, ProfileName, Verbose, common, help_when_alone

app = typer.Typer(
    name="canvas-progress",
    help="Show, watch and cancel the background jobs (Progress objects) of Canvas LMS.",
    epilog="Try it without a Canvas: `canvas-progress demo`, or any command with `-p sandbox`.",
    rich_markup_mode=None,  # plain help comes in half the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("show")(show.show)
app.command("watch")(watch.watch)
app.command("cancel")(cancel.cancel)
app.add_typer(profile.app, name="profile")
app.add_typer(sandbox.app, name="sandbox")
app.command("demo")(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        wiring.terminal().data(f"canvas-progress {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    profile: ProfileName = None,
    verbose: Verbose = False,
    color: ColorWhen = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Show, watch and cancel the background jobs (Progress objects) of Canvas LMS."""
    del version
    context.obj = common(context, profile, verbose, color)
    help_when_alone(context)
