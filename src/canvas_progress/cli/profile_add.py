"""`profile add`: from options to a profile and its credential, wherever that will be kept."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, Name, Verbose, common
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import (
    Credential,
    KeyringToken,
    LtiKey,
    Profile,
    Secret,
    Settings,
    StoredToken,
    TokenCommand,
    TokenVariable,
    checked_name,
    checked_token,
)
from canvas_progress.core.durations import parse_duration
from canvas_progress.core.errors import GuardError, UsageError

if TYPE_CHECKING:
    from canvas_progress.actions.profile import Stores
    from canvas_progress.storage.profiles import ProfileFile
    from canvas_progress.terminal.terminal import Terminal

Given = dict[str, bool | str | LtiKey | None]


class Store(StrEnum):
    """Where a token may be kept."""

    KEYRING = "keyring"
    FILE = "file"


def add(
    context: typer.Context,
    name: Name,
    url: Annotated[str, typer.Option("--url", metavar="URL", help="Its Canvas: https://canvas.example.edu")],
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
    token_env: Annotated[
        str | None, typer.Option("--token-env", metavar="VAR", help="Take the token from this variable, each time.")
    ] = None,
    token_command: Annotated[
        str | None,
        typer.Option("--token-command", metavar="CMD", help="Take the first line that this prints."),
    ] = None,
    store: Annotated[
        Store | None, typer.Option("--store", metavar="WHERE", help="keyring (the default), or file: as plain text.")
    ] = None,
    lti: Annotated[bool, typer.Option("--lti", help="Use the key of an LTI tool instead of a token.")] = False,
    client_id: Annotated[str | None, typer.Option("--client-id", metavar="ID", help="LTI: the developer key.")] = None,
    key_file: Annotated[
        str | None, typer.Option("--key-file", metavar="FILE", help="LTI: the tool's private key, in PEM.")
    ] = None,
    key_id: Annotated[str | None, typer.Option("--key-id", metavar="KID", help="LTI: its id in the JWKS.")] = None,
    token_url: Annotated[
        str | None, typer.Option("--token-url", metavar="URL", help="LTI: where tokens come from, if not its Canvas.")
    ] = None,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Allow http:// for a development Canvas.")] = False,
    timeout: Annotated[
        str | None, typer.Option("--timeout", metavar="DUR", help="Give a request up after this silence.")
    ] = None,
    ca_bundle: Annotated[
        str | None, typer.Option("--ca-bundle", metavar="FILE", help="Trust these authorities, not the system's.")
    ] = None,
    proxy: Annotated[str | None, typer.Option("--proxy", metavar="URL", help="Reach it through a proxy.")] = None,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Prove the credential before it is stored.")] = True,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Add a Canvas and a credential for it, or renew the credential. Without an option it asks for the token."""
    from canvas_progress.actions import profile as actions

    options = common(context, None, verbose, color)
    terminal, stores = wiring.terminal(options.color), wiring.stores()
    base = parse_base_url(url, allow_http=allow_http)
    checked_name(name)
    stores.file.load()  # a file that cannot be read is told before the token is asked for
    key = _lti_key(lti, {"client_id": client_id, "key_file": key_file, "key_id": key_id, "token_url": token_url})
    given: Given = {
        "--token-stdin": token_stdin,
        "--token-env": token_env,
        "--token-command": token_command,
        "--lti": key,
    }
    _only_one(given, store)
    settings = Settings(None if timeout is None else parse_duration(timeout, option="--timeout"), ca_bundle, proxy)
    credential, token = _credential(given, store, stores, terminal)
    profile = Profile(name, base, credential, allow_http, settings)
    about = wiring.checked(profile, token, options, terminal) if check else None
    return actions.add(profile, token, stores, terminal, about=about)


def _only_one(given: Given, store: Store | None) -> None:
    """Refuse more than one credential, and a store for one that is kept elsewhere."""
    named = [name for name, value in given.items() if value]
    if len(named) > 1:
        raise UsageError(
            f"{' and '.join(f'`{name}`' for name in named)} exclude each other", hint="one profile, one credential"
        )
    if store is not None and named and named != ["--token-stdin"]:
        raise UsageError(f"`--store` has nothing to store with `{named[0]}`", hint="leave `--store` out")


def _lti_key(lti: bool, values: dict[str, str | None]) -> LtiKey | None:
    if not lti:
        named = [f"`--{name.replace('_', '-')}`" for name, value in values.items() if value is not None]
        if named:
            raise UsageError(f"{' and '.join(named)} only make sense with `--lti`")
        return None
    client_id, key_file = values["client_id"], values["key_file"]
    if not client_id or not key_file:
        raise UsageError("`--lti` needs `--client-id` and `--key-file`")
    return LtiKey(client_id, key_file, values["key_id"], values["token_url"])


def _credential(
    given: Given, store: Store | None, stores: Stores, terminal: Terminal
) -> tuple[Credential, Secret | None]:
    """Return the credential, and the token itself if it is one that we are to keep."""
    if isinstance(key := given["--lti"], LtiKey):
        return key, None
    if isinstance(variable := given["--token-env"], str):
        return TokenVariable(variable), None
    if isinstance(command := given["--token-command"], str):
        return TokenCommand(command), None
    keyring = store is Store.KEYRING or (store is None and stores.keyring.works())
    if keyring:
        terminal.note("the token will be kept in the keyring of this system")
    elif store is None:
        _agree_to_plain_text(stores.file, terminal)
    else:
        terminal.note(f"the token will be plain text in {stores.file.path}, readable by you alone")
    if given["--token-stdin"]:
        token = checked_token(terminal.first_line(), where="standard input")
    else:
        token = checked_token(terminal.ask_secret("Token (not shown):"), where="the answer")
    return (KeyringToken() if keyring else StoredToken(token)), token


def _agree_to_plain_text(file: ProfileFile, terminal: Terminal) -> None:
    """Say where the token will go before it is asked for. Raises GuardError without a yes."""
    if not terminal.can_ask:
        raise GuardError(
            f"there is no keyring, the token would be plain text in {file.path}, and nobody is there to confirm that",
            hint="add `--store file`, or use `--token-env VAR` or `--token-command CMD`",
        )
    terminal.note(f"there is no keyring: the token would be plain text in {file.path}, readable by you alone")
    if not terminal.confirm("Store it there?", instead="add `--store file`"):
        raise GuardError("nothing was stored", hint="`--token-env VAR` keeps the token out of the file")
