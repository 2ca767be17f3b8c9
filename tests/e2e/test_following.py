"""URLs of things that have a job: the installed command asks Canvas which one it is."""

from __future__ import annotations

import json
import socket

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
