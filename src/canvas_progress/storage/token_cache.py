"""Access tokens of LTI tools, kept until shortly before they expire: a new one costs a third of what Canvas allows."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from canvas_progress.core.credentials import checked_token
from canvas_progress.core.errors import CanvasProgressError, FileError
from canvas_progress.core.record import record
from canvas_progress.storage.private_file import locked, read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from canvas_progress.core.credentials import Secret

_MARGIN: Final = 60.0  # seconds before its end at which a token counts as expired: time for the requests to come
_NEW: Final = 30.0  # seconds
_EVER: Final = 1e12  # seconds


@record
class TokenKey:
    """What a token is good for: who hands it out, to whom, and for what."""

    token_url: str
    client_id: str
    scope: str

    @property
    def file_name(self) -> str:
        """A name that reveals nothing and fits every file system."""
        return hashlib.sha256(f"{self.token_url}\n{self.client_id}\n{self.scope}".encode()).hexdigest() + ".json"


@record
class _Kept:
    """A token as it is in its file; times are in epoch seconds of this machine's clock."""

    secret: Secret
    obtained: float
    expires: float

    def is_good(self, now: float) -> bool:
        """Whether it lasts. One from the future is not trusted: the clock has been set back since."""
        return self.obtained - _MARGIN <= now < self.expires - _MARGIN


class TokenCache:
    """A folder with a file for each token. Any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_or_exchange(
        self,
        key: TokenKey,
        now: float,
        exchange: Callable[[], tuple[Secret, float]],
        *,
        refused: Secret | None = None,
    ) -> Secret:
        """Return the kept token, or else a new one; `exchange` returns it with the seconds it lasts.

        Of several processes at once one makes the exchange, and the others wait for it. `now` is in epoch seconds. A
        `refused` token is not returned, unless it is so new that another would fare no better. Raises FileError, and
        whatever `exchange` raises.
        """
        path = self._path(key)
        with locked(path):
            kept = _read(path)
            if kept is not None and kept.is_good(now) and (kept.secret != refused or now - kept.obtained < _NEW):
                return kept.secret
            secret, expires_in = exchange()
            with suppress(FileError):  # a full disk does not make the token a bad one
                write_private(path, _written(_Kept(secret, now, now + expires_in)))
            return secret

    def drop(self, key: TokenKey) -> None:
        """Drop whatever is kept for a key that nobody uses any more. Raises FileError."""
        path = self._path(key)
        if path.exists():
            with locked(path):
                path.unlink(missing_ok=True)

    def _path(self, key: TokenKey) -> Path:
        return self._folder / key.file_name


def _written(kept: _Kept) -> str:
    document = {"access_token": kept.secret.reveal(), "obtained_at": kept.obtained, "expires_at": kept.expires}
    return json.dumps(document, indent=1) + "\n"


def _read(path: Path) -> _Kept | None:
    """Return what a file holds; one that is broken, or that others could read, is as good as none."""
    try:
        document = json.loads(read_private(path) or "null")
        secret = checked_token(document["access_token"], where=str(path))
        obtained, expires = (document[name] for name in ("obtained_at", "expires_at"))
        # The comparison also keeps out what is no finite number, or none at all.
        usable = abs(obtained) < _EVER and abs(expires) < _EVER
    except (CanvasProgressError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None
    return _Kept(secret, obtained, expires) if usable else None
