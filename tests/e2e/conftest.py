"""The installed command in processes of its own, with a home of its own, and a simulated Canvas on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import Command

TOKEN = "S3CRET-marked-token"


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Return the command in a fresh home, with no Canvas set up."""
    return Command(tmp_path)


@pytest.fixture
def canvas() -> Iterator[SandboxServer]:
    """Serve the default world on a free port."""
    with SandboxServer(World(default(), token=TOKEN)) as server:
        yield server


@pytest.fixture
def connected(command: Command, canvas: SandboxServer) -> Command:
    """Return the command with the simulated Canvas in its environment."""
    command.environment |= {"CANVAS_PROGRESS_URL": canvas.url, "CANVAS_PROGRESS_TOKEN": TOKEN}
    return command
