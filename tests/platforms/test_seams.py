"""Each difference among platforms is in one place."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import canvas_progress
from markdown import ROOT, rows
from platforms.posix_less import MODULES, OF_OS, OF_SIGNAL

_SOURCES: Final = Path(canvas_progress.__file__).parent
# The files that may know which platform they are on, or use what only some have.
_SEAMS: Final = {
    "background.py",
    "canvas/tls.py",
    "clock.py",
    "interrupts.py",
    "pipes.py",
    "processes.py",
    "sandbox/connection.py",
    "sandbox/state_file.py",
    "storage/locations.py",
    "storage/private_file.py",
    "terminal/echo.py",
    "terminal/whole_lines.py",
    "terminal/windows_console.py",
}
_ONLY_SOME_HAVE: Final = {
    *(f"os.{name}" for name in (*OF_OS, "name")),
    *(f"signal.{name}" for name in OF_SIGNAL),
    "os.O_BINARY",
    "sys.platform",
    "sys.getwindowsversion",
}


def _used(path: Path) -> set[str]:
    """Return what a file uses of that; names in texts count for `signal`, where they are looked up by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in _ONLY_SOME_HAVE:
            found.add(ast.unparse(node))
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name in {*MODULES, "msvcrt", "winreg"})
        elif isinstance(node, ast.Constant) and node.value in {*OF_SIGNAL, *OF_OS, "O_BINARY", "SIGBREAK"} - {"wait"}:
            found.add(str(node.value))
    return found


def test_what_only_some_platforms_have_is_used_in_the_seams_alone() -> None:
    using = {path.relative_to(_SOURCES).as_posix(): _used(path) for path in sorted(_SOURCES.rglob("*.py"))}
    assert {name: used for name, used in using.items() if used and name not in _SEAMS} == {}
    assert {name for name, used in using.items() if used} == _SEAMS


def test_the_documents_name_each_seam_and_the_file_it_is_in() -> None:
    table = rows((ROOT / "docs" / "developing" / "platforms.md").read_text("utf-8"))
    named = {file.strip("`") for _, _, file in table}
    assert named == _SEAMS
