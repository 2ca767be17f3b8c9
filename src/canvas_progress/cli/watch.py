"""`watch`: from options to a plan."""

from typing import Annotated

import typer

from canvas_progress.cli import completion, wiring
from canvas_progress.cli.options import ColorWhen, Course, Json, Output, ProfileName, Verbose, common
from canvas_progress.core.errors import UsageError
from canvas_progress.terminal.terminal import Terminal


def _duration(name: str, help_: str) -> object:
    return typer.Option(name, metavar="DUR", help=help_, show_default=False)


def watch(
    context: typer.Context,
    refs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REF...",
            help="Ids (12, 1~23), progress URLs, or `-` for stdin. Without any: the recent jobs that are pending.",
            show_default=False,
            autocompletion=completion.jobs,
        ),
    ] = None,
    profile: ProfileName = None,
    course: Course = None,
    output: Output = None,
    json: Json = False,
    first: Annotated[bool, typer.Option("--any", help="Stop when one job has completed, with exit code 0.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop when one job has not completed.")] = False,
    timeout: Annotated[str | None, _duration("--timeout", "Stop after this long, for all jobs together.")] = None,
    stall_timeout: Annotated[
        str | None, _duration("--stall-timeout", "Give up a job in which nothing changed for this long.")
    ] = None,
    give_up_after: Annotated[
        str | None, _duration("--give-up-after", "Give up after this long without a good answer; default 5m.")
    ] = None,
    interval: Annotated[
        str | None, _duration("--interval", "Ask each job at this interval, instead of when it pays.")
    ] = None,
    heartbeat: Annotated[
        str | None, _duration("--heartbeat", "Where no bars are drawn: be silent no longer than this.")
    ] = None,
    hook: Annotated[
        str | None,
        typer.Option("--exec", metavar="CMD", help="Run this for each job that ends, its JSON on stdin. No shell."),
    ] = None,
    notify: Annotated[bool, typer.Option("--notify", help="Ring the bell at the end, and notify the desktop.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 for failed and canceled jobs.")] = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Watch jobs until all have ended; the exit code tells how.

    Durations are 30, 30s, 10m, 1h or 1h30m. Nothing is ever canceled by leaving a watch.
    """
    from dataclasses import replace

    from canvas_progress.actions.watch import WatchPlan
    from canvas_progress.actions.watch import watch as act
    from canvas_progress.cli.wiring_programs import hook_words
    from canvas_progress.cli.wiring_recent import priors
    from canvas_progress.core.policy import GIVE_UP_AFTER, Policy

    if first and fail_fast:
        raise UsageError("`--any` and `--fail-fast` exclude each other", hint="say which end of the watch you mean")
    options = common(context, profile, verbose, color)
    terminal = wiring.terminal(options.color)
    policy = Policy(
        interval=_seconds(interval, "--interval"),
        timeout=_seconds(timeout, "--timeout"),
        stall_timeout=_seconds(stall_timeout, "--stall-timeout"),
        give_up_after=_seconds(give_up_after, "--give-up-after") or GIVE_UP_AFTER,
        stop_at_first_completed=first,
        stop_at_first_failed=fail_fast,
    )
    plan = WatchPlan(
        policy,
        wiring.output_format(output, json=json, on=terminal),
        exit_zero=exit_zero,
        heartbeat=_seconds(heartbeat, "--heartbeat"),
        hook=hook_words(hook),
        notify=notify,
        again=_again(options.profile, course),
    )
    named = refs or _pending(terminal)
    if not named:
        return 0
    targets, adapters = wiring.connect(named, options, terminal, course=course)
    wiring.long_running()
    return act(targets, adapters, replace(plan, priors=priors(terminal)))


def _pending(terminal: Terminal) -> list[str]:
    """Return the URLs of the remembered jobs that are pending, and say which these are."""
    from canvas_progress.cli.wiring_recent import recent, url_of

    jobs = recent(terminal).listing(pending=True)
    told = f"watching the recent jobs that are pending: {', '.join(str(job.id) for job in jobs)}"
    terminal.note(told if jobs else "no recent job is pending")
    return [url_of(job) for job in reversed(jobs)]


def _seconds(text: str | None, option: str) -> float | None:
    if text is None:
        return None
    from canvas_progress.core.durations import parse_duration

    return parse_duration(text, option=option)


def _again(profile: str | None, course: str | None) -> tuple[str, ...]:
    """Return the words of the command that takes a watch up again."""
    words = ["canvas-progress", *(["-p", profile] if profile else []), "watch"]
    return tuple([*words, "--course", course] if course else words)
