"""The scripts for Tab completion: they come with the package, and go where each shell looks for its own."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER: Final = Path(__file__).parents[1] / "completions"
_ZSH_SETUP: Final = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"
FILES: Final = {
    "bash": "canvas-progress.bash",
    "zsh": "_canvas-progress",
    "fish": "canvas-progress.fish",
    "powershell": "canvas-progress.ps1",
    "pwsh": "canvas-progress.ps1",
}


def script(shell: str) -> str:
    """Return the script for a shell that is one of `FILES`."""
    return (_FOLDER / FILES[shell]).read_text("utf-8")


def install_script(shell: str, home: Path, profile: Callable[[], str]) -> Path:
    """Write the script for a shell into a home, have the shell read it, and return its path. Raises FileError.

    `profile` returns the path of the start-up file of PowerShell.
    """
    try:
        if shell == "fish":
            return _written(home / ".config" / "fish" / "completions" / "canvas-progress.fish", shell)
        if shell == "zsh":
            path = _written(home / ".zfunc" / "_canvas-progress", shell)
            _add_line(home / ".zshrc", _ZSH_SETUP)
        elif shell == "bash":
            path = _written(home / ".bash_completions" / "canvas-progress.sh", shell)
            _add_line(home / ".bashrc", f"source {shlex.quote(str(path))}")
        else:
            start_up = Path(profile())
            path = _written(start_up.parent / "canvas-progress.ps1", shell)
            _add_line(start_up, f". {quoted_for_powershell(path)}")
    except OSError as error:
        raise FileError(f"cannot install completion: {error.filename}: {error.strerror}") from None
    return path


def quoted_for_powershell(path: Path) -> str:
    """Return a path as one word of PowerShell, to which typographic quotes are quotes as well."""
    return "'" + re.sub("['\u2018-\u201b]", r"\g<0>\g<0>", str(path)) + "'"


def _written(path: Path, shell: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script(shell), encoding="utf-8")
    return path


def _add_line(start_up: Path, line: str) -> None:
    """Add a line to a start-up file of a shell, unless it has it. The rest of the file stays as it is."""
    before, added = start_up.read_bytes() if start_up.exists() else b"", os.fsencode(line)
    if added not in before.splitlines():
        with start_up.open("ab") as file:
            file.write((b"\n" if before and not before.endswith(b"\n") else b"") + added + b"\n")
