"""The options that several commands share, written once."""

from typing import TYPE_CHECKING, Annotated

import typer

from canvas_progress.cli import completion
from canvas_progress.cli.context import Context, GlobalOptions, terminal
from canvas_progress.terminal.terminal import Color, Format

if TYPE_CHECKING:
    from canvas_progress.core.refs import Target


def value(name: str, metavar: str, help_: str) -> object:
    """Return an option that takes a value and has no default."""
    return typer.Option(name, metavar=metavar, help=help_, show_default=False)


Refs = Annotated[
    list[str],
    typer.Argument(
        metavar="REF...",
        help="Ids (12, 1~23), kind:id (sis_import:77), URLs, or `-` for stdin.",
        show_default=False,
        autocompletion=completion.jobs,
    ),
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME",
        help="Use this profile; `sandbox` is built in.",
        autocompletion=completion.profiles,
    ),
]
Course = Annotated[str | None, value("--course", "ID", "Use the LTI endpoint of this course for plain ids.")]
Account = Annotated[str | None, value("--account", "ID", "The account of a REF such as sis_import:77; default self.")]
Since = Annotated[
    str | None,
    value("--since", "DUR", "Take the newest job of a kind only if it was created within this time: 30m, 6h."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Let a job that completed with warnings count as failed.")]
Output = Annotated[
    Format | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT",
        help="table (the default on a terminal), plain (the default elsewhere) or json.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Short for `--output json`.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Report each HTTP exchange on standard error.")]
ColorWhen = Annotated[Color | None, value("--color", "WHEN", "auto (the default), always or never.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Skip the confirmation.")]


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="The name of the profile.", show_default=False, autocompletion=completion.stored_profiles
    ),
]


def help_when_alone(context: typer.Context) -> None:
    """Print the help of a group that was given no command."""
    if context.invoked_subcommand is None:
        terminal().data(context.get_help())


def resuming(profile: str | None, targets: "tuple[Target, ...]") -> tuple[str, ...]:
    """Return the beginning of a later command line for these jobs, with the profile that was named or found."""
    from canvas_progress.core.credentials import ENVIRONMENT

    found = {target.profile for target in targets if target.is_named}
    if profile is None and len(found) == 1 and len({target.profile for target in targets}) == 1:
        profile = found.pop()
    return ("canvas-progress", *(["-p", profile] if profile not in {None, ENVIRONMENT} else []))


def global_options(parent: typer.Context, profile: str | None, verbose: bool, color: Color | None) -> GlobalOptions:
    """Join the options given after the command with those given before it; the later ones win."""
    before = parent.obj if isinstance(parent.obj, GlobalOptions) else GlobalOptions()
    name = before.profile if profile is None else profile
    return GlobalOptions(name, verbose or before.verbose, color or before.color)


def context_of(
    parent: typer.Context,
    profile: str | None,
    verbose: bool,
    color: Color | None,
    *,
    timeout: str | None = None,
) -> Context:
    """Return what this command line is run with. `timeout` is a duration for all that it does. Raises UsageError."""
    options = global_options(parent, profile, verbose, color)
    if timeout is None:
        return Context(options)
    from canvas_progress.core.durations import seconds

    return Context(options, timeout=seconds(timeout, "--timeout"))
