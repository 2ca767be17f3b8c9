"""`show`, `watch` and `cancel`: from options to a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from canvas_progress.cli import wiring
from canvas_progress.cli.options import ColorWhen, Course, Json, Output, ProfileName, Refs, Verbose, Yes, common
from canvas_progress.core.outcome import CANCEL_MESSAGE


def show(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    course: Course = None,
    output: Output = None,
    json: Json = False,
    exit_status: Annotated[
        bool,
        typer.Option("--exit-status", help="Exit with 3 for a failed job, 8 for a pending, 9 for a canceled one."),
    ] = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Show jobs as they are now."""
    from canvas_progress.actions.show import ShowPlan
    from canvas_progress.actions.show import show as act

    options = common(context, profile, verbose, color)
    terminal = wiring.terminal(options.color)
    targets, adapters = wiring.connect(refs, options, terminal, course=course)
    return act(targets, adapters, ShowPlan(wiring.output_format(output, json=json, on=terminal), exit_status))


def watch(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    course: Course = None,
    output: Output = None,
    json: Json = False,
    timeout: Annotated[
        str | None,
        typer.Option("--timeout", metavar="DUR", help="Stop after this long, for all jobs together: 30s, 1h30m."),
    ] = None,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Watch jobs until all have ended; the exit code tells how."""
    from canvas_progress.actions.watch import WatchPlan
    from canvas_progress.actions.watch import watch as act
    from canvas_progress.core.durations import parse_duration
    from canvas_progress.core.policy import Policy

    options = common(context, profile, verbose, color)
    terminal = wiring.terminal(options.color)
    policy = Policy(timeout=None if timeout is None else parse_duration(timeout, option="--timeout"))
    targets, adapters = wiring.connect(refs, options, terminal, course=course)
    wiring.long_running()
    again = ["canvas-progress", *(["-p", options.profile] if options.profile else []), "watch"]
    again += ["--course", course] if course else []
    return act(
        targets,
        adapters,
        WatchPlan(policy, wiring.output_format(output, json=json, on=terminal), again=tuple(again)),
    )


def cancel(
    context: typer.Context,
    refs: Refs,
    profile: ProfileName = None,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="What to leave as the job's message.")
    ] = CANCEL_MESSAGE,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also for finished jobs, and those of others (Canvas refuses these).")
    ] = False,
    output: Output = None,
    json: Json = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Mark jobs as canceled, after a look at each. Canvas may go on with work under way."""
    from canvas_progress.actions.cancel import CancelPlan
    from canvas_progress.actions.cancel import cancel as act

    options = common(context, profile, verbose, color)
    terminal = wiring.terminal(options.color)
    plan = CancelPlan(wiring.output_format(output, json=json, on=terminal), message, yes, force, dry_run)
    targets, adapters = wiring.connect(refs, options, terminal)
    return act(targets, adapters, plan)
