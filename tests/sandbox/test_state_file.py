"""What lasts between invocations of the sandbox, some of which run at the same time."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from canvas_doors import HandClock
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from pathlib import Path


def _world() -> World:
    return World(scenarios.default(), token="token")


def _client(server: SandboxServer, timeout: float = 5.0) -> httpx.Client:
    headers = {"authorization": f"Bearer {server.token}"}
    return httpx.Client(base_url=server.url, headers=headers, timeout=timeout)


def _saved(state: Path) -> dict[int, list[list[object]]]:
    return {job["id"]: job["cancels"] for job in json.loads(state.read_text())["jobs"]}


def test_a_cancel_lasts_until_the_next_server(tmp_path: Path) -> None:
    state, clock = tmp_path / "new" / "sandbox.json", HandClock()
    with SandboxServer(_world(), clock=clock, state_file=state) as server, _client(server) as client:
        client.post("/api/v1/progress/10/cancel", data={"message": "stop"})
    clock.advance(100)
    with SandboxServer(_world(), clock=clock, state_file=state) as server, _client(server) as client:
        job = client.get("/api/v1/progress/10").json()
    assert (job["message"], job["created_at"]) == ("stop", "2027-01-15T08:00:00Z")


def test_two_servers_on_one_file_see_each_others_cancels_and_lose_none(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    with (
        SandboxServer(_world(), state_file=state) as one,
        SandboxServer(_world(), state_file=state) as other,
        _client(one) as first,
        _client(other) as second,
    ):
        first.get("/api/v1/progress/10")
        first.post("/api/v1/progress/10/cancel", data={"message": "one"})
        second.post("/api/v1/progress/3/cancel", data={"message": "other"})
        assert second.get("/api/v1/progress/10").json()["message"] == "one"
        assert first.get("/api/v1/progress/3").json()["message"] == "other"
    assert [cancels[0][1] for cancels in _saved(state).values()] == ["one", "other"]


_CANCELLER = """
import sys
from pathlib import Path
import threading
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
import httpx
world = World(scenarios.many(40), token="token")
with SandboxServer(world, state_file=Path(sys.argv[1])) as server:
    with httpx.Client(base_url=server.url, headers={"authorization": "Bearer token"}) as client:
        for job in range(int(sys.argv[2]), 1040, 4):
            client.post(f"/api/v1/progress/{job}/cancel").raise_for_status()
"""


def test_processes_that_cancel_at_the_same_time_lose_no_cancel(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    processes = [
        subprocess.Popen([sys.executable, "-c", _CANCELLER, str(state), str(1000 + place)]) for place in range(4)
    ]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert sorted(_saved(state)) == list(range(1000, 1040))
    assert {len(cancels) for cancels in _saved(state).values()} == {1}


def test_the_file_belongs_to_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    with SandboxServer(_world(), state_file=state) as server, _client(server) as client:
        client.get("/api/v1/progress/1")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600 if os.name == "posix" else 0o666}


def test_nothing_but_the_file_and_its_lock_is_left_behind(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    with SandboxServer(_world(), state_file=state) as server, _client(server) as client:
        for job in range(1, 10):
            client.get(f"/api/v1/progress/{job}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sandbox.json", "sandbox.json.lock"]


def test_a_removed_file_resets_a_server_that_is_running(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    with SandboxServer(_world(), state_file=state) as server, _client(server) as client:
        client.post("/api/v1/progress/10/cancel", data={"message": "stop"})
        client.get("/api/v1/progress/1")
        state.unlink()
        assert client.get("/api/v1/progress/10").json()["workflow_state"] == "queued"
    assert _saved(state) == {10: []}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"version": 1}', b"[[[[" * 10])
def test_a_broken_file_counts_as_none_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    state = tmp_path / "sandbox.json"
    state.write_bytes(content)
    with SandboxServer(_world(), state_file=state) as server, _client(server) as client:
        assert client.get("/api/v1/progress/1").json()["workflow_state"] == "queued"
    assert _saved(state) == {1: []}


def test_a_folder_where_nothing_can_be_written_does_not_stop_the_server(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with (
        SandboxServer(_world(), state_file=tmp_path / "file" / "sandbox.json") as server,
        _client(server) as client,
    ):
        client.post("/api/v1/progress/10/cancel", data={"message": "stop"})
        assert client.get("/api/v1/progress/10").json()["message"] == "stop"


def test_a_request_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    with SandboxServer(_world(), state_file=state) as server, _client(server) as client:
        client.get("/api/v1/progress/0")
        assert not state.exists()
        client.get("/api/v1/progress/1")
        before = state.stat()
        client.get("/api/v1/progress/1")
        assert state.stat() == before
