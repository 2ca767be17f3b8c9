"""Files that only their owner may read, replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from canvas_progress.background import one_at_a_time
from canvas_progress.core.credentials import Secret
from canvas_progress.core.errors import CredentialError, FileError, RefusedError
from canvas_progress.core.wording import command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK_WAIT: Final = 30.0  # seconds; a writer holds the lock for milliseconds, but there may be many
_LOCK_LOOK: Final = 0.01  # seconds between looks whether it is free
_UNCHANGED: Final = "nothing was changed"
_HAS_OWNERS: Final = hasattr(os, "geteuid")  # Windows has neither them nor modes: the folder protects what is in it


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


def read_key(name: str) -> Secret:
    """Return the private key in the file that a profile names.

    Raises CredentialError, which never quotes it, and RefusedError if others can read it.
    """
    path = Path(name).expanduser()
    try:
        text = read_private(path)
    except FileError as error:
        raise CredentialError(f"the key file cannot be used: {error.message}") from None
    if text is None:
        raise CredentialError(f"the key file {path} cannot be read: No such file or directory")
    return Secret(text)


@one_at_a_time
def create_private(path: Path) -> None:
    """Create an empty file unless there is one, which is not even opened. Raises OSError.

    When a process closes a file it loses all its locks on that, and those of SQLite are for all threads.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step; a crash leaves the old or the new one. To be called inside `locked`.

    Raises FileError.
    """
    with _changing(path):
        target = Path(os.path.realpath(path))  # a link stays a link; it may lead to no file yet
        draft = target.with_name(f".{target.name}.new")
        content = text.encode("utf-8")
        before = _status_of_writable(target)
        draft.unlink(missing_ok=True)  # left by a writer that was killed
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if _HAS_OWNERS and before is not None and before.st_uid != os.fstat(descriptor).st_uid:
                    os.fchown(descriptor, before.st_uid, before.st_gid)  # root edits, but the file stays its owner's
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            draft.replace(target)
        except BaseException:  # Ctrl-C too: the draft has tokens in it
            with suppress(OSError):
                draft.unlink()
            raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing the file meanwhile. Makes its folder. Raises FileError."""
    import filelock

    with _changing(path):
        target = Path(os.path.realpath(path))  # whoever comes by another link must meet the same lock
        _make_folder(path.parent)
        target.parent.stat()  # a link may lead to what is not mounted: not for us, nor for filelock, to make
        _status_of_writable(target)
        try:
            lock = filelock.FileLock(f"{target}.lock", mode=0o600).acquire(_LOCK_WAIT, _LOCK_LOOK)
        except filelock.Timeout:
            raise FileError(f"{path} is locked by another process for {_LOCK_WAIT:.0f} s now") from None
    with lock:
        yield


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Turn whatever keeps the file from being changed into a FileError."""
    try:
        yield
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}", hint=_UNCHANGED) from None
    except UnicodeEncodeError as error:
        raise FileError(f"cannot write {path}: {error.reason}", hint=_UNCHANGED) from None


def _check(path: Path, status: os.stat_result) -> None:
    """Raise FileError for what is no file, RefusedError for a file that others can read."""
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"cannot read {path}: it is no ordinary file")
    mode = stat.S_IMODE(status.st_mode)
    if not _HAS_OWNERS or not mode & 0o077:
        return
    mine, chmod = os.geteuid() in {0, status.st_uid}, command_line("chmod", "600", str(path))
    raise RefusedError(
        f"{path} holds secrets and can be read by others (mode {mode:04o})",
        hint=f"run {chmod}" if mine else "it belongs to another user, who can fix that",
    )


def _status_of_writable(target: Path) -> os.stat_result | None:
    """Return the status of the file that is to be replaced, if there is one. Raises OSError and FileError."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"cannot write {target}: it is no ordinary file", hint=_UNCHANGED)
    if not os.access(target, os.W_OK):  # replacing it would work, and would not be what its owner meant
        raise FileError(f"cannot write {target}: it is read-only", hint=_UNCHANGED)
    return status


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, all of them for the owner alone, whatever the umask allows."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir(mode=0o700, exist_ok=True)
