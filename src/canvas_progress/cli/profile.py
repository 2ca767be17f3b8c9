"""`profile`: from options to a profile and its credential."""

from typing import Annotated

import typer

from canvas_progress.cli import completion
from canvas_progress.cli.examples import epilog
from canvas_progress.cli.options import ColorWhen, Name, ProfileName, Verbose, context_of, help_when_alone
from canvas_progress.cli.profile_add import add
from canvas_progress.cli.sections import CommandGroup, SectionedCommand
from canvas_progress.composition.session import environment, profile_file

app = typer.Typer(
    cls=CommandGroup,
    help="Manage the Canvases you work with.",
    rich_markup_mode=None,
    invoke_without_command=True,
    callback=help_when_alone,
)


app.command("add", cls=SectionedCommand, epilog=epilog("profile add"))(add)


@app.command("list", cls=SectionedCommand, epilog=epilog("profile list"))
def listing(
    context: typer.Context, profile: ProfileName = None, verbose: Verbose = False, color: ColorWhen = None
) -> int:
    """List the profiles; tokens are never shown."""
    from canvas_progress.actions import profile as actions

    here = context_of(context, profile, verbose, color)
    return actions.listing(profile_file(), here.terminal, environment(), option=here.profile)


@app.command("use", cls=SectionedCommand, epilog=epilog("profile use"))
def use(context: typer.Context, name: Name, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """Make a profile the default one."""
    from canvas_progress.actions import profile as actions

    return actions.use(name, profile_file(), context_of(context, None, verbose, color).terminal, environment())


@app.command("check", cls=SectionedCommand, epilog=epilog("profile check"))
def check(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Default: the one in use.", autocompletion=completion.profiles),
    ] = None,
    profile: ProfileName = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Prove that a credential works, and print who it is for."""
    from dataclasses import replace

    from canvas_progress.actions import profile as actions
    from canvas_progress.composition.connections import connector

    here = context_of(context, name or profile, verbose, color)
    choice, to = here.choice(), connector(here)
    choice = replace(choice, reason="its name") if name else choice
    access = to.access_to(choice)
    return actions.check(choice.profile, access, to.check(access), here.terminal, json=json)


@app.command("remove", cls=SectionedCommand, epilog=epilog("profile remove"))
def remove(context: typer.Context, name: Name, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """Forget a profile and its token."""
    from canvas_progress.actions import profile as actions
    from canvas_progress.composition.connections import stores

    here = context_of(context, None, verbose, color)
    return actions.remove(name, stores(here), here.terminal)
