"""One client for each Canvas of a command, made at once: a setting that makes no sense is told before any request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.canvas.client import Canvas

if TYPE_CHECKING:
    from canvas_progress.canvas.client import HttpOptions
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.credentials import Access
    from canvas_progress.core.refs import Target


class Clients:
    """Asks the right Canvas, with the right token, for each job."""

    def __init__(self, accesses: tuple[Access, ...], options: HttpOptions) -> None:
        """Raise UsageError where the settings of a profile make no sense."""
        self._clients = {(access.base, access.name): Canvas(access, options) for access in accesses}

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now. Raises CanvasProgressError."""
        return self._clients[target.base, target.profile].read(target)

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, without any guard. Raises CanvasProgressError."""
        return self._clients[target.base, target.profile].cancel(target, message)

    def limit(self, target: Target) -> float:
        """Return how many seconds a request to its Canvas may take."""
        return self._clients[target.base, target.profile].limit

    def close(self) -> None:
        """Give all connections back."""
        for client in self._clients.values():
            client.close()
