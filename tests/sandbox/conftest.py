"""One client at each door of the default scenario, so that every fact of the contract is requested twice."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canvas_doors import Canvas, HandClock, mock_door, socket_door
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canvas_progress.sandbox.installation import Installation


@pytest.fixture(params=[mock_door, socket_door], ids=["mock", "socket"])
def installed(request: pytest.FixtureRequest) -> Iterator[Callable[[Installation], Canvas]]:
    with contextlib.ExitStack() as doors:

        def install(installation: Installation) -> Canvas:
            world = World(replace(scenarios.default(), installation=installation), token="token")
            clock = HandClock()
            client = doors.enter_context(request.param(world, clock))
            client.headers["authorization"] = "Bearer token"
            return Canvas(client, world, clock)

        yield install


@pytest.fixture
def canvas(installed: Callable[[Installation], Canvas]) -> Canvas:
    return installed(scenarios.default().installation)
