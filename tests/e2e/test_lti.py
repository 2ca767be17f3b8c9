"""The whole way of an LTI tool, from the installed command to a simulated Canvas that verifies its signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from canvas_progress.sandbox.installation import LtiTool
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import Command
from lti_tool import CLIENT_ID, KeyPair, installed, new_keys


@cache
def keys() -> KeyPair:
    return new_keys()


@pytest.fixture
def campus() -> Iterator[SandboxServer]:
    """Serve a Canvas in which the tool is installed, in course 5."""
    tool = LtiTool(client_id=CLIENT_ID, public_key=keys().public)
    with SandboxServer(World(installed(tool), token="S3CRET-marked-token")) as server:
        yield server


@pytest.fixture
def tool(command: Command, campus: SandboxServer) -> Command:
    """Return the command with the tool's profile."""
    key_file = command.home / "tool.pem"
    key_file.touch(0o600)
    key_file.write_text(keys().private)
    added = command.run(
        "profile", "add", "tool", "--url", campus.url, "--lti", "--client-id", CLIENT_ID, "--key-file", str(key_file)
    )
    assert added.code == 0, added.err
    return command


def exchanges(campus: SandboxServer) -> int:
    return sum(logged.path == "/login/oauth2/token" for logged in campus.world.log)


def test_jobs_of_a_course_are_shown_and_watched_with_one_exchange_for_all(tool: Command, campus: SandboxServer) -> None:
    assert tool.run("show", "--course", "5", "80").out.startswith("80\t")
    assert tool.run("show", f"{campus.url}/api/lti/courses/5/progress/80").code == 0
    assert tool.run("watch", "--course", "5", "80").code == 0
    assert "chosen_by\tthe default profile" in tool.run("profile", "check").out
    assert exchanges(campus) == 1


def test_a_kept_token_that_is_refused_before_its_time_is_exchanged_once_more(tool: Command) -> None:
    (kept,) = tool.home.rglob("*.json")
    document = json.loads(kept.read_text())
    header, claims, _ = document["access_token"].split(".")
    forged = f"{header}.{claims}.{'A' * 342}"  # as after a change of Canvas's own key
    kept.write_text(json.dumps(document | {"access_token": forged, "obtained_at": document["obtained_at"] - 120}))
    tool.always_anew = True  # all that an exchange needs is imported where it is used
    ran = tool.run("show", "-v", "--course", "5", "80")
    assert (ran.code, ran.out[:3]) == (0, "80\t")
    assert [
        line.split(",")[0] for line in ran.err.splitlines() if "/" in line and line.startswith(("GET", "POST"))
    ] == [
        "GET /api/lti/courses/5/progress/80 401",
        "POST /login/oauth2/token 200",
        "GET /api/lti/courses/5/progress/80 200",
    ]


def test_a_new_token_that_is_refused_as_well_is_the_end(tool: Command, campus: SandboxServer) -> None:
    (kept,) = tool.home.rglob("*.json")
    document = json.loads(kept.read_text())
    kept.write_text(json.dumps(document | {"obtained_at": document["obtained_at"] - 120}))
    before = exchanges(campus)
    ran = tool.run("show", "--course", "8", "80")  # the key is off in that course: Canvas refuses every token
    assert ran.code == 4
    assert exchanges(campus) == before + 1


def test_processes_that_start_at_once_share_one_exchange(tool: Command, campus: SandboxServer) -> None:
    for kept in Path(tool.home).rglob("*.json"):
        kept.unlink()
    before = exchanges(campus)
    processes = [tool.start("show", "--course", "5", "80") for _ in range(6)]
    assert [process.communicate(timeout=60)[0][:3] for process in processes] == ["80\t"] * 6
    assert exchanges(campus) == before + 1


def test_an_lti_tool_cannot_cancel_and_nothing_is_sent(tool: Command, campus: SandboxServer) -> None:
    ran = tool.run("cancel", "-y", f"{campus.url}/api/lti/courses/5/progress/80")
    assert ran.code == 7
    assert "Canvas has no endpoint to cancel through LTI" in ran.err
    assert all(logged.method != "POST" or "oauth2" in logged.path for logged in campus.world.log)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "80"), 2, "add `--course ID`"),
        (("show", "--course", "5", "81"), 5, "isn't linked to this Tool"),
        (("show", "--course", "6", "80"), 5, "or the course is missing or concluded"),
        (("show", "--course", "5", "999"), 5, "there is no progress 999 in course 5"),
    ],
)
def test_an_error_of_the_lti_endpoint_is_explained(
    tool: Command, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ran = tool.run(*arguments)
    assert ran.code == code
    assert words in ran.err


def test_neither_key_nor_assertion_nor_token_is_ever_shown(tool: Command) -> None:
    line = keys().private.splitlines()[1]
    for words in (
        ("show", "-v", "--course", "5", "80", "999"),
        ("profile", "list"),
        ("profile", "check", "-v", "--json"),
    ):
        ran = tool.run(*words)
        assert "eyJ" not in ran.out + ran.err
        assert line not in ran.out + ran.err


def test_what_is_kept_is_for_the_owner_alone(tool: Command) -> None:
    kept = list((tool.home / ".cache").rglob("*.json"))
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o777 == 0o600


def test_removing_the_profile_forgets_its_token(tool: Command) -> None:
    tool.run("profile", "remove", "tool")
    assert list((tool.home / ".cache").rglob("*.json")) == []


def test_another_credential_in_its_place_forgets_the_token_too(tool: Command) -> None:
    url = tool.run("profile", "list").out.split("\t")[1]
    tool.environment["T"] = "S3CRET-of-a-user"
    assert tool.run("profile", "add", "tool", "--url", url, "--token-env", "T", "--no-check").code == 0
    assert list((tool.home / ".cache").rglob("*.json")) == []


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "cannot be read: No such file"), ("not a key", "tool.pem"), ("other", "JWS signature invalid")],
)
def test_a_key_that_is_no_use_is_told_before_anything_is_stored(
    command: Command, campus: SandboxServer, key: str | None, words: str
) -> None:
    path = command.home / "tool.pem"
    if key is not None:
        path.touch(0o600)
        path.write_text(new_keys().private if key == "other" else key)
    ran = command.run(
        "profile", "add", "tool", "--url", campus.url, "--lti", "--client-id", CLIENT_ID, "--key-file", str(path)
    )
    assert ran.code == 4
    assert words in ran.err
    assert command.run("profile", "list").out == ""


def test_a_key_that_others_can_read_is_refused_with_the_chmod_to_run(tool: Command) -> None:
    (tool.home / "tool.pem").chmod(0o644)
    for kept in tool.home.rglob("*.json"):
        kept.unlink()
    ran = tool.run("show", "--course", "5", "80")
    assert ran.code == 7
    assert "hint: run `chmod 600" in ran.err


def test_an_ordinary_token_in_a_course_is_told_that_a_key_is_needed(command: Command, campus: SandboxServer) -> None:
    command.environment |= {"CANVAS_PROGRESS_URL": campus.url, "CANVAS_PROGRESS_TOKEN": campus.token}
    ran = command.run("show", "--course", "5", "80")
    assert ran.code == 4
    assert "jobs of a course need a profile with the key of an LTI tool" in ran.err
