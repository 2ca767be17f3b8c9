"""Files that only their owner may read, replaced whole or not at all."""

from __future__ import annotations

import os
import shlex
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import FileError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_WAIT: Final = 30.0  # seconds; a writer holds the lock for milliseconds, but there may be many
_LOCK_LOOK: Final = 0.01  # seconds between looks whether it is free


def read_private(path: Path) -> str | None:
    """Return the text of the file, None where there is none. Raises RefusedError if others can read it."""
    if str(path) == os.devnull:
        return None  # the usual way to name no file at all
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a named pipe must not keep us waiting
        with os.fdopen(descriptor, "rb") as file:
            _check(path, os.fstat(descriptor))
            return file.read().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from None


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step; a crash leaves the old or the new one. Raises FileError.

    Call it inside `locked`: what writers that were killed have left beside the file is removed.
    """
    target = _target(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        content = text.encode("utf-8")
        before = _writable(target)
        _remove_drafts(target)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if before is not None and before.st_uid != os.fstat(descriptor).st_uid:
                    os.fchown(descriptor, before.st_uid, before.st_gid)  # root edits, but the file stays its owner's
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            beside.replace(target)
        except BaseException:  # Ctrl-C too: the draft has tokens in it
            with suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}", hint="nothing was changed") from None
    except UnicodeEncodeError as error:
        raise FileError(f"cannot write {path}: {error.reason}", hint="nothing was changed") from None
    _sync_folder(target.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing the file meanwhile. Makes its folder. Raises FileError."""
    import filelock

    target = _target(path)  # whoever comes by another link must meet the same lock
    try:
        _make_folder(path.parent)
        target.parent.stat()  # a link may lead to what is not mounted: not for us, nor for filelock, to make
        _writable(target)
        lock = filelock.FileLock(f"{target}.lock", mode=0o600)
        lock.acquire(timeout=_LOCK_WAIT, poll_interval=_LOCK_LOOK)
    except filelock.Timeout:
        raise FileError(f"{path} is locked by another process for {_LOCK_WAIT:.0f} s now") from None
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}", hint="nothing was changed") from None
    try:
        yield
    finally:
        lock.release()


def _check(path: Path, status: os.stat_result) -> None:
    """Raise FileError for what is no file, RefusedError for a file that others can read."""
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"cannot read {path}: it is no ordinary file")
    mode = stat.S_IMODE(status.st_mode)
    if os.name != "posix" or not mode & 0o077:
        return
    mine = os.geteuid() in {0, status.st_uid}
    raise RefusedError(
        f"{path} holds secrets and can be read by others (mode {mode:04o})",
        hint=f"run `chmod 600 {shlex.quote(str(path))}`" if mine else "it belongs to another user, who can mend that",
    )


def _target(path: Path) -> Path:
    """Return where a symbolic link leads, so that it stays a link; it may lead to no file yet."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # RuntimeError: Python before 3.13
        raise FileError(f"cannot write {path}: its symbolic links lead nowhere", hint="nothing was changed") from None


def _writable(target: Path) -> os.stat_result | None:
    """Return the status of the file that is to be replaced, if there is one. Raises PermissionError and FileError."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"cannot write {target}: it is no ordinary file", hint="nothing was changed")
    if not os.access(target, os.W_OK):  # replacing it would work, and would not be what its owner meant
        raise FileError(f"cannot write {target}: it is read-only", hint="nothing was changed")
    return status


def _remove_drafts(target: Path) -> None:
    """Remove what killed writers have left: drafts of this file, with tokens in them."""
    start, end = f".{target.name}.", ".new"
    for name in os.listdir(target.parent):  # noqa: PTH208  # names are enough
        if name.startswith(start) and name.endswith(end) and name[len(start) : -len(end)].isdigit():
            with suppress(OSError):
                target.with_name(name).unlink()


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, all of them for the owner alone, whatever the umask allows."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename outlast a power cut, where the system can. The file is in place whether or not this works."""
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
