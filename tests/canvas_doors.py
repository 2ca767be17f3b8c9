"""The two doors into the simulated Canvas: an httpx transport without a socket, and a real server on 127.0.0.1."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from canvas_progress.sandbox.messages import Delivery, Request, Response
from canvas_progress.sandbox.server import SandboxServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canvas_progress.sandbox.world import World

BASE_URL: Final = "http://canvas.example.edu"


@dataclass(slots=True)
class HandClock:
    """A clock that only a test moves; in epoch seconds."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class Unread(httpx.MockTransport):
    """Gives answers as a socket does: packed as they are, and not yet read."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return what the handler answers, its body still to be read."""
        answer = super().handle_request(request)
        if not answer.is_stream_consumed:
            return answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))


def mock_transport(world: World, clock: Callable[[], float]) -> Unread:
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

    return Unread(answer)


def sent(line: str, token: str, *, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Request:
    """Write a request as its first line, `GET /path`, with the headers that every client sends."""
    method, _, target = line.partition(" ")
    usual = (("authorization", f"Bearer {token}"), ("user-agent", "test/1"), ("host", "canvas.example.edu"))
    return Request(method, target, (*usual, *headers), body)


def ask(world: World, line: str, *, now: float = 0.0) -> Response:
    """Send one request straight into a world, with its own token."""
    return world.handle(sent(line, world.token), now)


@contextlib.contextmanager
def mock_door(world: World, clock: Callable[[], float]) -> Iterator[httpx.Client]:
    """Open a client on a world without a socket."""
    with httpx.Client(base_url=BASE_URL, transport=mock_transport(world, clock)) as client:
        yield client


@contextlib.contextmanager
def socket_door(world: World, clock: Callable[[], float]) -> Iterator[httpx.Client]:
    """Open a client on a world behind a real server."""
    with SandboxServer(world, clock=clock) as server, plain_client(server.url) as client:
        yield client


def plain_client(url: str, **headers: str) -> httpx.Client:
    """Return a client that will not load the certificates of all authorities, which takes longer than most tests."""
    return httpx.Client(base_url=url, headers=headers, timeout=60, verify=False)


@dataclass(frozen=True, slots=True)
class Canvas:
    """A world, a client at one of its doors and the clock of both."""

    client: httpx.Client
    world: World
    clock: HandClock

    def get(self, job: int | str, **headers: str) -> httpx.Response:
        """Request a job; a header's dashes are written as underscores."""
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(f"/api/v1/progress/{job}", headers=spelled)

    def cancel(self, job: int, message: str | None = None) -> httpx.Response:
        """Cancel a job, with a message in a form or with none."""
        form = {} if message is None else {"message": message}
        return self.client.post(f"/api/v1/progress/{job}/cancel", data=form)

    def state(self, job: int, *, after: float = 0.0) -> str:
        """Let time pass and return the state of a job."""
        self.clock.advance(after)
        return str(self.get(job).json()["workflow_state"])
