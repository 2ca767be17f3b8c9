"""`cancel`: from options to a plan."""

from typing import Annotated

import typer

from canvas_progress.cli.options import (
    Account,
    ColorWhen,
    Json,
    Output,
    ProfileName,
    Refs,
    Verbose,
    Yes,
    context_of,
    resuming,
)
from canvas_progress.core.errors import UsageError
from canvas_progress.core.outcome import CANCEL_MESSAGE
from canvas_progress.terminal.terminal import Terminal


def cancel(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    account: Account = None,
    message: Annotated[
        str,
        typer.Option(
            "--message",
            "-m",
            metavar="TEXT",
            help="The message to leave; `-` reads stdin. Any text but `canceled` makes the job read as failed "
            "afterwards.",
        ),
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
            help="Stop this long after the start, whatever goes on; without it two minutes for each job.",
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
    from canvas_progress.actions.targets import refs_in
    from canvas_progress.cli.connections import connected
    from canvas_progress.core.cancel_attempt import checked_message

    here = context_of(context, profile, verbose, color, timeout=timeout)
    if message == "-" and "-" in refs:
        raise UsageError("`-m -` and `-` both want standard input", hint="give one of them in another way")
    plan = CancelPlan(
        here.output_format(output, json=json),
        message=checked_message(_from_stdin(here.terminal) if message == "-" else message),
        yes=yes,
        force=force,
        dry_run=dry_run,
        wait=wait,
    )
    with connected(here, refs_in(refs, here.terminal, account=account), writes=True) as (targets, adapters):
        return act(targets, adapters, replace(plan, words=resuming(here.options.profile, targets)))


def _from_stdin(terminal: Terminal) -> str:
    """Return the message on standard input as it is, but for one final newline. Raises UsageError."""
    try:
        text = terminal.input_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the message on standard input is not UTF-8 text, and cannot be sent") from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\r\n") else text.removesuffix("\n")
