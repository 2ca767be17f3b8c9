"""The entry point: `canvas-progress` and `python -m canvas_progress`. It imports next to nothing until it has to."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the module around it loads enum
import gc
import os
import sys

from canvas_progress import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end the process with its exit code."""
    _end_at_once_when_interrupted()
    gc.disable()  # nothing that start-up makes is garbage; commands that run on enable it again
    _open_closed_streams()
    if sys.argv[1:] == ["--version"]:
        code = _print_version()
    else:
        from canvas_progress.cli.main import run

        code = run(sys.argv[1:], called=sys.argv[0])
    _leave(code)


def _end_at_once_when_interrupted() -> None:
    """Let Ctrl-C end the process the way it ends others until `cli` listens: there is nothing to report yet."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def _open_closed_streams() -> None:
    """Give the process all three streams, as `>&-` takes them away: Python would have None in their place.

    Standard output is opened such that writing to it fails: whoever closes it must not think that it was written.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            stream = open(number, "r" if name == "stdin" else "w", encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, stream)


def _print_version() -> int:
    """Print the version without the terminal layer, which would cost more than the answer."""
    try:
        os.write(sys.stdout.fileno(), f"canvas-progress {__version__}\n".encode())
    except OSError as error:
        print(f"error: cannot write to standard output: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


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
