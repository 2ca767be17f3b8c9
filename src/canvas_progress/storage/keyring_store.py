"""Tokens in the operating system's keyring. Every call runs under a time limit: a locked keyring may wait for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, cast

from canvas_progress.background import with_signals, within
from canvas_progress.core.credentials import adding
from canvas_progress.core.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

    from canvas_progress.core.credentials import Profile

T = TypeVar("T")
_SERVICE: Final = "canvas-progress"
_TIME_LIMIT: Final = 30.0  # seconds: time to type the password into a dialog that unlocks it
_PATIENCE: Final = 2.0  # seconds: by then somebody may wonder
_INSTEAD: Final = "keep the token elsewhere: `--store file`, `--token-env VAR` or `--token-command CMD`"


class KeyringStore:
    """The keyring of this user, each token under the profile's name and the Canvas that it is for."""

    def __init__(
        self,
        on_wait: Callable[[], None] = lambda: None,
        *,
        patience: float = _PATIENCE,
        time_limit: float = _TIME_LIMIT,
    ) -> None:
        """Call `on_wait` where an answer takes longer than `patience`; give up after `time_limit`. Both in seconds."""
        self._on_wait = on_wait
        self._patience = patience
        self._time_limit = time_limit

    def works(self) -> bool:
        """Whether there is a keyring that could keep a token. Opens none."""
        try:
            return self._limited(lambda: bool(_keyring().priority > 0))
        except CredentialError:
            return False

    def read(self, profile: Profile) -> str:
        """Return the token of a profile. Raises CredentialError."""
        token = self._limited(lambda: _keyring().get_password(_SERVICE, _user(profile)))
        if token is None:
            raise CredentialError(
                f"the keyring has no token for profile `{profile.name}` at {profile.base}",
                hint=f"run {adding(profile.name, profile.base)}",
            )
        return token

    def write(self, profile: Profile, token: str) -> None:
        """Keep the token of a profile, and make sure that it was kept. Raises CredentialError."""

        def write() -> bool:
            ring = _keyring()
            ring.set_password(_SERVICE, _user(profile), token)
            return ring.get_password(_SERVICE, _user(profile)) == token

        if not self._limited(write, secret=token):
            raise CredentialError("the keyring took the token and did not keep it", hint=_INSTEAD)

    def remove(self, profile: Profile) -> None:
        """Forget the token of a profile, if there is one, and make sure that it is gone. Raises CredentialError."""

        def remove() -> bool:
            ring = _keyring()
            if ring.get_password(_SERVICE, _user(profile)) is None:
                return True
            ring.delete_password(_SERVICE, _user(profile))
            return ring.get_password(_SERVICE, _user(profile)) is None

        if not self._limited(remove):
            raise CredentialError(
                f"the keyring still has the token of profile `{profile.name}`",
                hint=f"remove it there: service `{_SERVICE}`, account `{_user(profile)}`",
            )

    def _limited(self, call: Callable[[], T], *, secret: str | None = None) -> T:
        """Call in a thread that is left behind when its time is over; it cannot keep the process from ending."""
        unblocked = with_signals()(call)  # some keyrings start programs
        done = within(self._time_limit, unblocked, patience=self._patience, on_wait=self._on_wait)
        if isinstance(done.error, TimeoutError):
            raise CredentialError(f"the keyring gave no answer within {self._time_limit:g} s", hint=_INSTEAD)
        if done.error is not None:  # backends raise whatever they like
            raise CredentialError(f"the keyring does not work: {_said(done.error, secret)}", hint=_INSTEAD) from None
        return cast("T", done.result)


def _keyring() -> KeyringBackend:
    import keyring

    return keyring.get_keyring()


def _user(profile: Profile) -> str:
    return f"{profile.name} {profile.base}"


def _said(error: BaseException, secret: str | None) -> str:
    """Return what an error of a keyring says, if it is of a kind that is made for people: others may quote a token."""
    lines = str(error).splitlines() if _is_for_people(error) else []
    said = lines[0].strip().rstrip(".") if lines else ""
    return said if said and (secret is None or secret not in said) else type(error).__name__


def _is_for_people(error: BaseException) -> bool:
    if isinstance(error, ImportError):
        return True
    from keyring.errors import KeyringError

    return isinstance(error, KeyringError)
