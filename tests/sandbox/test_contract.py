"""What a client may count on in the simulated Canvas, through both of its doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canvas_doors import mock_door, socket_door
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture(params=[mock_door, socket_door], ids=["mock", "socket"])
def canvas(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    world = World(scenarios.default(), token="token")
    with request.param(world, lambda: 1000.0) as client:
        client.headers["authorization"] = "Bearer token"
        yield client


def test_a_progress_has_exactly_the_documented_keys(canvas: httpx.Client) -> None:
    assert set(canvas.get("/api/v1/progress/1").json()) == {
        "id",
        "context_id",
        "context_type",
        "user_id",
        "tag",
        "completion",
        "workflow_state",
        "created_at",
        "updated_at",
        "message",
        "url",
    }
