"""A simulated Canvas on a real socket, and a home without a trace of the real user."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World

TOKEN = "S3CRET-marked-token-0123456789"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the process a home of its own, and no variable of anybody's Canvas."""
    for name in os.environ:
        if name.startswith("CANVAS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def canvas() -> Iterator[SandboxServer]:
    """Serve the default world on a free port."""
    with SandboxServer(World(default(), token=TOKEN)) as server:
        yield server


@pytest.fixture
def here(canvas: SandboxServer) -> dict[str, str]:
    """Return the arguments that name the simulated Canvas."""
    return {"url": canvas.url, "token": TOKEN}
