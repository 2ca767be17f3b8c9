"""From the options of `profile add` to a credential, and to where its secret will be kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from canvas_progress.core.credentials import (
    Credential,
    KeyringToken,
    LtiKey,
    Secret,
    Store,
    StoredToken,
    TokenCommand,
    checked_token,
    checked_variable,
)
from canvas_progress.core.errors import DeclinedError, RefusedError, UsageError

if TYPE_CHECKING:
    from canvas_progress.actions.profile import Stores
    from canvas_progress.terminal.terminal import Terminal

Given = dict[str, bool | str | LtiKey | None]


def only_one(given: Given, store: Store | None) -> None:
    """Refuse more than one credential, and a store for one that is kept elsewhere."""
    named = [name for name, value in given.items() if value]
    if len(named) > 1:
        raise UsageError(
            f"{' and '.join(f'`{name}`' for name in named)} exclude each other", hint="one profile, one credential"
        )
    if store is not None and named and named != ["--token-stdin"]:
        raise UsageError(f"`--store` has nothing to store with `{named[0]}`", hint="leave `--store` out")


def lti_key(lti: bool, values: dict[str, str | None]) -> LtiKey | None:
    """Return the key that `--lti` and the options beside it name, None without `--lti`. Raises UsageError."""
    if not lti:
        named = [f"`--{name.replace('_', '-')}`" for name, value in values.items() if value is not None]
        if named:
            raise UsageError(f"{' and '.join(named)} only make sense with `--lti`")
        return None
    client_id, key_file = values["client_id"], values["key_file"]
    if not client_id or not key_file:
        raise UsageError("`--lti` needs `--client-id` and `--key-file`")
    return LtiKey(client_id, str(Path(key_file).expanduser().absolute()), values["key_id"], values["token_url"])


def credential_from(
    given: Given, store: Store | None, stores: Stores, terminal: Terminal
) -> tuple[Credential, Secret | None]:
    """Return the credential, and the token itself if it is one that we are to keep."""
    if isinstance(key := given["--lti"], LtiKey):
        return key, None
    if isinstance(variable := given["--token-env"], str):
        return checked_variable(variable, where="`--token-env`"), None
    if isinstance(command := given["--token-command"], str):
        return TokenCommand(command), None
    keyring = _goes_to_keyring(store, stores, terminal)
    if given["--token-stdin"]:
        token = checked_token(terminal.first_line(), where="standard input")
    else:
        token = checked_token(terminal.prompt_secret("Token (not shown):"), where="the answer")
    return (KeyringToken() if keyring else StoredToken(token)), token


def _goes_to_keyring(store: Store | None, stores: Stores, terminal: Terminal) -> bool:
    """Decide where the token will be kept, and say so before it is typed. Raises RefusedError without a yes."""
    path = stores.file.path
    if store is Store.KEYRING or (store is None and stores.keyring.works()):
        terminal.note("the token will be kept in the keyring of this system")
        return True
    if store is Store.FILE:
        terminal.note(f"the token will be plain text in {path}, readable by you alone")
        return False
    if not terminal.can_prompt:
        raise RefusedError(
            f"there is no keyring, the token would be plain text in {path}, and nobody is there to confirm that",
            hint="add `--store file`, or use `--token-env VAR` or `--token-command CMD`",
        )
    terminal.note(f"there is no keyring: the token would be plain text in {path}, readable by you alone")
    if not terminal.confirm("Store it there?", instead="add `--store file`"):
        raise DeclinedError("nothing was stored", hint="`--token-env VAR` keeps the token out of the file")
    return False
