"""Tokens in the operating system's keyring. Every call runs under a time limit: a locked keyring may wait for ever."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Final, TypeVar

from canvas_progress.core.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

    from canvas_progress.core.credentials import Profile

T = TypeVar("T")
_SERVICE: Final = "canvas-progress"
_TIME_LIMIT: Final = 30.0  # seconds: time to type the password into a dialog that unlocks it
_INSTEAD: Final = "keep the token elsewhere: `--store file`, `--token-env VAR` or `--token-command CMD`"


class KeyringStore:
    """The keyring of this user, each token under the profile's name and the origin that it is for."""

    def __init__(self, time_limit: float = _TIME_LIMIT) -> None:
        self._time_limit = time_limit

    def works(self) -> bool:
        """Tell whether there is a keyring that could keep a token. Opens none."""
        try:
            return self._limited(_has_backend)
        except CredentialError:
            return False

    def read(self, profile: Profile) -> str:
        """Return the token of a profile. Raises CredentialError."""
        token = self._limited(lambda: _keyring().get_password(_SERVICE, _user(profile)))
        if token is None:
            raise CredentialError(
                f"the keyring has no token for profile `{profile.name}` at {profile.base.origin}",
                hint=f"run `canvas-progress profile add {profile.name} --url {profile.base}`",
            )
        return token

    def write(self, profile: Profile, token: str) -> None:
        """Keep the token of a profile. Raises CredentialError."""
        self._limited(lambda: _keyring().set_password(_SERVICE, _user(profile), token))

    def remove(self, profile: Profile) -> None:
        """Forget the token of a profile, if there is one. Raises CredentialError."""

        def remove() -> None:
            ring = _keyring()
            if ring.get_password(_SERVICE, _user(profile)) is not None:
                ring.delete_password(_SERVICE, _user(profile))

        self._limited(remove)

    def _limited(self, call: Callable[[], T]) -> T:
        """Call in a thread that is left behind when its time is over; it cannot keep the process from ending."""
        results: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                results.append(call())
            except Exception as error:  # noqa: BLE001  # backends raise whatever they like
                errors.append(error)

        thread = Thread(target=run, name="keyring", daemon=True)
        thread.start()
        thread.join(self._time_limit)
        if results:
            return results[0]
        if errors:
            raise CredentialError(f"the keyring does not work: {_said(errors[0])}", hint=_INSTEAD) from None
        raise CredentialError(f"the keyring gave no answer within {self._time_limit:g} s", hint=_INSTEAD)


def _keyring() -> KeyringBackend:
    import keyring

    return keyring.get_keyring()


def _has_backend() -> bool:
    return bool(_keyring().priority > 0)


def _user(profile: Profile) -> str:
    return f"{profile.name} {profile.base.origin}"


def _said(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
