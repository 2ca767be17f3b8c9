"""The two doors into the simulated Canvas: an httpx transport without a socket, and a real server on 127.0.0.1."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import httpx

from canvas_progress.sandbox.messages import Delivery, Request
from canvas_progress.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canvas_progress.sandbox.world import World

BASE_URL: Final = "http://canvas.example.edu"


def mock_transport(world: World, clock: Callable[[], float]) -> httpx.MockTransport:
    """Answer httpx's requests from a world, in no time and without a network."""

    def answer(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        headers = tuple(request.headers.multi_items())
        response = world.handle(Request(request.method, target, headers, request.read()), clock())
        match response.delivery:
            case Delivery.DROPPED:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
            case Delivery.RESET:
                raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
            case Delivery.STALLED:
                raise httpx.ReadTimeout("The read operation timed out", request=request)
            case Delivery.TRUNCATED:
                raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
            case Delivery.WHOLE:
                return httpx.Response(response.status, headers=list(response.headers), content=response.body)

    return httpx.MockTransport(answer)


@contextlib.contextmanager
def mock_door(world: World, clock: Callable[[], float]) -> Iterator[httpx.Client]:
    """Open a client on a world without a socket."""
    with httpx.Client(base_url=BASE_URL, transport=mock_transport(world, clock)) as client:
        yield client


@contextlib.contextmanager
def socket_door(world: World, clock: Callable[[], float]) -> Iterator[httpx.Client]:
    """Open a client on a world behind a real server; nothing of the sandbox may take half a second."""
    with SandboxServer(world, clock=clock) as server, httpx.Client(base_url=server.url, timeout=0.5) as client:
        yield client
