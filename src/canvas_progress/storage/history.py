"""The jobs that this machine has seen, in an SQLite file that many processes may use at once.

Canvas has no list of its Progress objects, so this is the only one there is. It is a convenience: whatever is wrong
with the file is a warning, and never stops the job at hand.
"""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from canvas_progress.core.errors import FileError
from canvas_progress.storage.history_rows import LATEST, SCHEMA, durations, read, write
from canvas_progress.storage.private_file import create_private

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from canvas_progress.core.history import HistoryEntry

T = TypeVar("T")
_PATIENCE: Final = 5.0  # seconds to wait for another process that writes


class History:
    """The remembered jobs. `warn` is called if the file cannot be used, with the reason; once if that will not pass."""

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self.path = path
        self._warn = warn
        self._broken = False

    def note(self, jobs: tuple[HistoryEntry, ...]) -> None:
        """Remember these jobs as they are now."""
        self._at_once(lambda connection: write(connection, jobs), None)

    def write(self, jobs: tuple[HistoryEntry, ...]) -> None:
        """Remember these jobs as they are now. Raises FileError where that may work later, and does not warn of it."""
        self._with(lambda connection: write(connection, jobs), None)

    def listing(self, *, pending: bool = False) -> tuple[HistoryEntry, ...]:
        """Return the remembered jobs, those seen last first."""
        return self._at_once(lambda connection: read(connection, pending=pending), ())

    def durations(self) -> dict[tuple[str, str], tuple[float, ...]]:
        """Return how many seconds the newest completed jobs took, by Canvas and tag, where these are enough.

        In a course `created` may be any time: LTI tools make it up. What is wrong with the file is reported by whoever
        notes the next job; to look neither makes the file nor repairs it.
        """
        import sqlite3

        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                return durations(connection)
        except (sqlite3.Error, OSError):
            return {}

    def forget(self) -> None:
        """Forget all jobs."""
        self._unlink("", "-wal", "-shm")

    def _at_once(self, use: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Use the file now or not at all: a lock that is held for too long is a warning."""
        try:
            return self._with(use, otherwise)
        except FileError as error:
            self._warn(error.message)
            return otherwise

    def _with(self, use: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        import sqlite3

        if self._broken:
            return otherwise
        for healed in (False, True):
            try:
                with closing(self._open()) as connection, connection:
                    return use(connection)
            except sqlite3.DatabaseError as error:
                if _is_locked(error):
                    raise FileError(self._reason(str(error))) from None
                if (
                    healed
                    or isinstance(error, sqlite3.OperationalError | sqlite3.IntegrityError)
                    or not self._set_aside(error)
                ):
                    return self._give_up(str(error), otherwise)
            except OSError as error:
                return self._give_up(error.strerror or str(error), otherwise)
            except Exception as error:  # noqa: BLE001  # a convenience never disturbs the job at hand
                return self._give_up(f"{type(error).__name__}: {error}", otherwise)
        return otherwise

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_private(self.path)  # SQLite itself would let others read it
        connection = sqlite3.connect(self.path, timeout=_PATIENCE)
        with suppress(sqlite3.OperationalError):  # another process may be switching it at this very moment
            connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        if not connection.execute("select 1 from sqlite_master where name = ?", (LATEST,)).fetchone():
            # One transaction that waits for its turn: several processes may find an empty file at once.
            connection.executescript(f"begin immediate; {SCHEMA} commit;")
        return connection

    def _set_aside(self, error: Exception) -> bool:
        """Move a file that is no database out of the way, so that the next one can start."""
        aside = self.path.with_name(f"{self.path.name}.broken")
        try:
            self.path.replace(aside)
        except OSError:
            return False
        self._unlink("-wal", "-shm")
        self._warn(f"the file of recent jobs is broken ({error}); it is now {aside}, and a new one begins")
        return True

    def _unlink(self, *suffixes: str) -> None:
        for suffix in suffixes:
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()

    def _give_up(self, reason: str, otherwise: T) -> T:
        self._broken = True
        self._warn(self._reason(reason))
        return otherwise

    def _reason(self, reason: str) -> str:
        return f"recent jobs are not remembered: {self.path}: {reason}"


def _is_locked(error: sqlite3.DatabaseError) -> bool:
    """Whether another process has the file, which passes. The low byte is the code without its details."""
    import sqlite3

    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
