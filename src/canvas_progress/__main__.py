"""The entry point: `canvas-progress` and `python -m canvas_progress`. It imports next to nothing until it has to."""

from __future__ import annotations

import gc
import os
import sys

from canvas_progress import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end the process with its exit code."""
    gc.disable()  # nothing that start-up makes is garbage; commands that run on enable it again
    if sys.argv[1:] == ["--version"]:
        print(f"canvas-progress {__version__}")  # noqa: T201  # the terminal layer would cost more than the answer
        code = 0
    else:
        from canvas_progress.cli.guard import run

        code = run(sys.argv[1:])
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End at once: everything is flushed, threads that hang in a request are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105  # contextlib costs more than the whole of `--version`
            stream.flush()
        except (OSError, ValueError):
            pass
    if "coverage" in sys.modules:  # pragma: no cover  # it writes its figures in the ordinary way out
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
