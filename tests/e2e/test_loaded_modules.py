"""What each command loads. Counting modules is the same on every machine; counting milliseconds is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from canvas_progress.sandbox.server import SandboxServer
from command import Command

HEAVY = frozenset({
    "typer", "rich", "httpx", "tomllib", "tomlkit", "filelock", "platformdirs", "truststore", "pydantic", "asyncio",
    "http.server", "importlib.metadata", "sqlite3", "keyring",
})  # fmt: skip


def loaded(command: Command, *arguments: str, among: frozenset[str] = HEAVY, **environment: str) -> set[str]:
    """Return which of some modules, by default of the heavy ones, a run of the command imports."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "canvas_progress", *arguments],
        capture_output=True,
        text=True,
        env=command.environment | environment,
        check=False,
    )
    names = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}
    assert "canvas_progress" in names
    return names & among


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (("--version",), set[str]()),
        (("--help",), {"typer"}),
        (("show", "--help"), {"typer"}),
        (("show", "abc"), {"typer"}),
        (("profile", "list"), {"typer", "tomllib", "platformdirs"}),
    ],
)
def test_a_command_without_network_loads_none_of_it(
    command: Command, arguments: tuple[str, ...], needed: set[str]
) -> None:
    assert loaded(command, *arguments) == needed


@pytest.mark.parametrize(
    "arguments", [("show", "--json", "9"), ("show", "9"), ("watch", "9"), ("watch", "--json", "9")]
)
def test_show_and_watch_in_a_pipe_load_httpx_and_what_remembers(
    connected: Command, canvas: SandboxServer, arguments: tuple[str, ...]
) -> None:
    del canvas
    assert loaded(connected, *arguments) == {"typer", "httpx", "sqlite3", "platformdirs"}
    assert loaded(connected, *arguments, CANVAS_PROGRESS_NO_HISTORY="1") == {"typer", "httpx"}


def test_a_table_loads_rich_too(connected: Command) -> None:
    assert loaded(connected, "show", "-o", "table", "9") == {"typer", "httpx", "rich", "sqlite3", "platformdirs"}


def test_completion_loads_neither_httpx_nor_rich(command: Command) -> None:
    line = "canvas-progress sh"
    found = loaded(command, COMP_WORDS=line, COMP_CWORD="1", _CANVAS_PROGRESS_COMPLETE="complete_bash")
    assert found == {"typer"}


def test_completion_of_jobs_loads_what_they_are_kept_in(connected: Command, canvas: SandboxServer) -> None:
    del canvas
    assert connected.run("show", "9").code == 0
    needed = loaded(connected, "", among=HEAVY | {"json", "shlex"}, _CANVAS_PROGRESS_COMPLETE="jobs")
    assert needed == {"sqlite3", "platformdirs"}
