"""`cancel`: from options to a plan."""

from typing import Annotated

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, Json, Output, ProfileName, Refs, Verbose, Yes, common, resuming
from canvas_progress.core.errors import UsageError
from canvas_progress.core.outcome import CANCEL_MESSAGE
from canvas_progress.terminal.terminal import Terminal


def cancel(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    message: Annotated[
        str,
        typer.Option("--message", "-m", metavar="TEXT", help="The message to leave; `-` reads stdin."),
    ] = CANCEL_MESSAGE,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also for finished jobs, and those of others (Canvas refuses these).")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Read on until the cancellation has held, or the job wrote over it.")
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout",
            metavar="DUR",
            help="Stop after this long, for all jobs together; without it two minutes for each.",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    json: Json = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Mark jobs as canceled, after a look at each. Canvas may go on with work under way."""
    from dataclasses import replace

    from canvas_progress.actions.cancel import CancelPlan
    from canvas_progress.actions.cancel import cancel as act
    from canvas_progress.cli import wiring_targets
    from canvas_progress.core.durations import seconds

    options = common(context, profile, verbose, color)
    terminal = wiring.terminal(options.color)
    if message == "-" and "-" in refs:
        raise UsageError("`-m -` and `-` both want standard input", hint="give one of them in another way")
    plan = CancelPlan(
        wiring.output_format(output, json=json, on=terminal),
        message=_message(message, terminal),
        yes=yes,
        force=force,
        dry_run=dry_run,
        wait=wait,
        timeout=seconds(timeout, "--timeout"),
    )
    targets, adapters = wiring_targets.connect(refs, options, terminal, writes=True)
    return act(targets, adapters, replace(plan, words=resuming(options.profile, targets)))


def _message(text: str, terminal: Terminal) -> str:
    """Return the message to leave; standard input is taken as it is, but for one final newline.

    Raises UsageError for what cannot be sent, and for an empty one, which Canvas would store as no message.
    """
    message = _from_stdin(terminal) if text == "-" else text
    if not message.strip():
        raise UsageError("an empty message would hide the cancellation", hint="leave `-m` out to send `canceled`")
    try:
        message.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("the message of `-m` is not UTF-8 text, and cannot be sent") from None
    if "\0" in message:
        raise UsageError("the message has a null character in it, which Canvas cannot store")
    return message


def _from_stdin(terminal: Terminal) -> str:
    try:
        text = terminal.input_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the message on standard input is not UTF-8 text, and cannot be sent") from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\r\n") else text.removesuffix("\n")
