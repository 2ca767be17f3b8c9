"""The simulated Canvas on a real socket of this machine, for commands and for tests that need the network."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Self

from canvas_progress.sandbox.connection import Listener
from canvas_progress.sandbox.messages import Delivery, Request, Response
from canvas_progress.sandbox.state_file import StateFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from canvas_progress.sandbox.world import World


class SandboxServer:
    """Serves one world on 127.0.0.1, each connection in a thread of its own.

    The port is bound at once. `latency` is how many seconds every request stays in flight. With a `state_file`, what
    happens lasts: jobs go on where an earlier server left them.
    """

    def __init__(
        self,
        world: World,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        latency: float = 0.0,
        state_file: Path | None = None,
    ) -> None:
        self.world = world
        self.token = world.token
        self._clock = clock
        self._latency = latency
        self._state = None if state_file is None else StateFile(state_file, world)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._listener = Listener(port, self._answer)
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve in the background."""
        self._thread = threading.Thread(target=self.serve_forever, name="sandbox", daemon=True)
        self._thread.start()

    def serve_forever(self) -> None:
        """Serve until `stop` is called from another thread."""
        self._listener.accept_connections()

    def stop(self) -> None:
        """Close the port and all connections, answered or not."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._listener.close()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def _answer(self, request: Request) -> Response:
        with self._kept():
            arrived = self.world.arrive(request, self._clock())
        if isinstance(arrived, Response):
            return arrived
        if self._latency:
            self._stopping.wait(self._latency)
        with self._kept():
            response = self.world.finish(arrived, self._clock())
        if response.delivery is Delivery.STALLED:
            self._stopping.wait()
        return response

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        """Let one thread at a time into the world, and share what happened there with other processes."""
        with self._lock:
            if self._state is not None:
                self._state.load()
            yield
            if self._state is not None:
                self._state.save()
