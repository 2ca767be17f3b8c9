"""`--show-completion` and `--install-completion`: the script for the shell that the command is run from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from canvas_progress.cli.context import terminal
from canvas_progress.composition.session import environment
from canvas_progress.core.errors import FileError, UsageError
from canvas_progress.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

_SHELLS: Final = "run it in bash, zsh, fish or PowerShell"
_LONGEST: Final = 30.0  # seconds for PowerShell to say where its profile is


def print_script(shell: str | None) -> int:
    """Print the script for a shell. Raises UsageError if there is none."""
    from canvas_progress.storage.completion_scripts import script

    terminal().data(script(_known(shell)).rstrip("\n"))
    return ExitCode.OK


def show(wanted: bool) -> None:
    """Print the script for the shell that this command is run from."""
    if wanted:
        raise typer.Exit(print_script(_shell()))


def install(wanted: bool) -> None:
    """Put the script where the shell that this command is run from looks for it."""
    if wanted:
        from canvas_progress.storage.completion_scripts import install_script

        shell = _known(_shell())
        path = install_script(shell, _home(), lambda: _powershell_profile(shell))
        terminal().note(f"completion for {shell} is in {path}, and works in each new shell")
        raise typer.Exit


def _shell() -> str | None:
    """Return the name of the shell that this command is run from, where that can be found out."""
    from typer._completion_shared import _get_shell_name

    return _get_shell_name()


def _known(shell: str | None) -> str:
    from canvas_progress.storage.completion_scripts import FILES

    if shell not in FILES:
        raise UsageError("there is no completion for this shell", hint=_SHELLS)
    return shell


def _home() -> Path:
    """Return the home. Raises UsageError where the variable for it would lead to just any folder."""
    from pathlib import Path

    from canvas_progress.storage.locations import HOME_VARIABLE

    named = environment().get(HOME_VARIABLE)
    if named is not None and not Path(named).is_absolute():
        problem = f"is no absolute path: `{named}`" if named else "is empty"
        raise UsageError(f"{HOME_VARIABLE} {problem}", hint=f"set {HOME_VARIABLE}, or use `--show-completion`")
    return Path.home()


def _powershell_profile(shell: str) -> str:
    from canvas_progress.processes import run

    ran = run((shell, "-NoProfile", "-Command", "$PROFILE"), _LONGEST, environment())
    if ran.code != 0 or not ran.output.strip():
        raise FileError(f"{shell} did not say where its profile is", hint="`--show-completion` prints the script")
    return ran.output.strip()
