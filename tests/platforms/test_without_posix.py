"""The program does its work in an interpreter without what only POSIX has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import canvas_progress
from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from platforms.posix_less import MODULES, OF_OS, OF_SIGNAL

_SCRIPT: Final = str(Path(__file__).with_name("posix_less.py"))
_TOKEN: Final = "S3CRET-of-a-platform"
_ROOT: Final = Path(canvas_progress.__file__).parent


def _run(home: Path, *arguments: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command without POSIX, in a home of its own."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"} | variables
    return subprocess.run(
        [sys.executable, _SCRIPT, *arguments],
        env=environment,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def canvas() -> Iterator[dict[str, str]]:
    """Serve a Canvas; return the variables that lead to it."""
    with SandboxServer(World(default(), token=_TOKEN)) as server:
        yield {"CANVAS_PROGRESS_URL": server.url, "CANVAS_PROGRESS_TOKEN": _TOKEN}


def test_every_module_can_be_imported(tmp_path: Path) -> None:
    ran = _run(tmp_path)
    assert ran.returncode == 0, ran.stderr
    modules = [path for path in _ROOT.rglob("*.py") if path.name != "__init__.py"]
    packages = [path for path in _ROOT.rglob("__init__.py") if path.parent != _ROOT]
    assert int(ran.stdout) == len(modules) + len(packages) > 150


def test_what_is_taken_away_is_there_otherwise_and_is_gone_then() -> None:
    import signal

    there = {*(name for name in OF_OS if hasattr(os, name)), *(name for name in OF_SIGNAL if hasattr(signal, name))}
    assert len(there) > 80
    looks = (
        "import sys\n"
        f"sys.path.insert(0, {str(Path(_SCRIPT).parent)!r})\n"
        "import posix_less\n"
        "posix_less.take_away()\n"
        "import os, signal\n"
        f"assert not [name for name in {sorted(there)!r} if hasattr(os, name) or hasattr(signal, name)]\n"
        f"for name in {sorted(MODULES - {'posix'})!r}:\n"
        "    try:\n"
        "        __import__(name)\n"
        "    except ModuleNotFoundError:\n"
        "        continue\n"
        "    raise AssertionError(name)\n"
    )
    subprocess.run([sys.executable, "-c", looks], check=True)


def test_jobs_are_shown_watched_and_canceled(tmp_path: Path, canvas: dict[str, str]) -> None:
    assert _run(tmp_path, "show", "9", **canvas).stdout.startswith("9\tcompleted\t100\t")
    watched = _run(tmp_path, "watch", "--json", "--timeout", "60s", "9", "30", **canvas)
    assert (watched.returncode, json.loads(watched.stdout.splitlines()[-1])["exit_code"]) == (9, 9), watched.stderr
    canceled = _run(tmp_path, "cancel", "-y", "-m", "not needed", "10", **canvas)
    assert (canceled.returncode, canceled.stdout[:10]) == (0, "10\tfailed\t"), canceled.stderr
    urls = [line.split("\t")[0] for line in _run(tmp_path, "recent").stdout.splitlines()]
    assert {url.rpartition("/")[2] for url in urls} == {"9", "10", "30"}


def test_the_sandbox_remembers_between_two_commands(tmp_path: Path) -> None:
    sandbox = {"CANVAS_PROGRESS_PROFILE": "sandbox"}
    assert _run(tmp_path, "cancel", "-y", "-m", "not needed", "10", **sandbox).returncode == 0
    assert _run(tmp_path, "show", "10", **sandbox).stdout.startswith("10\tfailed\t")


def test_a_profile_is_kept_in_a_file_and_used(tmp_path: Path, canvas: dict[str, str]) -> None:
    url = canvas["CANVAS_PROGRESS_URL"]
    added = _run(
        tmp_path, "profile", "add", "school", "--url", url, "--token-stdin", "--store", "file", typed=f"{_TOKEN}\n"
    )
    assert added.returncode == 0, added.stderr
    assert _run(tmp_path, "show", "9").returncode == 0
    (file,) = tmp_path.rglob("config.toml")
    file.chmod(0o644)  # which means nothing where there are no modes
    assert _run(tmp_path, "show", "9").returncode == 0


def test_a_time_limit_ends_a_watch(tmp_path: Path, canvas: dict[str, str]) -> None:
    ran = _run(tmp_path, "watch", "--timeout", "3s", "56", **canvas)
    assert ran.returncode == 124, ran.stderr
    assert "hint: resume with `canvas-progress watch 56`" in ran.stderr


def test_a_hook_is_run_and_one_that_takes_too_long_is_ended(tmp_path: Path, canvas: dict[str, str]) -> None:
    hook = tmp_path / "hook.py"
    hook.write_text("import os; print('heard of', os.environ['CANVAS_PROGRESS_ID'])\n", "utf-8")
    ran = _run(tmp_path, "watch", "--exec", f"{sys.executable} {hook}", "9", **canvas)
    assert (ran.returncode, "heard of 9" in ran.stderr) == (0, True), ran.stderr
    began = tmp_path / "began"
    hook.write_text(
        f"import os, pathlib, threading; pathlib.Path({str(began)!r}).write_text(str(os.getpid()))\n"
        "threading.Event().wait()\n",
        "utf-8",
    )
    ran = _run(tmp_path, "watch", "--timeout", "5s", "--exec", f"{sys.executable} {hook}", "9", **canvas)
    assert f"warning: `{sys.executable}` was terminated for 9: the time limit was over" in ran.stderr, ran.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(began.read_text("utf-8")), 0)


def test_without_a_keyring_it_is_said_where_else_a_token_can_be_kept(tmp_path: Path, canvas: dict[str, str]) -> None:
    url = canvas["CANVAS_PROGRESS_URL"]
    none = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    ran = _run(tmp_path, "profile", "add", "school", "--url", url, "--token-stdin", typed=f"{_TOKEN}\n", **none)
    assert ran.returncode in {4, 7}
    assert "--store file" in ran.stderr
    assert _TOKEN not in ran.stdout + ran.stderr
    assert not list(tmp_path.rglob("config.toml"))


def test_on_a_code_page_of_windows_results_are_utf_8_and_notes_say_what_they_can(
    tmp_path: Path, canvas: dict[str, str]
) -> None:
    for job in ("46", "47", "45"):
        ran = subprocess.run(
            [sys.executable, _SCRIPT, "watch", "--timeout", "60s", "-o", "table", job],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONIOENCODING": "cp1252"} | canvas,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert job in ran.stdout.decode("utf-8")
        assert f" {job} completed" in ran.stderr.decode("cp1252")


def test_a_token_command_is_run(tmp_path: Path, canvas: dict[str, str]) -> None:
    command = tmp_path / "token.py"
    command.write_text(f"print({_TOKEN!r})\n", "utf-8")
    url = canvas["CANVAS_PROGRESS_URL"]
    added = _run(tmp_path, "profile", "add", "school", "--url", url, "--token-command", f"{sys.executable} {command}")
    assert added.returncode == 0, added.stderr
    assert _run(tmp_path, "show", "9").returncode == 0
