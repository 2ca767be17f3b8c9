"""Jobs from standard input, in the pipes that people really write."""

from __future__ import annotations

import json

import pytest

from canvas_progress.sandbox.server import SandboxServer
from command import Command


def test_what_curl_got_from_canvas_is_watched(connected: Command) -> None:
    started = connected.run("show", "--json", "9").out
    ran = connected.run("watch", "-", typed=started)
    assert ran.code == 0
    assert ran.out.startswith("9\tcompleted")


def test_the_output_of_show_can_be_piped_into_watch(connected: Command) -> None:
    ran = connected.shell("canvas-progress show 9 30 | canvas-progress watch -")
    assert [line.split("\t")[:2] for line in ran.out.splitlines()] == [["9", "completed"], ["30", "canceled"]]


def test_stdin_joins_other_refs_and_a_job_given_twice_is_one(connected: Command, canvas: SandboxServer) -> None:
    ran = connected.run("show", "1", "-", typed=f"9\n{canvas.url}/api/v1/progress/9\n1\n")
    assert [line.split("\t")[0] for line in ran.out.splitlines()] == ["1", "9"]


def test_a_message_from_stdin_is_left_on_the_job(connected: Command) -> None:
    ran = connected.run("cancel", "-y", "1", "-m", "-", typed="wrong term,\nsee ticket 12\n")
    assert ran.out.rstrip("\n").split("\t")[6] == "wrong term,\\nsee ticket 12"


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("watch", "-"), "{}", "the JSON on standard input has no job in it"),
        (("watch", "-"), "", "standard input has no job in it"),
        (("watch", "-"), "twelve\n", "`twelve` is not a job"),
        (("cancel", "-y", "-", "-m", "-"), "1\n", "both want standard input"),
        (("cancel", "-y", "1", "-m", "-"), "\n", "an empty message"),
    ],
)
def test_input_that_makes_no_sense_is_a_usage_error(
    connected: Command, arguments: tuple[str, ...], typed: str, words: str
) -> None:
    ran = connected.run(*arguments, typed=typed)
    assert ran.code == 2
    assert words in ran.err


INSIDE = {"id": 9, "workflow_state": "queued", "tag": "x", "completion": None}
STARTED: dict[str, object] = {
    "batch update of courses": INSIDE,
    "content migration": {"id": 7, "workflow_state": "running", "progress_url": "{URL}"},
    "content export": {"id": 8, "workflow_state": "exporting", "progress_url": "{URL}", "user_id": 3},
    "ePub export": {"id": 8, "progress_id": 9, "workflow_state": "created"},
    "quiz report": {"id": 5, "progress_url": "{URL}", "progress": INSIDE},
    "modules": {"completed": None, "progress": {"progress": INSIDE}},
    "course pace": {"course_pace": {"id": 3, "workflow_state": "active"}, "progress": INSIDE},
    "file from a URL": {"upload_url": "https://files.example.org/x", "progress": INSIDE},
    "gradebook CSV": {"progress_id": 9, "attachment_id": 99, "filename": "grades.csv"},
    "jobs unstuck": {"status": "pending", "progress": INSIDE},
    "GraphQL": {"data": {"postAssignmentGrades": {"progress": {"_id": "9", "state": "queued"}}}},
}


@pytest.mark.parametrize("endpoint", STARTED)
def test_what_each_endpoint_answered_is_watched(connected: Command, canvas: SandboxServer, endpoint: str) -> None:
    answer = json.dumps(STARTED[endpoint]).replace("{URL}", f"{canvas.url}/api/v1/progress/9")
    ran = connected.run("watch", "-", typed=answer)
    assert ran.code == 0
    assert ran.out.startswith("9\tcompleted")
