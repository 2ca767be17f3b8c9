"""One profile as a TOML table, and back: which keys there are, and what is wrong with a table that makes no sense."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, assert_never

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import (
    Credential,
    KeyringToken,
    LtiKey,
    Profile,
    Settings,
    StoredToken,
    TokenCommand,
    TokenVariable,
    checked_token,
    checked_variable,
)
from canvas_progress.core.errors import CredentialError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIAL_KEYS: Final = ("keyring", "token", "token_env", "token_command", "lti")
_LTI_KEYS: Final = ("client_id", "key_file", "key_id", "token_url")


def profile_in(name: str, table: object, *, where: str) -> Profile:
    """Read a profile from its table. Raises UsageError, which names the file and the profile in `where`."""
    if not isinstance(table, dict) or not isinstance(table.get("url"), str):
        raise UsageError(f"{where} has no `url`")
    allow_http = table.get("allow_http", False) is True
    try:
        base = parse_base_url(table["url"], allow_http=allow_http)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
    return Profile(name, base, _credential(table, where), allow_http, _settings(table, where))


def table_of(profile: Profile) -> dict[str, Any]:
    """Return what belongs into the table of a profile."""
    settings = profile.settings
    values: dict[str, Any] = {
        "url": str(profile.base),
        "allow_http": profile.allow_http or None,
        "timeout": settings.timeout,
        "ca_bundle": settings.ca_bundle,
        "proxy": settings.proxy,
        **_credential_table(profile.credential),
    }
    return {key: value for key, value in values.items() if value is not None}


def _credential_table(credential: Credential) -> dict[str, Any]:
    match credential:
        case StoredToken(secret):
            return {"token": secret.reveal()}
        case TokenVariable(variable):
            return {"token_env": variable}
        case KeyringToken():
            return {"keyring": True}
        case TokenCommand(command):
            return {"token_command": command}
        case LtiKey():
            pairs = ((key, getattr(credential, key)) for key in _LTI_KEYS)
            return {"lti": {key: value for key, value in pairs if value is not None}}
        case other:
            assert_never(other)


def _credential(table: Mapping[str, Any], where: str) -> Credential:
    given = [key for key in CREDENTIAL_KEYS if key in table]
    if len(given) != 1:
        found = ", ".join(f"`{key}`" for key in given) or "none"
        raise UsageError(f"{where} needs exactly one of {', '.join(CREDENTIAL_KEYS)}; it has {found}")
    match given[0], table[given[0]]:
        case "keyring", True:
            return KeyringToken()
        case "lti", dict(values):
            return _lti_key(values, where)
        case "token", str(token) if token.strip():
            return _stored(token, where)
        case "token_env", str(variable) if variable.strip():
            return checked_variable(variable, where=f"{where}: `token_env`")
        case "token_command", str(command) if command.strip():
            return TokenCommand(command)
        case _:
            raise UsageError(f"{where}: `{given[0]}` has a value that makes no sense")


def _stored(value: str, where: str) -> StoredToken:
    try:
        return StoredToken(checked_token(value, where=f"{where}: `token`"))
    except CredentialError as error:
        raise UsageError(error.message, hint=error.hint) from None


def _lti_key(table: Mapping[str, Any], where: str) -> LtiKey:
    values = {key: table[key] for key in _LTI_KEYS if key in table}
    complete = "client_id" in values and "key_file" in values
    if not complete or not all(isinstance(value, str) and value for value in values.values()):
        raise UsageError(f"{where}: `lti` needs `client_id` and `key_file`, and may have `key_id` and `token_url`")
    return LtiKey(**values)


def _settings(table: Mapping[str, Any], where: str) -> Settings:
    timeout = table.get("timeout")
    if timeout is not None:
        is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
        if not is_number or not 0 < timeout <= sys.float_info.max:  # TOML's integers have no end
            raise UsageError(f"{where}: `timeout` must be a number of seconds above zero")
        timeout = float(timeout)
    for key in ("ca_bundle", "proxy"):
        if not isinstance(table.get(key), str | None):
            raise UsageError(f"{where}: `{key}` must be text")
    return Settings(timeout, table.get("ca_bundle"), table.get("proxy"))
