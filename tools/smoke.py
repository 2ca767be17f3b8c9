"""Uses the command that is installed in the environment of this interpreter, as somebody does who has just got it.

Needs nothing but that: no test framework, no source tree. The arguments are files that have to be below its prefix.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import canvas_progress

PREFIX: Final = Path(sys.prefix)
COMMAND: Final = str(Path(sys.executable).with_name("canvas-progress"))
_LONGEST: Final = 120.0  # seconds


def main() -> None:
    """Run all checks."""
    absent = [name for name in sys.argv[1:] if not (PREFIX / name).is_file()]
    assert not absent, absent
    _is_the_installed_one()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environment = _environment(home)
        _prints_its_version(environment)
        _works_without_a_set_up(environment)
        _works_with_a_server(environment)
    sys.stdout.write(f"ok: {COMMAND}\n")


def _is_the_installed_one() -> None:
    assert canvas_progress.__file__ is not None
    folder = Path(canvas_progress.__file__).parent
    assert folder.resolve().is_relative_to(PREFIX.resolve()), folder
    assert (folder / "py.typed").is_file()


def _prints_its_version(environment: dict[str, str]) -> None:
    assert _out(environment, "--version") == f"canvas-progress {canvas_progress.__version__}\n"
    assert "Usage: canvas-progress" in _out(environment, "--help")


def _works_without_a_set_up(environment: dict[str, str]) -> None:
    """Use the profile `sandbox`, for which each command starts a server of its own."""
    sandbox = environment | {"CANVAS_PROGRESS_PROFILE": "sandbox"}
    assert _out(sandbox, "show", "9").startswith("9\tcompleted\t100\t")
    assert "10\tfailed\t" in _out(sandbox, "cancel", "-y", "-m", "not needed", "10")


def _works_with_a_server(environment: dict[str, str]) -> None:
    """Use `sandbox serve` by the two variables that it prints."""
    serve = [COMMAND, "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as server:
        try:
            assert server.stdout is not None
            printed = "".join(server.stdout.readline() for _ in range(2))
            found = dict(re.findall(r"(CANVAS_PROGRESS_\w+)='?([^'\s]+)", printed))
            assert set(found) == {"CANVAS_PROGRESS_URL", "CANVAS_PROGRESS_TOKEN"}, printed
            events = _out(environment | found, "watch", "--json", "9").splitlines()
            assert json.loads(events[-1])["exit_code"] == 0
        finally:
            server.terminate()


def _environment(home: str) -> dict[str, str]:
    """Return an environment in which nobody has set up anything, and there is no keyring."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CANVAS_", "XDG_", "PYTHON"))}
    folders = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
    return kept | dict.fromkeys(folders, home) | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def _out(environment: dict[str, str], *arguments: str) -> str:
    """Run the command, which has to succeed; return what it printed."""
    words = [COMMAND, *arguments]
    ran = subprocess.run(words, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=_LONGEST)
    assert ran.returncode == 0, f"{arguments}: {ran.returncode}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


if __name__ == "__main__":
    main()
