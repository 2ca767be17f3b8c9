"""Keeps what has happened in a world between invocations, which may run at the same time and share one file."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from canvas_progress.sandbox.world import World

_OWNER_ONLY: Final = 0o600
_Stamp = tuple[int, int, int]


class StateFile:
    """One world's file: what others have saved is merged in before a request, and what changed is saved after it."""

    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._seen: _Stamp | None = None
        self._saved_changes = world.changes
        self.load()

    def load(self) -> None:
        """Merge in the file if it is a new one; a broken file counts as empty, and a removed one as reset."""
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        if stamp is None:
            self._world.forget()
            return
        with contextlib.suppress(OSError, ValueError):
            self._world.restore(self._path.read_text("utf-8"))

    def save(self) -> None:
        """Save the world if something changed; where nothing can be written, the world lasts as long as its process."""
        if self._world.changes == self._saved_changes:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self._path.with_name(f"{self._path.name}.lock")):
                self.load()
                _replace(self._path, self._world.snapshot())
                self._seen = _stamp(self._path)
            self._saved_changes = self._world.changes


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _replace(path: Path, text: str) -> None:
    """Put a new file in the place of the old one, readable by its owner only from its first byte on."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 -- Path cannot open a descriptor
            file.write(text)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock among processes; a file of its own, since the state file is replaced each time."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)  # which also gives the lock back


def _lock(descriptor: int) -> None:
    """Wait for the lock; on Windows for some ten seconds, after which OSError is raised."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]  # Windows alone has it
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
