"""`profile`: from options to a profile and its credential."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, ProfileName, Verbose, common, help_when_alone
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.choice import Choice
from canvas_progress.core.credentials import (
    Credential,
    Profile,
    StoredToken,
    TokenVariable,
    checked_name,
    checked_token,
)
from canvas_progress.core.errors import GuardError, UsageError

if TYPE_CHECKING:
    from canvas_progress.storage.profiles import ProfileFile
    from canvas_progress.terminal.terminal import Terminal

app = typer.Typer(
    help="Manage the Canvases you work with.",
    rich_markup_mode=None,
    invoke_without_command=True,
    callback=help_when_alone,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the profile.", show_default=False)]


class Store(StrEnum):
    """Where a token may be kept."""

    FILE = "file"


@app.command("add")
def add(
    context: typer.Context,
    name: Name,
    url: Annotated[str, typer.Option("--url", metavar="URL", help="Its Canvas: https://canvas.example.edu")],
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
    token_env: Annotated[
        str | None, typer.Option("--token-env", metavar="VAR", help="Take the token from this variable, each time.")
    ] = None,
    store: Annotated[
        Store | None, typer.Option("--store", metavar="WHERE", help="file: keep the token as plain text in the file.")
    ] = None,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Allow http:// for a development Canvas.")] = False,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Prove the token before it is stored.")] = True,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Add a Canvas and a credential for it, or renew the credential. Without an option it asks for the token."""
    from canvas_progress.actions import profile as actions
    from canvas_progress.canvas.client import Canvas

    options = common(context, None, verbose, color)
    terminal, file = wiring.terminal(options.color), wiring.profile_file()
    base = parse_base_url(url, allow_http=allow_http)
    checked_name(name)
    file.load()  # a file that cannot be read is told before the token is asked for
    if token_stdin and token_env is not None:
        raise UsageError("`--token-stdin` and `--token-env` exclude each other", hint="a profile has one credential")
    if token_env is None and store is None:
        _agree_to_plain_text(file, terminal)
    profile = Profile(name, base, _credential(token_stdin, token_env, terminal), allow_http)
    about = None
    if check:
        access = wiring.access_to(Choice(profile, "profile add"))
        about = Canvas(access, wiring.wire(options, terminal)).check()
    return actions.add(profile, file, terminal, about=about)


@app.command("list")
def listing(context: typer.Context, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """List the profiles; tokens are never shown."""
    from canvas_progress.actions import profile as actions

    terminal = wiring.terminal(common(context, None, verbose, color).color)
    return actions.listing(wiring.profile_file(), terminal, wiring.environment())


@app.command("use")
def use(context: typer.Context, name: Name, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """Make a profile the default one."""
    from canvas_progress.actions import profile as actions

    terminal = wiring.terminal(common(context, None, verbose, color).color)
    return actions.use(name, wiring.profile_file(), terminal)


@app.command("check")
def check(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Default: the one in use.")] = None,
    profile: ProfileName = None,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Prove that a credential works, and tell who it is for."""
    from canvas_progress.actions import profile as actions
    from canvas_progress.canvas.client import Canvas

    options = common(context, name or profile, verbose, color)
    terminal = wiring.terminal(options.color)
    access = wiring.access(options, terminal)
    return actions.check(access, Canvas(access, wiring.wire(options, terminal)).check(), terminal)


@app.command("remove")
def remove(context: typer.Context, name: Name, verbose: Verbose = False, color: ColorWhen = None) -> int:
    """Forget a profile and its token."""
    from canvas_progress.actions import profile as actions

    terminal = wiring.terminal(common(context, None, verbose, color).color)
    return actions.remove(name, wiring.profile_file(), terminal)


def _agree_to_plain_text(file: ProfileFile, terminal: Terminal) -> None:
    """Say where the token will go before it is asked for. Raises GuardError without a yes."""
    if not terminal.can_ask:
        raise GuardError(
            f"the token would be plain text in {file.path}, and there is no terminal to confirm that on",
            hint="add `--store file`, or use `--token-env VAR`",
        )
    question = f"The token will be plain text in {file.path}, readable by you alone. Store it there?"
    if not terminal.confirm(question, instead="add `--store file`"):
        raise GuardError("nothing was stored", hint="`--token-env VAR` keeps the token out of the file")


def _credential(token_stdin: bool, token_env: str | None, terminal: Terminal) -> Credential:
    if token_env is not None:
        return TokenVariable(token_env)
    if token_stdin:
        return StoredToken(checked_token(terminal.first_line(), where="standard input"))
    return StoredToken(checked_token(terminal.ask_secret("Token (not shown):"), where="the answer"))
