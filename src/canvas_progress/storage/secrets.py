"""From a profile's credential to the token itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from canvas_progress.core.credentials import Secret, StoredToken, TokenVariable, checked_token
from canvas_progress.core.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.credentials import Profile


def token_of(profile: Profile, environment: Mapping[str, str]) -> Secret:
    """Fetch the token of a profile from where it is kept. Raises CredentialError."""
    match profile.credential:
        case StoredToken(secret):
            return secret
        case TokenVariable(variable):
            value = environment.get(variable, "")
            if not value.strip():
                raise CredentialError(
                    f"the token of profile `{profile.name}` is in the variable {variable}, which is not set",
                    hint=f"set it, or run `canvas-progress profile add {profile.name} --url {profile.base}`",
                )
            return checked_token(value, where=f"the environment variable {variable}")
        case other:
            assert_never(other)
