"""The command `canvas-progress`: what can be said before a subcommand, and the list of subcommands.

Typer takes milliseconds to build each command, so that only the one that was named is built where that is plain.
Nor are annotations postponed in the modules of commands: Typer would evaluate each of them again and again.
"""

from importlib import import_module
from typing import Annotated, Final

import typer

from canvas_progress import __version__
from canvas_progress.cli.completion_setup import install, show
from canvas_progress.cli.context import terminal
from canvas_progress.cli.examples import epilog
from canvas_progress.cli.options import ColorWhen, ProfileName, Verbose, global_options, help_when_alone
from canvas_progress.cli.sections import SectionedCommand

_HERE: Final = "canvas_progress.cli"
COMMANDS: Final = ("show", "watch", "cancel", "list", "recent", "demo")
GROUPS: Final = ("profile", "sandbox")


def app_for(arguments: list[str]) -> typer.Typer:
    """Return the application for a command line: with the command it begins with, or with all of them."""
    app = typer.Typer(
        name="canvas-progress",
        help="Show, watch and cancel the background jobs (Progress objects) of Canvas LMS.",
        epilog="Try it without a Canvas: `canvas-progress demo`, or any command with `-p sandbox`.",
        rich_markup_mode=None,  # plain help comes in half the time
        add_completion=False,  # Typer's scripts start Python for each Tab
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=main,
        invoke_without_command=True,
    )
    named = arguments[0] if arguments else ""
    for name in (named,) if named in COMMANDS else COMMANDS:
        module = import_module(f"{_HERE}.{name}")
        app.command(name, cls=SectionedCommand, epilog=epilog(name))(
            getattr(module, name, None) or getattr(module, f"{name}_")
        )
    for name in GROUPS if named not in COMMANDS else ():
        app.add_typer(import_module(f"{_HERE}.{name}").app, name=name)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        terminal().data(f"canvas-progress {__version__}")
        raise typer.Exit


def main(
    context: typer.Context,
    profile: ProfileName = None,
    verbose: Verbose = False,
    color: ColorWhen = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
    install_completion: Annotated[
        bool,
        typer.Option(
            "--install-completion", help="Install completion for the current shell.", is_eager=True, callback=install
        ),
    ] = False,
    show_completion: Annotated[
        bool,
        typer.Option("--show-completion", help="Print completion for the current shell.", is_eager=True, callback=show),
    ] = False,
) -> None:
    """Show, watch and cancel the background jobs (Progress objects) of Canvas LMS."""
    del version, install_completion, show_completion
    context.obj = global_options(context, profile, verbose, color)
    help_when_alone(context)
