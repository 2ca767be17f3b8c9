"""What `import canvas_progress` costs, and what it offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import canvas_progress
from api.conftest import TOKEN

HEAVY = frozenset({
    "typer", "rich", "httpx", "tomllib", "tomlkit", "filelock", "platformdirs", "truststore", "keyring", "sqlite3",
    "asyncio", "importlib.metadata", "http.server", "threading", "json", "dataclasses", "typing",
})  # fmt: skip
LIGHT = frozenset({"threading", "json", "dataclasses", "typing", "asyncio", "http.server", "importlib.metadata"})


def loaded(program: str) -> set[str]:
    """Return which of the heavy modules a program imports."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], capture_output=True, text=True, check=True
    )
    names = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}
    assert "canvas_progress" in names
    return names & HEAVY


def test_the_import_alone_loads_next_to_nothing() -> None:
    assert loaded("import canvas_progress; dir(canvas_progress)") == set()


def test_a_call_loads_no_terminal_and_no_command_line_and_only_with_a_canvas_the_network(here: dict[str, str]) -> None:
    assert loaded("import canvas_progress; canvas_progress.wait, canvas_progress.CredentialError") <= LIGHT
    call = f"from canvas_progress import wait; wait(9, url={here['url']!r}, token={TOKEN!r})"
    assert loaded(call) - LIGHT == {"httpx"}
    with_event = f"{call[:-1]}, on_event=lambda event: None)"
    assert loaded(with_event) - LIGHT == {"httpx"}


def test_every_public_name_is_there_listed_and_documented() -> None:
    assert set(canvas_progress.__all__) <= set(dir(canvas_progress))
    for name in canvas_progress.__all__:
        assert getattr(canvas_progress, name).__doc__ or name == "JobLike", name


def test_no_name_is_offered_that_is_not_public() -> None:
    assert canvas_progress.wait is not None  # imports what is below it
    assert {name for name in dir(canvas_progress) if not name.startswith("__")} == set(canvas_progress.__all__)


def test_every_error_of_the_tree_is_public() -> None:
    from canvas_progress.core import errors

    tree = {name for name, found in vars(errors).items() if isinstance(found, type) and name.endswith("Error")}
    assert tree - {"DeclinedError"} <= set(canvas_progress.__all__)  # no call prompts anybody


def test_a_name_that_is_not_there_is_an_attribute_error_as_usual() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'watch_all'"):
        canvas_progress.watch_all  # type: ignore[attr-defined]  # noqa: B018
