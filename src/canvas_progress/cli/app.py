"""The command `canvas-progress`: what can be said before a subcommand, and the list of subcommands.

Typer takes milliseconds to build each command, so that only the one that was named is built; the help of the program
needs none.
Nor are annotations postponed in the modules of commands: Typer would evaluate each of them again and again.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer._click.core import Command, Context
from typer._click.formatting import HelpFormatter

from canvas_progress import __version__
from canvas_progress.cli.completion_setup import install, show
from canvas_progress.cli.context import terminal
from canvas_progress.cli.examples import epilog
from canvas_progress.cli.options import ColorWhen, ProfileName, Verbose, global_options, help_when_alone
from canvas_progress.cli.sections import CommandGroup, FittingFormatter, SectionedCommand

_HERE: Final = "canvas_progress.cli"
# With what `--help` says of each: the first sentence of its own help.
COMMANDS: Final = {
    "show": "Show jobs as they are now.",
    "watch": "Watch jobs until all have ended; the exit code says how.",
    "cancel": "Mark jobs as canceled, after a look at each.",
    "list": "List the newest jobs of a kind, as Canvas has them.",
    "recent": "List the jobs that this machine has seen.",
    "demo": "Watch eight simulated jobs live, for twenty seconds.",
}
GROUPS: Final = {
    "profile": "Manage the Canvases you work with.",
    "sandbox": "Run a simulated Canvas on 127.0.0.1.",
}


class _Commands(Mapping[str, Command]):
    """The commands by name, each built when it is first looked up."""

    def __getitem__(self, name: str) -> Command:
        if name not in self:
            raise KeyError(name)
        return _built(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS | GROUPS)

    def __len__(self) -> int:
        return len(COMMANDS | GROUPS)

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS or name in GROUPS


class _Program(CommandGroup):
    """The program, whose help needs none of its commands."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  # Typer's own
        super().__init__(**settings)
        self.commands = _Commands()  # type: ignore[assignment]  # nothing is added to it

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the list of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items(), *GROUPS.items()])


@cache
def _built(name: str) -> Command:
    """Return a command, or a group of them, from its module."""
    module = import_module(f"{_HERE}.{name}")
    if name in GROUPS:
        built: Command = typer.main.get_group(module.app)
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name, cls=SectionedCommand, epilog=epilog(name))(
            getattr(module, name, None) or getattr(module, f"{name}_")
        )
        built = typer.main.get_command(app)
    built.name = name
    return built


def application() -> typer.Typer:
    """Return the application."""
    Context.formatter_class = FittingFormatter  # of all commands: each group makes contexts of its own
    return typer.Typer(
        name="canvas-progress",
        cls=_Program,
        help="Show, watch and cancel the background jobs (Progress objects) of Canvas LMS.",
        epilog="Try it without a Canvas: `canvas-progress demo`, or any command with `-p sandbox`.",
        rich_markup_mode=None,  # plain help comes in half the time
        add_completion=False,  # Typer's scripts start Python for each Tab
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=main,
        invoke_without_command=True,
    )


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
