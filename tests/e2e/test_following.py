"""URLs of things that have a job: the installed command asks Canvas which one it is."""

from __future__ import annotations

import json
import signal
import socket
import threading

import pytest

from command import Command
from raw_server import reply, serving

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
        reply(connection, json.dumps({"id": 7, "workflow_state": "running", THINGS[path]: told[THINGS[path]]}))
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


def test_a_watch_whose_time_is_over_before_it_knows_each_job_says_why_and_that_each_is_unread(command: Command) -> None:
    with serving(down) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        link = f"{url}{LINK}"
        ran = command.run("watch", "--any", "--json", "--timeout", "3", "5", link, f"{url}/api/v1/progress/6")
    (summary,) = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, summary["event"], summary["exit_code"]) == (124, "summary", 124)
    assert summary["outcomes"] == {"5": "unread", link: "unread", "6": "unread"}
    assert summary["requests"] == 0
    assert summary["seconds"] >= 3
    *_, error, hint = ran.err.splitlines()
    assert error.startswith("error: the time limit was over; the latest error: 127.0.0.1:")
    assert "answered 503" in error
    assert hint == f"hint: resume with `canvas-progress watch 5 {link} {url}/api/v1/progress/6`"


def test_plain_lines_name_each_job_that_was_not_read(command: Command) -> None:
    with serving(down) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run("watch", "--timeout", "1", "5", f"{url}{LINK}")
    assert ran.code == 124
    assert [line.split("\t")[:2] for line in ran.out.splitlines()] == [["5", "unread"], [f"{url}{LINK}", "unread"]]


def test_a_signal_before_the_jobs_are_known_has_the_summary_too(command: Command) -> None:
    asked = threading.Event()

    def note(connection: socket.socket, head: str) -> None:
        asked.set()
        down(connection, head)

    with serving(note) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        running = command.start("watch", "--json", "5", f"{url}{LINK}")
        assert asked.wait(30)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=30)
    (summary,) = [json.loads(line) for line in out.splitlines()]
    assert (running.returncode, summary["exit_code"]) == (143, 143)
    assert summary["outcomes"] == {"5": "unread", f"{url}{LINK}": "unread"}
    assert err.endswith(f"hint: resume with `canvas-progress watch 5 {url}{LINK}`\nterminated\n")


def test_links_are_followed_side_by_side_once_their_canvas_has_answered(command: Command) -> None:
    first, *others = THINGS
    both = threading.Barrier(2, timeout=20)

    def meet(connection: socket.socket, head: str) -> None:
        if head.split()[1] in others[-2:]:
            both.wait()
        answer(connection, head)

    with serving(meet) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": "x"}
        ran = command.run("show", *(f"{url}{path}" for path in (first, *others)))
    assert (ran.code, ran.out.split("\t")[0]) == (0, "12")
