"""`watch`: from options to a plan."""

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from canvas_progress.cli import completion
from canvas_progress.cli.context import Context, long_running
from canvas_progress.cli.options import (
    Account,
    ColorWhen,
    Course,
    Json,
    Output,
    ProfileName,
    Since,
    Strict,
    Verbose,
    context_of,
    resuming,
    value,
)
from canvas_progress.composition.session import environment
from canvas_progress.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.actions.watch import WatchPlan
    from canvas_progress.core.refs import JobRef, Target


def watch(
    context: typer.Context,
    refs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REF...",
            help="Ids (12, 1~23), kind:id (sis_import:77), URLs, or `-` for stdin. On a terminal without any: the "
            "recent pending ones.",
            show_default=False,
            autocompletion=completion.jobs,
        ),
    ] = None,
    profile: ProfileName = None,
    course: Course = None,
    account: Account = None,
    latest: Annotated[
        str | None,
        typer.Option("--latest", metavar="KIND", help="Watch the newest job of a kind, such as sis_import."),
    ] = None,
    since: Since = None,
    first: Annotated[bool, typer.Option("--any", help="Stop when one job has completed, with exit code 0.")] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop as soon as one job has failed or was canceled.")
    ] = False,
    timeout: Annotated[
        str | None, value("--timeout", "DUR", "Stop this long after the start, whatever goes on.")
    ] = None,
    stall_timeout: Annotated[
        str | None, value("--stall-timeout", "DUR", "Give up a job in which nothing changed for this long.")
    ] = None,
    give_up_after: Annotated[
        str | None, value("--give-up-after", "DUR", "Give up after this long without a good answer; default 5m.")
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 for failed and canceled jobs.")] = False,
    strict: Strict = False,
    output: Output = None,
    json: Json = False,
    heartbeat: Annotated[
        str | None, value("--heartbeat", "DUR", "Where no bars are drawn: be silent no longer than this.")
    ] = None,
    hook: Annotated[
        str | None,
        typer.Option("--exec", metavar="CMD", help="Run this for each job that ends, its JSON on stdin. No shell."),
    ] = None,
    notify: Annotated[bool, typer.Option("--notify", help="Ring the bell at the end of the watch.")] = False,
    interval: Annotated[
        str | None,
        value("--interval", "DUR", "Poll each job at this interval; by default it adapts to the job."),
    ] = None,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Watch jobs until all have ended; the exit code says how.

    Durations are 30, 30s, 10m, 1h or 1h30m. Nothing is ever canceled by leaving a watch.
    """
    from dataclasses import replace

    from canvas_progress.actions.watch import WatchPlan
    from canvas_progress.actions.watch import watch as act
    from canvas_progress.composition.connections import priors
    from canvas_progress.core.backoff import GIVE_UP_AFTER
    from canvas_progress.core.durations import seconds
    from canvas_progress.core.polling_policy import Policy

    if first and fail_fast:
        raise UsageError("`--any` and `--fail-fast` exclude each other", hint="say which end of the watch you mean")
    here = context_of(context, profile, verbose, color, timeout=timeout)
    policy = Policy(
        interval=seconds(interval, "--interval"),
        timeout=seconds(timeout, "--timeout"),
        stall_timeout=seconds(stall_timeout, "--stall-timeout"),
        give_up_after=seconds(give_up_after, "--give-up-after") or GIVE_UP_AFTER,
        stop_at_first_completed=first,
        stop_at_first_failed=fail_fast,
        strict=strict,
    )
    format_, beat = here.output_format(output, json=json), seconds(heartbeat, "--heartbeat")
    plan = WatchPlan(policy, format_, exit_zero=exit_zero, heartbeat=beat, hook=_words(hook), notify=notify)
    named = _named(here, tuple(refs or ()), latest, course=course, account=account)
    lti = ["--course", course] if course else []
    options = [*lti, *(["--strict"] if strict else [])]
    finding = [word for name, said in (("--account", account), ("--since", since)) if said for word in (name, said)]
    with _connected(here, plan, named, (*options, *finding), seconds(since, "--since")) as (targets, adapters):
        long_running()
        words = resuming(here.options.profile, targets)
        plan = replace(plan, again=(*words, "watch", *options), details=(*words, "show", *lti), priors=priors(here))
        return act(targets, adapters, plan)


class _Named:
    """The jobs as they were named. Standard input and the history may keep us waiting; what else was typed is known."""

    def __init__(
        self,
        texts: tuple[str, ...],
        parse: "Callable[[tuple[str, ...]], tuple[JobRef, ...]]",
        pending: "Callable[[], tuple[JobRef, ...]]",
    ) -> None:
        self._texts = texts
        self._parse = parse
        self._pending = pending
        self.known = parse(tuple(text for text in texts if text != "-"))
        self.unread = tuple(text for text in texts if text == "-")  # what the words of a command line have to say again

    def read(self) -> "tuple[JobRef, ...]":
        """Return all of them; without any those that are pending. Raises UsageError."""
        self.known = self._parse(self._texts) or self._pending()
        self.unread = ()
        return self.known


def _named(
    here: Context, texts: tuple[str, ...], latest: str | None, *, course: str | None, account: str | None
) -> _Named:
    from functools import partial

    from canvas_progress.actions.targets import refs_in
    from canvas_progress.core.newest import newest_of

    parse = partial(refs_in, terminal=here.terminal, course=course, account=account)
    newest = () if latest is None else (newest_of(latest, account),)
    return _Named(texts, lambda words: (*parse(words), *newest), lambda: _pending(here))


@contextmanager
def _connected(
    here: Context, plan: "WatchPlan", named: _Named, options: tuple[str, ...], since: float | None
) -> "Iterator[tuple[tuple[Target, ...], Adapters]]":
    """Find the jobs, and report each one as unread where the time limit or a signal ends that; `options` name them."""
    from canvas_progress.actions.unwatched import Unwatched
    from canvas_progress.cli.connections import connected
    from canvas_progress.clock import SystemClock
    from canvas_progress.core.exit_status import STOPS
    from canvas_progress.terminal.output import Output as Printed

    with ExitStack() as stack:
        try:
            found = stack.enter_context(connected(here, named.read(), retry=plan.policy.retry, since=since))
        except STOPS as stop:
            again = (*resuming(here.options.profile, ()), "watch", *options, *named.unread)
            printed = Printed(here.terminal, plan.format)
            Unwatched(named.known, again).report(stop, printed, SystemClock().now(), here.seconds_passed())
            raise
        yield found


def _words(command: str | None) -> tuple[str, ...]:
    """Split the command of `--exec` the way a shell would, without running one. Raises UsageError."""
    if command is None:
        return ()
    import shlex
    import shutil

    from canvas_progress.core.wording import quoted

    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"`--exec {command}` is not a command: {error}".lower()) from None
    if not words:
        raise UsageError("`--exec` needs a command", hint="such as `--exec 'notify.sh --quiet'`; no shell is involved")
    if shutil.which(words[0], path=environment().get("PATH")) is None:  # else it would be known when a job has ended
        hint = "it is looked for on the PATH, and no shell is involved: for one, say `--exec \"sh -c '…'\"`"
        raise UsageError(f"`--exec`: there is no program {quoted(words[0])}", hint=hint)
    return words


def _pending(here: Context) -> "tuple[JobRef, ...]":
    """Return the recent jobs that are pending, of one profile where that was named, and say which these are.

    Raises UsageError where nobody sits at a terminal, and where there is none: `watch $JOB && deploy` must not deploy
    because the variable is empty.
    """
    from canvas_progress.cli.reachable import reachable
    from canvas_progress.composition.connections import history
    from canvas_progress.core.credentials import SANDBOX
    from canvas_progress.core.profile_choice import PROFILE_VARIABLE

    terminal, profile = here.terminal, here.options.profile
    if not terminal.can_prompt:
        raise UsageError("no job to watch: give an id, a URL, or `-`", hint="is a variable unset?")
    seen = history(lambda problem: terminal.note(f"warning: {problem}")).listing(pending=True)
    entries = reachable(here, [entry for entry in seen if profile in {None, entry.profile}])
    if not entries and SANDBOX in {profile, environment().get(PROFILE_VARIABLE)}:
        raise UsageError("no job to watch: those of the sandbox are not remembered", hint="give one, such as 1")
    if not entries:
        raise UsageError("no job to watch: no recent job is pending", hint="`canvas-progress recent` lists them all")
    terminal.note(f"watching the recent jobs that are pending: {', '.join(entry.label for entry in entries)}")
    return tuple(entry.ref for entry in reversed(entries))
