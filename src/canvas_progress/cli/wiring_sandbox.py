"""The part of the composition root that runs a simulated Canvas in this process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from canvas_progress.cli import wiring
from canvas_progress.core.errors import UsageError

if TYPE_CHECKING:
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.cli.wiring import Common
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import Profile
    from canvas_progress.sandbox.server import SandboxServer
    from canvas_progress.terminal.terminal import Terminal


@cache
def sandbox_profile() -> Profile:
    """Start the sandbox in this process, on a free port, and return the profile for it."""
    from canvas_progress.core.base_url import parse_base_url
    from canvas_progress.core.credentials import SANDBOX, Profile, Secret, StoredToken

    server = sandbox_server(0)
    server.start()
    return Profile(SANDBOX, parse_base_url(server.url), StoredToken(Secret(server.token)))


def sandbox_server(port: int) -> SandboxServer:
    """Return the sandbox, not yet started, with a token of its own. What happened to its jobs lasts."""
    import secrets

    from canvas_progress.sandbox.scenarios import default
    from canvas_progress.sandbox.server import SandboxServer
    from canvas_progress.sandbox.world import World
    from canvas_progress.storage.locations import sandbox_state_file

    world = World(default(), token=secrets.token_urlsafe(32))
    try:
        return SandboxServer(world, port=port, state_file=sandbox_state_file())
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be had: {error.strerror}", hint="choose another, or 0 for a free one"
        ) from None


def demo_server() -> SandboxServer:
    """Return the server of the demo, not yet started; its world is forgotten afterwards."""
    import secrets

    from canvas_progress.sandbox.scenarios import demo
    from canvas_progress.sandbox.server import SandboxServer
    from canvas_progress.sandbox.world import World

    return SandboxServer(World(demo(), token=secrets.token_urlsafe(32)))


def connect_to(server: SandboxServer, common: Common, on: Terminal) -> tuple[BaseUrl, Adapters]:
    """Return the way to a sandbox server of ours."""
    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.canvas.clients import Clients
    from canvas_progress.cli.wiring_programs import programs
    from canvas_progress.clock import SystemClock
    from canvas_progress.core.base_url import parse_base_url
    from canvas_progress.core.credentials import SANDBOX, Access, Secret

    access_ = Access(parse_base_url(server.url), Secret(server.token), SANDBOX)
    return access_.base, Adapters(Clients((access_,), wiring.wire(common, on)), on, SystemClock(), programs((access_,)))
