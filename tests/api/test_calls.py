"""Calls from Python: in every thread, without a word on a stream, without a signal, and bounded in time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import canvas_progress
from api.conftest import TOKEN
from canvas_progress import (
    CanvasProgressError,
    CredentialError,
    JobFailedError,
    JobResult,
    JobTimeoutError,
    NoSuchJobError,
    RefusedError,
    ServerError,
    UsageError,
    cancel,
    show,
    wait,
)
from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from canvas_progress.storage.history import History
from canvas_progress.storage.locations import recent_file
from command import Command
from jobs import a_progress
from raw_server import reply, serving, silent

Here = dict[str, Any]  # the arguments that name a Canvas
JOB = "/api/v1/progress/12"
SLACK = 4.0  # seconds of a busy machine
TOO_LONG = 60.0  # for what would never happen


def our_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("background")]


def all_end(threads: list[threading.Thread]) -> bool:
    for thread in threads:
        thread.join(TOO_LONG)
    return not any(thread.is_alive() for thread in threads)


def is_gone(process: int) -> bool:
    """Whether a process ends."""
    until = time.monotonic() + TOO_LONG
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
    return False


def test_a_wait_returns_a_result_for_each_job_in_the_order_given(here: Here) -> None:
    found = wait(30, "9", 51, 12345, {"progress_url": f"{here['url']}/api/v1/progress/25"}, **here)
    assert [(result.ref, str(result.outcome), result.ok) for result in found] == [
        ("30", "canceled", False),
        ("9", "completed", True),
        ("51", "unread", False),
        ("12345", "gone", False),
        ("25", "completed", True),
    ]
    assert [type(result.error).__name__ for result in found] == [
        "NoneType", "NoneType", "NotPermittedError", "NoSuchJobError", "NoneType"
    ]  # fmt: skip


def test_a_job_that_could_not_be_read_has_the_same_outcome_in_each_call(here: Here) -> None:
    assert [call(51, **here)[0].outcome for call in (wait, show, cancel)] == ["unread"] * 3


def test_a_job_that_is_named_twice_is_read_once_and_returned_twice(canvas: SandboxServer, here: Here) -> None:
    twice = ("9", 30, 9, f"{here['url']}/api/v1/progress/9")
    for call in (wait, show, cancel):
        before = len(canvas.world.log)
        assert [result.id for result in call(*twice, **here)] == [9, 30, 9, 9]
        assert len(canvas.world.log) == before + 2


def test_what_a_call_within_on_event_raises_keeps_its_results(here: Here) -> None:
    def call_again(_event: dict[str, Any]) -> None:
        wait(9, 56, timeout=0.5, **here)

    with pytest.raises(JobTimeoutError) as late:
        wait(9, on_event=call_again, **here)
    assert [result.ref for result in late.value.results] == ["9", "56"]


def test_it_works_in_a_thread_and_under_asyncio_whose_loop_goes_on(here: Here) -> None:
    async def both() -> tuple[int, tuple[canvas_progress.JobResult, ...]]:
        turns, task = 0, asyncio.create_task(asyncio.to_thread(wait, 1, **here))
        while not task.done():
            turns += 1
            await asyncio.wait({task}, timeout=0.1)
        return turns, await task

    with ThreadPoolExecutor(1) as pool:
        turns, (result,) = pool.submit(asyncio.run, both()).result()
    assert result.ok
    assert turns > 10


def test_two_waits_at_once_keep_their_canvases_and_tokens_apart() -> None:
    with (
        SandboxServer(World(default(), token="S3CRET-of-the-first")) as first,
        SandboxServer(World(default(), token="S3CRET-of-the-second")) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        calls = [pool.submit(wait, 1, 5, 33, url=server.url, token=server.token) for server in (first, second)]
        outcomes = [[str(result.outcome) for result in call.result()] for call in calls]
    assert outcomes == [["completed", "failed", "completed"]] * 2
    assert {entry.status for server in (first, second) for entry in server.world.log} == {200}


def test_signals_and_the_alarm_clock_of_the_program_are_left_alone(here: Here) -> None:
    def of_the_program() -> tuple[Any, ...]:
        handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        return handlers, signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.getitimer(signal.ITIMER_REAL)[0] > 0

    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        before = of_the_program()
        wait(9, **here)
        show(10, **here)
        cancel(24, **here)
        assert of_the_program() == before
        assert before[2]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_nothing_is_printed_whatever_happens(here: Here, capfd: pytest.CaptureFixture[str]) -> None:
    wait(9, 60, 66, 12345, **here)
    show(9, 60, 51, **here)
    cancel(24, 9, 78, **here)
    with pytest.raises(UsageError):
        wait(**here)
    with pytest.raises(JobTimeoutError):
        wait(56, timeout=0.2, **here)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:9"])
def test_a_call_without_its_canvas_is_refused(url: str | None) -> None:
    with pytest.raises(UsageError if url else CredentialError):
        wait(1, url=url)


def echo(connection: socket.socket, head: str) -> None:
    """Answer with all that was sent."""
    sent = head.partition("Authorization: ")[2].partition("\r\n")[0]
    reply(connection, json.dumps({"errors": [{"message": sent}]}), status="403 Forbidden")


def test_the_token_is_in_no_error_and_no_result() -> None:
    said: list[object] = []
    with serving(echo) as url:
        said += [wait(1, url=url, token=TOKEN), show(1, url=url, token=TOKEN), cancel(1, url=url, token=TOKEN)]
        for refs, url_ in (
            ((1,), f"{url}/{TOKEN}?{TOKEN}"),
            ((TOKEN,), url),
            (("https://x.example.org/progress/1",), url),
        ):
            with pytest.raises(CanvasProgressError) as raised:
                wait(*refs, url=url_, token=TOKEN, check=True)
            said += [raised.value, raised.value.hint, raised.value.__cause__]
    text = " ".join(f"{one!r} {one!s} {getattr(one, '__dict__', '')}" for one in said)
    assert "403" in text
    assert TOKEN not in text


def test_what_a_server_says_does_not_reach_the_terminal_of_a_traceback_as_it_is() -> None:
    def attack(connection: socket.socket, _head: str) -> None:
        reply(connection, json.dumps({"errors": [{"message": "\x1b]0;owned\x07"}]}), status="403 Forbidden")

    with serving(attack) as url:
        (result,) = wait(1, url=url, token=TOKEN)
        with pytest.raises(JobFailedError) as failed:
            show(1, url=url, token=TOKEN, check=True)
        (unmarked,) = cancel(1, url=url, token=TOKEN)
    texts = [str(result.error), str(failed.value), str(unmarked), str(unmarked.error)]
    assert all("owned" in text for text in texts)
    assert not any("\x1b" in text for text in texts)


def test_no_variable_of_ours_in_a_traceback_is_the_token(here: Here) -> None:
    def interrupt(_: object) -> None:
        raise KeyError  # an error of others leaves a call with all its frames

    calls: tuple[Callable[[], object], ...] = (
        lambda: wait(999, check=True, **here),
        lambda: wait(1, on_event=interrupt, **here),
        lambda: show(999, check=True, **here),
        lambda: show("no job!", **here),
        lambda: cancel(9, check=True, **here),
    )
    for call in calls:
        with pytest.raises((CanvasProgressError, KeyError)) as raised:
            call()
        stack = traceback.TracebackException.from_exception(raised.value, capture_locals=True).stack
        ours = [frame for frame in stack if "canvas_progress" in frame.filename]
        assert ours
        assert not any(TOKEN in value for frame in ours for value in (frame.locals or {}).values())


def test_an_error_keeps_no_frame_of_the_request_which_had_the_token(here: Here) -> None:
    (result,) = wait(51, **here)
    assert result.error is not None
    assert (result.error.__traceback__, result.error.__context__) == (None, None)
    with pytest.raises(RefusedError) as raised:
        wait("https://canvas.example.edu/api/v1/progress/1", **here)
    assert raised.value.__context__ is None
    assert not any("targets.py" in str(entry.path) for entry in raised.traceback)


def test_a_hint_is_shown_below_the_traceback(here: Here) -> None:
    with pytest.raises(UsageError) as raised:
        wait({"id": 5}, **here)
    assert raised.value.__notes__ == [f"hint: {raised.value.hint}"]


def test_a_server_that_never_answers_is_waited_for_no_longer_than_the_timeout_and_no_thread_is_left() -> None:
    with silent() as url:
        before, began = our_threads(), time.monotonic()
        with pytest.raises(JobTimeoutError) as late:
            wait(1, 2, 3, url=url, token=TOKEN, timeout=0.5)
        assert time.monotonic() - began < 0.5 + SLACK
        assert [(result.ref, result.is_pending) for result in late.value.results] == [
            ("1", True),
            ("2", True),
            ("3", True),
        ]
        assert all_end([thread for thread in our_threads() if thread not in before])
        assert [result.exit_code for result in show(1, url=url, token=TOKEN, timeout=0.5)] == [124]
        (unsent,) = cancel(1, url=url, token=TOKEN, timeout=0.5)
        assert (unsent.action, unsent.exit_code) == ("unchanged", 124)


def test_a_wait_at_a_link_waits_for_a_canvas_that_restarts_as_the_command_does() -> None:
    down = ["maintenance", "maintenance", "maintenance"]  # a call that wants one answer has given up by then

    def answer(connection: socket.socket, head: str) -> None:
        if down:
            reply(connection, down.pop(), status="503 Service Unavailable", headers="Retry-After: 1\r\n")
        elif "/content_migrations/7" in head:
            reply(connection, json.dumps({"id": 7, "workflow_state": "completed", "progress_url": f"{url}{JOB}"}))
        else:
            reply(connection, a_progress(id=12, workflow_state="completed"))

    with serving(answer) as url:
        (result,) = wait(f"{url}/api/v1/courses/1/content_migrations/7", url=url, token=TOKEN, timeout=60)
    assert (result.id, result.outcome) == (12, "completed")
    assert down == []


def test_how_long_it_waits_at_a_link_is_said_by_give_up_after() -> None:
    tries = []

    def refuse(connection: socket.socket, head: str) -> None:
        tries.append(head)
        reply(connection, "maintenance", status="503 Service Unavailable", headers="Retry-After: 1\r\n")

    with serving(refuse) as url:
        link = f"{url}/api/v1/courses/1/content_migrations/7"
        (result,) = wait(link, url=url, token=TOKEN, give_up_after=0.5)
    assert (result.ref, result.url, result.id, result.exit_code) == (link, link, 0, 6)
    assert isinstance(result.error, ServerError)
    assert len(tries) == 1


def test_two_links_to_one_job_have_the_same_result_each_in_its_place() -> None:
    def answer(connection: socket.socket, head: str) -> None:
        id_ = int(head.split()[1].rpartition("/")[2])
        if "/content_migrations/" in head:
            reply(connection, json.dumps({"id": id_, "workflow_state": "completed", "progress_url": f"{url}{JOB}"}))
        else:
            reply(connection, a_progress(id=id_, workflow_state="completed", results={}))

    with serving(answer) as url:
        links = [f"{url}/api/v1/courses/1/content_migrations/{id_}" for id_ in (7, 8)]
        for call in (wait, show, cancel):
            found = call(links[0], 3, links[1], url=url, token=TOKEN)
            assert [result.id for result in found] == [12, 3, 12]


@contextmanager
def locked_history() -> Iterator[None]:
    """Keep a history, with a job in it, locked as a process that was stopped in the middle of a write would."""
    file = recent_file()
    file.parent.mkdir(parents=True)
    History(file, pytest.fail).note(())
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("pragma locking_mode = exclusive")
        connection.execute("begin exclusive")
        yield


@pytest.mark.parametrize("call", [wait, show])
def test_a_history_that_somebody_has_locked_costs_no_call_its_time(
    here: Here, call: Callable[..., tuple[JobResult, ...]]
) -> None:
    took = []
    with locked_history():
        for _ in range(3):  # once in so many times no machine is that busy
            began = time.monotonic()
            (result,) = call(9, timeout=1.0, history=True, **here)
            took.append(time.monotonic() - began)
            assert result.outcome == "completed"
    assert min(took) < 1.8  # a command without a time limit waits for two seconds


@pytest.mark.parametrize("call", [wait, show, cancel])
def test_authorities_that_nobody_writes_cost_no_more_than_the_timeout(
    home: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., object]
) -> None:
    os.mkfifo(pipe := home / "pipe")
    monkeypatch.setenv("SSL_CERT_FILE", str(pipe))
    began = time.monotonic()
    with pytest.raises(JobTimeoutError, match="the time limit was over before the authorities in"):
        call(1, url="https://127.0.0.1:1", token=TOKEN, timeout=0.5)
    assert time.monotonic() - began < 0.5 + SLACK
    os.close(os.open(pipe, os.O_RDWR))  # which ends the wait of whoever reads it
    assert all_end(our_threads())


def test_a_timeout_has_what_has_ended_until_then(here: Here) -> None:
    with pytest.raises(TimeoutError) as late:
        wait(9, 56, timeout=1.0, check=True, **here)
    assert isinstance(late.value, JobTimeoutError)
    assert [(str(result.outcome), result.exit_code) for result in late.value.results] == [
        ("completed", 0),
        ("queued", 124),
    ]
    assert str(late.value) == "the time limit of 1 s is over: 56 queued"


def test_a_token_command_that_hangs_ends_with_the_call(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = home / "pass.sh"
    pid = home / "pid"
    script.write_text(f"#!/bin/sh\necho $$ > {pid}.new\nmv {pid}.new {pid}\nexec sleep 500\n")
    script.chmod(0o700)
    config = home / "config.toml"
    config.touch(0o600)
    config.write_text(f'[profiles.school]\nurl = "https://canvas.example.edu"\ntoken_command = "{script}"\n')
    monkeypatch.setenv("CANVAS_PROGRESS_CONFIG", str(config))
    for seconds in (1.0, 10.0, 60.0):  # in which a busy machine has started the script
        with pytest.raises(JobTimeoutError, match="before there was a token for profile `school`") as late:
            wait(1, profile="school", timeout=seconds)
        assert late.value.results == ()
        if pid.exists():
            break
    assert is_gone(int(pid.read_text()))


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), True, "10m", pytest.param(10**400, id="huge")])
def test_what_is_no_time_is_refused(here: Here, timeout: Any) -> None:  # noqa: ANN401  # as callers pass it
    with pytest.raises(UsageError, match="`timeout`"):
        wait(9, timeout=timeout, **here)


def test_a_time_as_the_command_takes_it_gets_a_hint(here: Here) -> None:
    with pytest.raises(UsageError) as raised:
        wait("sis_import:latest", since="6h", **here)  # type: ignore[arg-type]
    assert (raised.value.message, raised.value.hint) == (
        "`since` is not a number of seconds",
        "such as 600 for ten minutes",
    )


def test_a_newest_job_that_is_too_old_is_missing(here: Here) -> None:
    ref = "report:provisioning_csv:latest"  # of an hour ago
    for call in (wait, show):
        (found,) = call(ref, since=60, **here)
        assert isinstance(found.error, NoSuchJobError)
        assert call(ref, since=86400, **here)[0].ok


@pytest.mark.parametrize(
    ("call", "name", "value"),
    [
        (wait, "token", TOKEN.encode()),
        (show, "url", b"https://canvas.example.edu"),
        (show, "profile", 5),
        (cancel, "message", None),
        (cancel, "message", b"S3CRET"),
    ],
)
def test_an_argument_that_is_no_text_is_named_and_not_quoted(
    canvas: SandboxServer,
    here: Here,
    call: Callable[..., object],
    name: str,
    value: Any,  # noqa: ANN401  # as callers pass it
) -> None:
    with pytest.raises(UsageError, match=rf"\A`{name}` is (None|of type `\w+`), not a text\Z") as raised:
        call(24, **(here | {name: value}))
    assert "S3CRET" not in str(raised.value)
    assert len(canvas.world.log) == 0


def test_an_endless_timeout_is_none(here: Here) -> None:
    assert wait(9, timeout=float("inf"), **here)[0].ok


def steady(events: list[dict[str, Any]]) -> dict[str | None, list[list[tuple[str, object]]]]:
    """Return the events of each job in their order, without what changes; those of the whole are below None.

    Jobs are read side by side: whose answer comes first is not said.
    """
    changing = {"at", "seconds", "message"}
    by_ref: dict[str | None, list[list[tuple[str, object]]]] = {}
    for event in events:
        kept = event | ({"reasons": list(event["reasons"])} if "reasons" in event else {})  # messages too
        fields = [(key, None if key in changing else value) for key, value in kept.items()]
        by_ref.setdefault(event.get("ref"), []).append(fields)
    return by_ref


def test_events_are_those_of_the_command_as_objects(here: Here, home: Path) -> None:
    events: list[dict[str, Any]] = []
    wait(9, 51, 12345, on_event=events.append, **here)
    command = Command(home)
    command.environment |= {"CANVAS_PROGRESS_URL": here["url"], "CANVAS_PROGRESS_TOKEN": here["token"]}
    lines = [json.loads(line) for line in command.run("watch", "--json", "9", "51", "12345").out.splitlines()]
    assert steady(events) == steady(lines)


def test_what_on_event_raises_ends_the_wait_and_leaves_no_thread(here: Here) -> None:
    before = our_threads()

    def fail(event: dict[str, Any]) -> None:
        raise ZeroDivisionError(event["event"])

    with pytest.raises(ZeroDivisionError, match="seen"):
        wait(10, 56, on_event=fail, **here)
    assert all_end([thread for thread in our_threads() if thread not in before])


def test_check_raises_for_what_the_command_would_not_exit_with_0(here: Here) -> None:
    with pytest.raises(JobFailedError, match="1 of 2 jobs did not complete: 30 canceled") as failed:
        wait(9, 30, check=True, **here)
    assert [result.ok for result in failed.value.results] == [True, False]
    with pytest.raises(JobFailedError, match=r"51: .* does not permit"):
        show(51, check=True, **here)
    assert not show(10, check=True, **here)[0].ok
    with pytest.raises(JobFailedError, match="9 refused: it has already completed"):
        cancel(9, check=True, **here)


def test_strict_lets_warnings_count_as_a_failure(here: Here) -> None:
    (lenient,), (strict,) = show("sis_import:4003", **here), wait("sis_import:4003", strict=True, **here)
    assert (lenient.exit_code, strict.exit_code, strict.outcome, strict.warnings) == (8, 3, "completed", 4)


def test_a_refused_token_is_in_every_result(canvas: SandboxServer) -> None:
    found = wait(1, 2, url=canvas.url, token="S3CRET-of-another")
    assert [type(result.error) for result in found] == [CredentialError, CredentialError]
    done = cancel(1, 2, url=canvas.url, token="S3CRET-of-another")
    assert [(result.action, result.exit_code) for result in done] == [("unchanged", 4), ("unchanged", 4)]
    assert {entry.method for entry in canvas.world.log} == {"GET"}


def posts(canvas: SandboxServer) -> int:
    return sum(1 for entry in canvas.world.log if entry.method == "POST")


def test_a_cancellation_has_the_guards_of_the_command(canvas: SandboxServer, here: Here) -> None:
    finished, others = cancel(9, 50, **here)
    assert (finished.action, others.action, posts(canvas)) == ("refused", "refused", 0)
    (planned,) = cancel(24, dry_run=True, **here)
    assert (planned.action, planned.ok, posts(canvas)) == ("dry-run", True, 0)
    (marked,) = cancel(24, message="wrong course", **here)
    assert (marked.action, marked.message, posts(canvas)) == ("canceled", "wrong course", 1)
    (forced,) = cancel(9, force=True, **here)
    assert (forced.action, posts(canvas)) == ("canceled", 2)
    with pytest.raises(UsageError, match="empty message"):
        cancel(24, message="", **here)


def test_a_canvas_and_a_token_that_are_passed_need_no_stored_profile_and_touch_none(
    home: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "broken.toml"
    config.touch(0o600)
    config.write_text("not = [toml")
    monkeypatch.setenv("CANVAS_PROGRESS_CONFIG", str(config))
    monkeypatch.setenv("CANVAS_PROGRESS_PROFILE", "school")
    monkeypatch.setenv("CANVAS_PROGRESS_URL", "https://canvas.example.edu")
    monkeypatch.setenv("CANVAS_PROGRESS_TOKEN", "S3CRET-of-the-environment")
    assert wait(9, **here)[0].ok
    with pytest.raises(UsageError, match=r"broken\.toml"):
        wait(9)
    with pytest.raises(RefusedError):
        show("https://canvas.example.edu/api/v1/progress/1", **here)


def test_the_environment_names_a_canvas_as_for_the_command(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANVAS_API_URL", here["url"])
    monkeypatch.setenv("CANVAS_API_KEY", here["token"])
    assert wait(9)[0].ok
    assert show(f"{here['url']}/api/v1/progress/9")[0].ok


@pytest.mark.parametrize(
    "arguments",
    [{"url": "https://a.example.org"}, {"token": TOKEN}, {"profile": ""}, {"profile": "x", "url": "u", "token": TOKEN}],
)
def test_half_a_canvas_and_two_of_them_are_refused(arguments: Here) -> None:
    with pytest.raises(UsageError) as raised:
        wait(1, **arguments)
    assert TOKEN not in str(raised.value)


def test_no_history_is_written_unless_that_is_wanted(home: Path, here: Here) -> None:
    wait(9, **here)
    assert not (home / "state").exists()
    wait(9, history=True, **here)
    assert (home / "state" / "canvas-progress" / "recent.sqlite3").exists()


def test_the_sandbox_is_a_profile_here_too() -> None:
    assert show(9, profile="sandbox")[0].results == {"id": 4711}


_AT_ONCE = """
import threading
from concurrent.futures import ThreadPoolExecutor
from canvas_progress import show
ready = threading.Barrier(8)
def one(_):
    ready.wait()
    return show(9, profile="sandbox")[0]
with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(one, range(8)))
print(len(found), len({result.url for result in found}), all(result.ok for result in found))
"""


def test_calls_that_begin_at_once_share_one_sandbox(home: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", _AT_ONCE], capture_output=True, text=True, check=True, cwd=home)
    assert ran.stdout == "8 1 True\n"


def test_an_lti_job_is_read_in_its_course(here: Here) -> None:
    (result,) = show(80, course=5, **here)
    assert result.url == f"{here['url']}/api/lti/courses/5/progress/80"
    with pytest.raises(UsageError, match="`x` is not a course"):
        show(80, course="x", **here)


def test_results_that_are_nested_deeper_than_the_stack_of_the_caller_are_whole_and_lose_no_others() -> None:
    depth = 900

    def answer(connection: socket.socket, head: str) -> None:
        deep = f'"results":{"[" * depth}7{"]" * depth}' if "/progress/2" in head else '"results":[1.50]'
        id_ = 2 if "/progress/2" in head else 1
        marked = head.startswith("POST")
        state = '"failed","message":"canceled"' if marked else '"running"' if down else '"completed"'
        reply(connection, f'{{"id":{id_},"user_id":10,"workflow_state":{state},{deep}}}')

    def below(frames: int, call: Callable[[], tuple[canvas_progress.JobResult, ...]]) -> Any:  # noqa: ANN401
        return below(frames - 1, call) if frames else call()

    events: list[dict[str, Any]] = []
    with serving(answer) as url:
        here: Here = {"url": url, "token": TOKEN}
        down = False
        found = [below(150, lambda: wait(1, 2, on_event=events.append, **here)), below(150, lambda: show(1, 2, **here))]
        down = True
        found.append(below(150, lambda: cancel(1, 2, **here)))
    for plain, deep in found:
        value, levels = deep.results, 0
        while isinstance(value, list):
            (value,), levels = value, levels + 1
        assert (plain.results, value, levels) == ([1.5], 7, depth)
    assert [result.action for result in found[2]] == ["canceled", "canceled"]
    assert {event.get("ref") for event in events if event["event"] == "finished"} == {"1", "2"}
