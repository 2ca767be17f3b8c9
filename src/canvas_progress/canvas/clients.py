"""One client for each Canvas of a command, made when the first job of it is asked for."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from canvas_progress.canvas.client import Canvas

if TYPE_CHECKING:
    from canvas_progress.canvas.client import Wire
    from canvas_progress.core.answers import Answer
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import Access
    from canvas_progress.core.refs import Target


class Clients:
    """Asks the right Canvas, with the right token, for each job."""

    def __init__(self, accesses: tuple[Access, ...], wire: Wire) -> None:
        self._accesses = {access.base: access for access in accesses}
        self._wire = wire
        self._clients: dict[BaseUrl, Canvas] = {}
        self._making = Lock()

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now. Raises CanvasProgressError."""
        return self._client(target.base).read(target)

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, without any guard. Raises CanvasProgressError."""
        return self._client(target.base).cancel(target, message)

    def _client(self, base: BaseUrl) -> Canvas:
        with self._making:
            if base not in self._clients:
                self._clients[base] = Canvas(self._accesses[base], self._wire)
            return self._clients[base]
