"""`wait`, `show` and `cancel` for Python programs: what the commands do, without their streams and signals.

A call works in any thread. It prints nothing, changes no signal handler, and ends no process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canvas_progress.core import results
from canvas_progress.core.backoff import GIVE_UP_AFTER
from canvas_progress.core.decisions import Ending
from canvas_progress.core.errors import CredentialError
from canvas_progress.core.outcome import CANCEL_MESSAGE
from canvas_progress.core.results import JobFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.actions.engine import Engine
    from canvas_progress.core.events import Event
    from canvas_progress.core.job_values import JobLike
    from canvas_progress.core.polling import Watch
    from canvas_progress.core.results import CancelResult, JobResult

    OnEvent = Callable[[dict[str, Any]], object]


def wait(  # noqa: PLR0913  # all but the jobs are named, and may be left out
    *refs: JobLike,
    url: str | None = None,
    token: str | None = None,
    profile: str | None = None,
    course: int | str | None = None,
    account: int | str | None = None,
    since: float | None = None,
    timeout: float | None = None,
    interval: float | None = None,
    stall_timeout: float | None = None,
    give_up_after: float | None = None,
    strict: bool = False,
    check: bool = False,
    history: bool = False,
    on_event: OnEvent | None = None,
) -> tuple[JobResult, ...]:
    """Wait until every job has ended, and return what became of each, in the order given.

    A job is an id, a text such as `sis_import:77` or a URL, an answer of Canvas as parsed JSON, or an object with the
    `url` of a job. `url` and `token` name the Canvas; without them it is a `profile`, or what the environment says.
    `course` and `account` are for ids that come without their address. `timeout` and the other times are in seconds,
    and mean what the options of `watch` do; a job in which nothing changes for `stall_timeout` is given up, and the
    newest job of a kind (`sis_import:latest`) has to have been created within the last `since` seconds. With
    `strict` a job that completed with warnings has failed. `on_event` is called with each event, in this thread.
    `history` is whether this machine is to remember the jobs.

    A job that failed, or could not be read, raises nothing by itself: look at `ok`, or pass `check`, and JobFailedError
    is raised. JobTimeoutError is raised when the time is over. Both have all results. Other errors of this package are
    raised before any job is read. Nothing is ever canceled by leaving.
    """
    from canvas_progress.composition.calls import Call, seconds
    from canvas_progress.composition.connections import priors
    from canvas_progress.core.polling_policy import Policy

    with Call(url, token, profile, timeout=timeout, history=history) as call:
        token = None  # tools that show the variables of a traceback would show it
        policy = Policy(
            interval=seconds(interval, "interval"),
            timeout=call.timeout,
            stall_timeout=seconds(stall_timeout, "stall_timeout"),
            give_up_after=seconds(give_up_after, "give_up_after") or GIVE_UP_AFTER,
            strict=strict,
        )
        age = seconds(since, "since")
        with call.connected(refs, course=course, account=account, retry=policy.retry, since=age) as (targets, engine):
            watch = engine.watch_of(targets, policy, priors() if history else {})
            if on_event is None:
                engine.follow(watch, lambda _: None)
            else:
                _follow(watch, engine, on_event)
    jobs = tuple(watched.target for watched in watch.jobs)
    found = call.as_named(jobs, results.watched(watch), watch.job_of)
    if watch.ending is Ending.TIMED_OUT:
        raise results.timed_out(found, call.timeout)
    if check:
        results.raise_for(tuple(job for job in found if not job.ok), found, "did not complete")
    return found


def show(  # noqa: PLR0913  # as above
    *refs: JobLike,
    url: str | None = None,
    token: str | None = None,
    profile: str | None = None,
    course: int | str | None = None,
    account: int | str | None = None,
    since: float | None = None,
    timeout: float | None = None,
    check: bool = False,
    history: bool = False,
) -> tuple[JobResult, ...]:
    """Read every job once, and return each as it is now, in the order given.

    The arguments are those of `wait`. With `check`, JobFailedError is raised if a job could not be read.
    """
    from canvas_progress.composition.calls import Call, seconds

    with Call(url, token, profile, timeout=timeout, history=history) as call:
        token = None  # tools that show the variables of a traceback would show it
        with call.connected(refs, course=course, account=account, since=seconds(since, "since")) as (targets, engine):
            found = call.as_named(targets, results.shown(targets, engine.read_each(targets)))
    if check:
        results.raise_for(tuple(job for job in found if job.error is not None), found, "could not be read")
    return found


def cancel(  # noqa: PLR0913  # as above
    *refs: JobLike,
    url: str | None = None,
    token: str | None = None,
    profile: str | None = None,
    account: int | str | None = None,
    message: str = CANCEL_MESSAGE,
    force: bool = False,
    dry_run: bool = False,
    timeout: float | None = None,
    check: bool = False,
    history: bool = False,
) -> tuple[CancelResult, ...]:
    """Mark jobs as canceled, after a look at each, and return what is known of every one. There is no prompt.

    Jobs that have finished, and those of others, are refused; `force` sends the request all the same. With `dry_run`
    none is sent. Canvas may go on with work under way. The other arguments are those of `wait`; without a `timeout` it
    is two minutes for each job. With `check`, JobFailedError is raised if a job was not marked.

    An exception that ends the call, such as KeyboardInterrupt, says in its notes what was done until then.
    """
    from canvas_progress.composition.calls import Call, text
    from canvas_progress.core.cancel_attempt import Intent, checked_message
    from canvas_progress.core.cancel_case import Case
    from canvas_progress.core.cancellations import Cancellations

    cases: tuple[Case, ...] = ()
    try:  # around all that follows the first request, to the last step: whatever ends it, jobs may be marked
        with Call(url, token, profile, timeout=timeout, history=history) as call:
            token = None  # tools that show the variables of a traceback would show it
            said = checked_message(text(message, "message"))
            intent = Intent(said, force=force, unread=force, dry_run=dry_run)
            with call.connected(refs, account=account, writes=True) as (targets, engine):
                cases = tuple(Case(target, intent) for target in targets)
                machine = Cancellations(cases, until=engine.driver.until)
                engine.cancel_each(machine, lambda *_: None)
        refused = machine.stopped if isinstance(machine.stopped, CredentialError) else None
        found = call.as_named(targets, (results.canceled(case, refused) for case in cases))
        if check:
            results.raise_for(tuple(job for job in found if not job.ok), found, "not canceled")
        return found  # noqa: TRY300  # an interrupt right here is one of those
    except JobFailedError:  # it has all results
        raise
    except BaseException as stop:
        for case in cases:
            stop.add_note(str(results.canceled(case)))
        raise


def _follow(watch: Watch, engine: Engine, on_event: OnEvent) -> None:
    """Poll to the end. Events are those of `watch --json`, as the objects that its lines are."""
    from canvas_progress.core import exit_status
    from canvas_progress.core.json_values import valid_value_in
    from canvas_progress.terminal.jsonl import event_line, summary_line

    def report(events: tuple[Event, ...]) -> None:
        for event in events:
            on_event(valid_value_in(event_line(event, engine.clock.now())))

    engine.follow(watch, report)
    took = engine.clock.monotonic() - watch.started
    on_event(valid_value_in(summary_line(watch, engine.clock.now(), exit_status.of_watch(watch), took)))
