"""The command and the call say the same about every job of the sandbox: each has a fresh one, with the same time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

import canvas_progress
from canvas_progress.sandbox import (
    blueprint_syncs,
    content_migrations,
    outcome_imports,
    reports,
    scenarios,
    sis_imports,
)
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import Command

TOKEN: Final = "S3CRET-marked-token-0123456789"
HOST: Final = "https://canvas.example.edu"
START: Final = 1_800_000_000.0
# The sandbox's time goes on with its requests, not with ours: a busy machine changes nothing. Jobs that end do so
# within ten requests, the others take more than there are in the time limit.
STEP: Final = 12.0  # seconds of the sandbox for each request
TIMEOUT: Final = 22.0  # seconds of ours
INTERVAL: Final = 1.0
AT_ONCE: Final = 80  # mostly they wait
REFS: Final = (
    *(str(job.id) for job in scenarios.default().jobs),
    "99999",
    *(f"sis_import:{job.id}" for job in sis_imports.JOBS),
    *(f"report:provisioning_csv:{job.id}" for job in reports.JOBS),
    *(f"outcome_import:{job.id}" for job in outcome_imports.JOBS),
    *(f"blueprint_sync:5:{job.id}" for job in blueprint_syncs.JOBS),
    *(f"/api/v1/courses/5/content_migrations/{job.id}" for job in content_migrations.JOBS),
)
# Some of each sort, for what does not take time.
READ: Final = (
    *("9", "5", "10", "30", "31", "37", "40", "41", "42", "47", "48", "50", "51", "53", "54", "60", "67", "69", "70"),
    *("99999", "20000000000023", "9010000000000001", "sis_import:4003", "sis_import:4007", "sis_import:4013"),
    *("report:provisioning_csv:5002", "outcome_import:6004", "blueprint_sync:5:7002"),
    "/api/v1/courses/5/content_migrations/31",
)
CANCELED: Final = (
    *("4", "9", "10", "20", "24", "25", "30", "50", "51", "53", "54", "60", "72", "78", "79", "99999"),
    *("sis_import:4009", "sis_import:4011", "sis_import:4013", "report:provisioning_csv:5004"),
    *("report:provisioning_csv:5006", "outcome_import:6001", "blueprint_sync:5:7001"),
)


Result = canvas_progress.JobResult
Call = Callable[..., tuple[Result, ...]]


@dataclass(frozen=True)
class Said:
    """What the command printed about one job, what the call returned, and the exit codes of both."""

    code: int
    lines: list[dict[str, Any]]
    call_code: int
    result: Result | None


@contextmanager
def canvas(step: float) -> Iterator[SandboxServer]:
    """Serve a fresh world, whose time goes on by so many seconds with each request."""
    looks = count()  # two for each request: when it comes, and when it is answered
    with SandboxServer(
        World(scenarios.default(), token=TOKEN), clock=lambda: START + step * (next(looks) // 2)
    ) as server:
        yield server


def ran(home: Path, words: tuple[str, ...], step: float, ref: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the command on a Canvas of its own."""
    command = Command(home)
    with canvas(step) as server:
        pair = {"CANVAS_PROGRESS_URL": server.url, "CANVAS_PROGRESS_TOKEN": TOKEN}
        command.environment |= {**pair, "CANVAS_PROGRESS_NO_HISTORY": "1"}
        done = command.run(*words, "--json", f"{server.url}{ref}" if ref.startswith("/") else ref)
        return done.code, [json.loads(line.replace(server.url, HOST)) for line in done.out.splitlines()]


def called(call: Call, step: float, ref: str) -> tuple[int, Result | None]:
    """Make the call to a Canvas of its own, and work out what a command would exit with."""
    with canvas(step) as server:
        try:
            (result,) = call(f"{server.url}{ref}" if ref.startswith("/") else ref, url=server.url, token=TOKEN)
        except canvas_progress.JobTimeoutError as late:
            return late.results[0].exit_code, late.results[0]
        except canvas_progress.CanvasProgressError as error:
            return int(error.exit_code), None
    told = None if result.json is None else json.loads(json.dumps(result.json).replace(server.url, HOST))
    return result.exit_code, replace(result, json=told)


def said(home: Path, refs: tuple[str, ...], words: tuple[str, ...], call: Call, step: float) -> dict[str, Said]:
    """Let both speak about every job."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        commands = pool.map(partial(ran, home, words, step), refs)
        calls = pool.map(partial(called, call, step), refs)
        return {ref: Said(*one, *other) for ref, one, other in zip(refs, commands, calls, strict=True)}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    words = ("watch", "--timeout", f"{TIMEOUT:.0f}", "--interval", f"{INTERVAL:.0f}")
    call = partial(canvas_progress.wait, timeout=TIMEOUT, interval=INTERVAL)
    return said(tmp_path_factory.mktemp("watch"), REFS, words, call, STEP)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    return said(tmp_path_factory.mktemp("show"), READ, ("show", "--exit-status"), canvas_progress.show, 0.0)


@pytest.fixture(scope="module")
def canceled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    return said(tmp_path_factory.mktemp("cancel"), CANCELED, ("cancel", "--yes"), canvas_progress.cancel, 0.0)


@pytest.mark.parametrize("ref", REFS)
def test_a_wait_ends_as_the_watch_does(ref: str, watched: dict[str, Said]) -> None:
    both = watched[ref]
    told = [line["outcomes"] for line in both.lines if line["event"] == "summary"]
    assert both.code == both.call_code
    assert told == ([] if both.result is None else [{both.result.ref: both.result.outcome}])


@pytest.mark.parametrize("ref", READ)
def test_what_is_shown_is_the_same(ref: str, shown: dict[str, Said]) -> None:
    both = shown[ref]
    assert both.code == both.call_code
    assert both.lines == ([] if both.result is None or both.result.json is None else [both.result.json])


@pytest.mark.parametrize("ref", CANCELED)
def test_a_cancellation_comes_to_the_same(ref: str, canceled: dict[str, Said]) -> None:
    both = canceled[ref]
    assert isinstance(both.result, canvas_progress.CancelResult)
    assert both.code == both.call_code
    (line,) = both.lines
    assert (line["ref"], line["action"], line["outcome"]) == (
        both.result.ref,
        both.result.action,
        both.result.outcome,
    )
    assert line.get("job") == both.result.json


def test_all_jobs_of_the_sandbox_are_there_and_end_in_every_way(
    watched: dict[str, Said], canceled: dict[str, Said]
) -> None:
    assert len(REFS) > 100
    assert {both.code for both in watched.values()} == {0, 1, 3, 4, 5, 9, 124}
    assert {both.code for both in canceled.values()} >= {0, 5, 7}
