"""What a process has loaded before it forks into runs of the program: all of it, and what it imports late."""

from __future__ import annotations

import gc
import pkgutil
from importlib import import_module
from typing import Final

# What the program imports late, and its libraries in turn.
_LATE: Final = (
    "certifi",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "cryptography.hazmat.primitives.serialization",
    "encodings.idna",
    "filelock",
    "httpcore",
    "httpx",
    "jwt",
    "keyring",
    "platformdirs",
    "rich.console",
    "rich.table",
    "sqlite3",
    "tomlkit",
    "tomllib",
    "typer",
    "typer._click.decorators",
)


def load() -> None:
    """Import all that a run may need, and keep the collector from touching it: a fork would copy all of it."""
    import canvas_progress

    for name in _LATE:
        import_module(name)
    for module in pkgutil.walk_packages(canvas_progress.__path__, "canvas_progress."):
        import_module(module.name)
    from rich.cells import cell_len

    cell_len("é")  # loads a table
    _build_commands()
    gc.collect()
    gc.freeze()


def _build_commands() -> None:
    """Have each command built, which the program does when it is looked up."""
    from typer.main import get_command

    from canvas_progress.cli.app import application

    program = get_command(application())
    tuple(program.commands.values())  # type: ignore[attr-defined]  # a group
