"""`sandbox`: serve the simulated Canvas, or have it start anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.errors import FileError
from canvas_progress.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from canvas_progress.sandbox.server import SandboxServer
    from canvas_progress.terminal.terminal import Terminal


def serve(server: SandboxServer, terminal: Terminal, variable: str | None) -> ExitCode:
    """Print how to reach the sandbox, then serve until interrupted.

    A token from a `variable` is not repeated: it may be one of a real Canvas, by mistake.
    """
    terminal.data(f"export CANVAS_PROGRESS_URL={server.url}")
    token = server.token if variable is None else f'"${variable}"'
    terminal.data(f"export CANVAS_PROGRESS_TOKEN={token}")
    terminal.note(f"a simulated Canvas is at {server.url}; set the two variables above elsewhere, Ctrl-C ends it")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        terminal.note("stopped")  # the way a server like this one ends: no failure
    finally:
        server.stop()
    return ExitCode.OK


def reset(state_file: Path, terminal: Terminal) -> ExitCode:
    """Forget what happened to the sandbox's jobs."""
    try:
        state_file.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(f"cannot remove {state_file}: {error.strerror}") from None
    terminal.note("the sandbox's jobs start anew")
    return ExitCode.OK
