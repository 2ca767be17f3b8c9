"""Errors become a message, a hint and an exit code here, once, for every command."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from canvas_progress.cli import context
from canvas_progress.composition.session import environment
from canvas_progress.core.errors import CanvasProgressError, FileError, UsageError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.masking import mask_typed
from canvas_progress.core.signals import Terminated
from canvas_progress.core.wording import quoted, without_tokens

if TYPE_CHECKING:
    from typer._click.core import Context

    from canvas_progress.terminal.terminal import Terminal

_COMPLETING = "_CANVAS_PROGRESS_COMPLETE"


def run(arguments: list[str], *, called: str) -> int:
    """Run one command line and return its exit code. `called` is the program's file. Never lets an exception out."""
    context.begin(called)
    try:
        return _invoke(arguments)
    except BaseException as error:  # noqa: BLE001  # this is where they all end
        return _ended_by(error)
    finally:
        context.end()
        _end_programs()


def _end_programs() -> None:
    """Leave no program behind that we have started, if any."""
    if "canvas_progress.processes" in sys.modules:
        from canvas_progress.processes import end_all

        end_all()


def _ended_by(error: BaseException) -> ExitCode:
    """Report what has ended the command, and return the exit code for it, also where nobody reads standard error."""
    from canvas_progress.core.exit_status import STOPS, of_stop

    try:
        return _reported(error, context.terminal())
    except STOPS:
        return error.exit_code if isinstance(error, CanvasProgressError) else of_stop(error)


def _reported(error: BaseException, terminal: Terminal) -> ExitCode:
    """Say what happened, and return the exit code for it."""
    if isinstance(error, KeyboardInterrupt | Terminated):
        from canvas_progress.core.exit_status import of_stop

        terminal.note("interrupted" if isinstance(error, KeyboardInterrupt) else "terminated")
        return of_stop(error)
    if isinstance(error, BrokenPipeError):
        _swallow_output()
        return ExitCode.READER_GONE  # quietly: the reader has what it wanted
    if isinstance(error, OSError):  # from the parser's own help and the like
        error = FileError(f"reading or writing failed: {error.strerror}")
    if not isinstance(error, CanvasProgressError):
        error = _bug(error)
    mask_typed(error)
    terminal.error(error)
    return error.exit_code


def _invoke(arguments: list[str]) -> int:
    """Parse and run. Typer's own `main` would turn interrupts and broken pipes into codes of its own."""
    if (wanted := environment().get(_COMPLETING)) is not None:
        return _complete(wanted, *arguments[:1])
    import typer

    from canvas_progress.cli.app import application

    command = typer.main.get_command(application())
    try:
        with command.make_context("canvas-progress", arguments) as parsed:
            return int(command.invoke(parsed) or 0)
    except typer.Exit as leave:
        return leave.exit_code
    except typer.TyperException as error:
        raise _usage(error) from None


def _complete(wanted: str, incomplete: str = "") -> int:
    """Print what a shell can complete a command line with."""
    from canvas_progress.cli.completion import answer

    if answer(wanted, incomplete):
        return ExitCode.OK
    if wanted.startswith("source_"):
        from canvas_progress.cli.completion_setup import print_script

        return print_script(wanted.removeprefix("source_"))
    return _complete_for_typer()


def _complete_for_typer() -> int:
    """Answer the scripts that Typer wrote for older versions, which run the program for each Tab."""
    import typer
    from typer._completion_classes import completion_init

    from canvas_progress.cli.app import application

    completion_init()
    try:
        typer.main.get_command(application()).main([], prog_name="canvas-progress")
    except SystemExit as leave:
        return int(leave.code or 0)
    except KeyError as missing:
        raise UsageError(f"completion needs the variable {missing}", hint="it is for the shell to call") from None
    return ExitCode.OK


def _usage(error: Exception) -> UsageError:
    """Return a parser's complaint in our words."""
    message = without_tokens(error.format_message() if hasattr(error, "format_message") else str(error))
    parsed = getattr(error, "ctx", None)
    path = parsed.command_path if parsed is not None else "canvas-progress"
    message = message[:1].lower() + message[1:]
    if parsed is not None and (unknown := re.match(r"no such command '(.*?)'", message)):
        return _unknown_command(unknown[1], path, parsed)
    if (option := getattr(error, "option_name", None)) in {"-p", "--profile"}:
        return _no_profile_option(option, path)
    if message.startswith("got unexpected extra argument") and " profile " in path:
        message = "there is an argument too many, which is not repeated here: it may be a token"
    hint = f"`{path} --help` shows how it is used"
    if message.startswith("missing argument") and (what := getattr(getattr(error, "param", None), "help", None)):
        hint = f"give {what[:1].lower()}{what[1:].rstrip('.')}"
    return UsageError(message.rstrip("."), hint=hint)


def _unknown_command(name: str, path: str, parsed: Context) -> UsageError:
    """Return the error for a command that there is not, with what may be meant by it."""
    from canvas_progress.cli.suggestions import instead_of

    meant = instead_of(name, getattr(parsed.command, "commands", ()), is_root=parsed.parent is None)
    hint = f"did you mean `{path} {meant}`?" if meant else f"`{path} --help` lists all commands"
    return UsageError(f"there is no command {quoted(name)}", hint=hint)


def _no_profile_option(option: str, path: str) -> UsageError:
    """Return the error for `-p` after a command that has no such option, with what to type instead."""
    match path.rsplit(maxsplit=1)[-1]:
        case "add" | "use" | "remove":
            hint = f"the name stands alone here: `{path} NAME`"
        case "profile":
            hint = f"say it after the command: `{path} list {option} NAME`"
        case _:
            hint = f"leave it out: `{path}` is about the sandbox, whatever the profile"
    return UsageError(f"no such option: {option}", hint=hint)


def _bug(error: BaseException) -> CanvasProgressError:
    trace, where = error.__traceback__, "nowhere"
    while trace is not None:
        code = trace.tb_frame.f_code
        if "canvas_progress" in code.co_filename:
            where = f"{os.path.basename(code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119  # pathlib is not loaded
        trace = trace.tb_next
    # Not the text of the error: it may quote a header.
    return CanvasProgressError(
        f"this is a bug: {type(error).__name__} at {where}", hint="please report it with the command that led here"
    )


def _swallow_output() -> None:
    """Point standard output at nothing, or the interpreter would complain about the closed pipe as it ends."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
