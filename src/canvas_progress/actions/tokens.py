"""From a profile's credential to the token itself, wherever that is kept."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, assert_never

from canvas_progress.core.credentials import (
    KeyringToken,
    LtiKey,
    Secret,
    StoredToken,
    TokenCommand,
    TokenVariable,
    adding,
    checked_token,
)
from canvas_progress.core.errors import CredentialError
from canvas_progress.core.record import record
from canvas_progress.core.wording import without_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from canvas_progress.actions.lti_tokens import LtiTokens
    from canvas_progress.core.credentials import Profile
    from canvas_progress.processes import Ran
    from canvas_progress.storage.keyring_store import KeyringStore

_COMMAND_LIMIT: Final = 50.0  # seconds: time to unlock a password manager


@record
class TokenSources:
    """Where tokens can come from.

    `run` runs a program to its end, within so many seconds.
    """

    environment: Mapping[str, str]
    keyring: KeyringStore
    run: Callable[[tuple[str, ...], float], Ran]
    lti: Callable[[], LtiTokens]


def token_of(profile: Profile, sources: TokenSources) -> Secret:
    """Fetch the token of a profile from where it is kept. Raises CredentialError."""
    match profile.credential:
        case StoredToken(secret):
            return secret
        case TokenVariable(variable):
            return _from_variable(profile, variable, sources)
        case KeyringToken():
            return checked_token(sources.keyring.read(profile), where=f"the keyring, for profile `{profile.name}`,")
        case TokenCommand(command):
            return _from_command(command, sources)
        case LtiKey() as key:
            return sources.lti().token_for(profile, key)
        case other:
            assert_never(other)


def _from_variable(profile: Profile, variable: str, sources: TokenSources) -> Secret:
    value = sources.environment.get(variable, "")
    if not value.strip():
        raise CredentialError(
            f"the token of profile `{profile.name}` is in the variable {variable}, which is not set",
            hint=f"set it, or run {adding(profile.name, profile.base)}",
        )
    return checked_token(value, where=f"the environment variable {variable}")


def _from_command(command: str, sources: TokenSources) -> Secret:
    """Run the command and take its first line. What it says on standard error is for the user, its output is not."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise CredentialError(f"the token command cannot be split into words: {error}".lower()) from None
    if not words:
        raise CredentialError("the token command is empty")
    name = without_tokens(words[0])  # not its arguments: some put a secret there
    ran = sources.run(words, _COMMAND_LIMIT)
    if ran.code is None:
        raise CredentialError(f"the token command `{name}` could not be run: {ran.error}")
    if ran.code != 0:
        said = f": {without_tokens(ran.error.strip())}" if ran.error.strip() else ""
        raise CredentialError(f"the token command `{name}` failed with exit code {ran.code}{said}")
    lines = ran.output.splitlines()
    return checked_token(lines[0] if lines else "", where=f"the output of `{name}`")
