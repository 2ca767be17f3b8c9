"""What lasts between invocations of the sandbox, some of which run at the same time."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from typing import TYPE_CHECKING

import httpx
import pytest

import forks
from canvas_doors import HandClock
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class _Client(httpx.Client):
    def job(self, id_: int) -> dict[str, object]:
        return dict(self.get(f"/api/v1/progress/{id_}").json())

    def cancel(self, id_: int, message: str) -> None:
        self.post(f"/api/v1/progress/{id_}/cancel", data={"message": message}).raise_for_status()


@contextlib.contextmanager
def _serving(state: Path, clock: Callable[[], float] = time.time) -> Iterator[_Client]:
    world = World(scenarios.default(), token="token")
    with (
        SandboxServer(world, clock=clock, state_file=state) as server,
        _Client(base_url=server.url, headers={"authorization": "Bearer token"}, verify=False) as client,
    ):
        yield client


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.json"


def _saved(state: Path) -> dict[int, list[list[object]]]:
    return {job["id"]: job["cancels"] for job in json.loads(state.read_text())["jobs"]}


def test_a_cancel_lasts_until_the_next_server(tmp_path: Path) -> None:
    state, clock = tmp_path / "new" / "sandbox.json", HandClock()
    with _serving(state, clock) as client:
        client.cancel(10, "stop")
    clock.advance(100)
    with _serving(state, clock) as client:
        job = client.job(10)
    assert (job["message"], job["created_at"]) == ("stop", "2027-01-15T08:00:00Z")


def test_two_servers_on_one_file_see_each_others_cancels_and_lose_none(state: Path) -> None:
    with _serving(state) as first, _serving(state) as second:
        first.job(10)
        first.cancel(10, "one")
        second.cancel(3, "other")
        assert (second.job(10)["message"], first.job(3)["message"]) == ("one", "other")
    assert [cancels[0][1] for cancels in _saved(state).values()] == ["one", "other"]


_CANCELLER = """
import sys
from pathlib import Path
from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
import httpx
world = World(scenarios.many(40), token="token")
with SandboxServer(world, state_file=Path(sys.argv[1])) as server:
    with httpx.Client(base_url=server.url, headers={"authorization": "Bearer token"}, verify=False) as client:
        for job in range(int(sys.argv[2]), 1040, 4):
            client.post(f"/api/v1/progress/{job}/cancel").raise_for_status()
"""


def test_processes_that_cancel_at_the_same_time_lose_no_cancel(state: Path) -> None:
    processes = [forks.running(_CANCELLER, state, 1000 + place) for place in range(4)]
    assert [process.communicate(timeout=60) for process in processes] == [("", "")] * 4
    assert sorted(_saved(state)) == list(range(1000, 1040))
    assert {len(cancels) for cancels in _saved(state).values()} == {1}


def test_nothing_but_the_file_and_its_lock_is_left_behind_for_its_owner_only(state: Path) -> None:
    with _serving(state) as client:
        for job in range(1, 10):
            client.job(job)
    assert sorted(path.name for path in state.parent.iterdir()) == ["sandbox.json", "sandbox.json.lock"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in state.parent.iterdir()}
    assert modes == {0o600 if os.name == "posix" else 0o666}


def test_a_removed_file_resets_a_server_that_is_running(state: Path) -> None:
    with _serving(state) as client:
        client.cancel(10, "stop")
        client.job(1)
        state.unlink()
        assert client.job(10)["workflow_state"] == "queued"
    assert _saved(state) == {10: []}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"version": 1}', b"[[[[" * 10])
def test_a_broken_file_counts_as_none_and_is_replaced(state: Path, content: bytes) -> None:
    state.write_bytes(content)
    with _serving(state) as client:
        assert client.job(1)["workflow_state"] == "queued"
    assert _saved(state) == {1: []}


def test_a_folder_where_nothing_can_be_written_does_not_stop_the_server(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with _serving(tmp_path / "file" / "sandbox.json") as client:
        client.cancel(10, "stop")
        assert client.job(10)["message"] == "stop"


def test_a_request_that_changes_nothing_writes_nothing(state: Path) -> None:
    with _serving(state) as client:
        client.job(0)
        assert not state.exists()
        client.job(1)
        before = state.stat()
        client.job(1)
        assert state.stat() == before
