"""URLs of things that have a job: the installed command asks Canvas which one it is."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from command import Command
from raw_server import reply, serving, silent

THINGS = {
    "/api/v1/courses/1/content_migrations/7": "progress_url",
    "/api/v1/users/self/content_exports/7": "progress_url",
    "/api/v1/courses/1/epub_exports/7": "progress_id",
    "/api/v1/courses/1/quizzes/2/reports/7": "progress_url",
}


def answer(connection: socket.socket, head: str) -> None:
    """Answer for each thing with its job, 12, and for the job with itself."""
    path = head.split()[1]
    host = next(line.split(": ")[1] for line in head.splitlines() if line.lower().startswith("host:"))
    told = {"progress_url": f"http://{host}/api/v1/progress/12", "progress_id": 12}
    if path.startswith("/api/v1/progress/"):
        reply(connection, '{"id":12,"workflow_state":"completed","completion":100.0}')
    elif path in THINGS:
        reply(connection, json.dumps({"id": 7, "workflow_state": "completed", THINGS[path]: told[THINGS[path]]}))
    else:
        reply(connection, '{"id":8,"workflow_state":"pre_processing","progress_url":null}')


@pytest.mark.parametrize("path", THINGS)
def test_the_job_of_a_thing_is_found_and_watched(command: Command, path: str) -> None:
    with serving(answer) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run("watch", f"{url}{path}")
    assert ran.code == 0
    assert ran.out.startswith("12\tcompleted\t100")


def test_a_watch_waits_for_a_canvas_that_restarts_also_before_it_knows_the_job(command: Command) -> None:
    path = next(iter(THINGS))
    down = ["maintenance", "maintenance", "maintenance"]  # a command that wants one answer has given up by then

    def answer_later(connection: socket.socket, head: str) -> None:
        if down:
            reply(connection, down.pop(), status="503 Service Unavailable", headers="Retry-After: 1\r\n")
        else:
            answer(connection, head)

    with serving(answer_later) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run("watch", f"{url}{path}")
    assert ran.code == 0
    assert ran.out.startswith("12\tcompleted\t100")
    assert ran.err.count("retrying in 1 s") == 3


def test_a_thing_without_a_job_yet_says_so(command: Command) -> None:
    with serving(answer) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run("watch", f"{url}/api/v1/courses/1/content_migrations/8")
    assert ran.code == 2
    assert "has no job yet" in ran.err


def down(connection: socket.socket, head: str) -> None:
    """Be down for a link, and read jobs."""
    if "/progress/" in head.split()[1]:
        answer(connection, head)
    else:
        reply(connection, "maintenance", status="503 Service Unavailable", headers="Retry-After: 1\r\n")


LINK = "/api/v1/courses/1/content_migrations/7"


def test_a_watch_whose_time_is_over_before_it_knows_each_job_says_what_it_has_and_how_to_go_on(
    command: Command,
) -> None:
    with serving(down) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        link = f"{url}{LINK}"
        ran = command.run("watch", "--json", "--timeout", "3", "12", link)
    *events, summary = map(json.loads, ran.out.splitlines())
    assert (ran.code, summary["event"], summary["exit_code"]) == (124, "summary", 124)
    assert summary["outcomes"] == {"12": "completed", link: "unread"}
    assert summary["seconds"] >= 3
    assert {(event["event"], event["code"]) for event in events if event["ref"] == link} == {("error", "server")}
    *_, unfinished, hint = ran.err.splitlines()
    assert unfinished == f"the time limit of 3 s is over: {link} without an answer"
    assert hint == f"hint: resume with `canvas-progress watch {link}`"


def test_plain_lines_name_a_link_that_was_not_followed_in_its_place(command: Command) -> None:
    with serving(down) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run("watch", "--timeout", "2", f"{url}{LINK}", "12")
    assert ran.code == 124
    assert [line.split("\t")[:2] for line in ran.out.splitlines()] == [[f"{url}{LINK}", "unread"], ["12", "completed"]]


def test_a_signal_before_the_jobs_are_known_has_the_summary_too(command: Command) -> None:
    asked = threading.Event()

    def note(connection: socket.socket, head: str) -> None:
        if "/progress/" not in head:
            asked.set()
        down(connection, head)

    with serving(note) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        running = command.start("watch", "--json", f"{url}{LINK}")
        assert asked.wait(30)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=30)
    summary = json.loads(out.splitlines()[-1])
    assert (running.returncode, summary["exit_code"]) == (143, 143)
    assert summary["outcomes"] == {f"{url}{LINK}": "unread"}
    assert f"hint: resume with `canvas-progress watch {url}{LINK}`\n" in err


@contextmanager
def beside_a_silent_canvas(command: Command) -> Iterator[tuple[str, str]]:
    """Serve one Canvas that answers, and another that never does: yield the URL of a job, and a link to one."""
    with serving(answer) as url, silent() as elsewhere:
        for name, base in (("school", url), ("college", elsewhere)):
            words = ("--url", base, "--token-stdin", "--store", "file", "--no-check")
            assert command.run("profile", "add", name, *words, typed="x\n").code == 0
        yield f"{url}/api/v1/progress/12", f"{elsewhere}{LINK}"


def test_a_link_that_hangs_delays_no_other_job(command: Command) -> None:
    with beside_a_silent_canvas(command) as (job, link):
        running = command.start("watch", "--json", "--timeout", "60", link, job)
        assert running.stdout is not None
        events = [json.loads(running.stdout.readline()) for _ in range(2)]  # long before the time is over
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert [(event["event"], event["ref"]) for event in events] == [("seen", "12"), ("finished", "12")]
    summary = json.loads(out.splitlines()[-1])
    assert summary["outcomes"] == {link: "unread", "12": "completed"}
    assert summary["seconds"] < 30
    assert (running.returncode, f"nothing was canceled: {link} without an answer" in err) == (130, True)


def test_a_link_that_hangs_keeps_no_other_job_from_being_canceled(command: Command) -> None:
    with beside_a_silent_canvas(command) as (job, link):
        ran = command.run("cancel", "-y", "--json", "--timeout", "3", job, link)
    told = [(line["ref"], line["action"]) for line in map(json.loads, ran.out.splitlines())]
    assert (ran.code, told) == (7, [("12", "refused"), (link, "unchanged")])


@pytest.mark.parametrize("words", [("watch",), ("show",), ("cancel", "-y")])
def test_a_link_that_leads_nowhere_hides_no_other_job(command: Command, words: tuple[str, ...]) -> None:
    with serving(answer) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run(*words, f"{url}/api/v1/courses/1/content_migrations/8", "12")
    assert (ran.code, "has no job yet" in ran.err) == (2, True)
    assert "12\tcompleted" in ran.out


def test_a_program_is_run_for_a_link_that_leads_nowhere_without_an_id(command: Command) -> None:
    def missing(connection: socket.socket, _: str) -> None:
        reply(connection, '{"errors":[{"message":"The specified resource does not exist."}]}', status="404 Not Found")

    with serving(missing) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        hook = "sh -c 'echo id=[$CANVAS_PROGRESS_ID] $CANVAS_PROGRESS_OUTCOME $CANVAS_PROGRESS_URL'"
        ran = command.run("watch", "--exec", hook, f"{url}{LINK}")
    assert (ran.code, f"sh: id=[] gone {url}{LINK}" in ran.err) == (5, True)


def test_a_job_that_is_named_twice_is_polled_once(command: Command) -> None:
    polled = []

    def count(connection: socket.socket, head: str) -> None:
        polled.append(head.split()[1])
        if "/progress/" in head:
            reply(connection, '{"id":12,"workflow_state":"completed","results":{}}')  # more is not to come
        else:
            answer(connection, head)

    export = "/api/v1/users/self/content_exports/7"
    with serving(count) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run("watch", f"{url}{LINK}", f"{url}{export}")
    assert (ran.code, ran.out.count("\n")) == (0, 1)
    assert sorted(polled) == ["/api/v1/courses/1/content_migrations/7"] * 2 + ["/api/v1/progress/12", export]


@pytest.mark.parametrize("words", [("watch",), ("show",), ("cancel", "--dry-run")])
def test_links_are_followed_side_by_side_once_their_canvas_has_answered(
    command: Command, words: tuple[str, ...]
) -> None:
    first, *others = THINGS
    both = threading.Barrier(2, timeout=20)

    def meet(connection: socket.socket, head: str) -> None:
        if head.split()[1] in others[-2:]:
            both.wait()
        answer(connection, head)

    with serving(meet) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run(*words, *(f"{url}{path}" for path in (first, *others)))
    assert both.broken is False
    assert [line.split("\t")[:2] for line in ran.out.splitlines()] == [["12", "completed"]]
