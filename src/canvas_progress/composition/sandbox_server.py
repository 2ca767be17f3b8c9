"""The simulated Canvas in this process: for `-p sandbox`, `sandbox serve` and `demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.background import once, without_signals
from canvas_progress.core.errors import UsageError

if TYPE_CHECKING:
    from canvas_progress.core.credentials import Profile
    from canvas_progress.sandbox.server import SandboxServer


@once
def sandbox_profile() -> Profile:
    """Start the sandbox in this process, on a free port, and return the profile for it."""
    server = sandbox_server(0)
    with without_signals():
        server.start()
    return profile_for(server)


def profile_for(server: SandboxServer) -> Profile:
    """Return the profile for a sandbox of ours."""
    from canvas_progress.core.base_url import parse_base_url
    from canvas_progress.core.credentials import SANDBOX, Profile, Secret, StoredToken

    return Profile(SANDBOX, parse_base_url(server.url), StoredToken(Secret(server.token)))


def sandbox_server(port: int, token: str | None = None) -> SandboxServer:
    """Return the sandbox, not yet started, with this token or one of its own. What happened to its jobs lasts."""
    import secrets

    from canvas_progress.sandbox.scenarios import default
    from canvas_progress.sandbox.server import SandboxServer
    from canvas_progress.sandbox.world import World
    from canvas_progress.storage.locations import sandbox_state_file

    world = World(default(), token=token or secrets.token_urlsafe(32))
    try:
        return SandboxServer(world, port=port, state_file=sandbox_state_file())
    except OSError as error:
        hint = "choose another, or 0 for a free one"
        raise UsageError(f"cannot listen on port {port}: {error.strerror}", hint=hint) from None


def demo_server() -> SandboxServer:
    """Return the server of the demo, not yet started; its world is forgotten afterwards."""
    import secrets

    from canvas_progress.sandbox.scenarios import demo
    from canvas_progress.sandbox.server import SandboxServer
    from canvas_progress.sandbox.world import World

    return SandboxServer(World(demo(), token=secrets.token_urlsafe(32)))
