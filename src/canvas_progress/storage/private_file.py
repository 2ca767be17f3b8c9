"""Files that only their owner may read, replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from canvas_progress.core.errors import FileError, GuardError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_WAIT = 10.0  # seconds; a writer holds the lock for milliseconds


def read_private(path: Path) -> str | None:
    """Return the text of the file, None where there is none. Raises GuardError if others can read it."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise GuardError(
                    f"{path} holds tokens and can be read by others (mode {mode:04o})", hint=f"run `chmod 600 {path}`"
                )
            return file.read().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from None


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step; a crash leaves the old or the new one. Raises FileError."""
    target = path.resolve()  # a symbolic link stays a link
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise FileError(f"cannot write {path}: {error.strerror}", hint="nothing was changed") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing the file meanwhile. Makes its folder. Raises FileError."""
    import filelock

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = filelock.FileLock(f"{path}.lock", timeout=_LOCK_WAIT, mode=0o600)
        lock.acquire()
    except filelock.Timeout:
        raise FileError(f"{path} is locked by another process for {_LOCK_WAIT:.0f} s now") from None
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()
