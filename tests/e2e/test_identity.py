"""The right job with the right token: two Canvases below one host, and two profiles for one Canvas."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from canvas_progress.sandbox.server import SandboxServer
from command import Command
from raw_server import reply, serving

HEAD = re.compile(
    r"(?P<method>[A-Z]+) (?P<path>\S+) .*?authorization: Bearer (?P<token>\S+)", re.DOTALL | re.IGNORECASE
)


@dataclass
class Host:
    """A host with any number of Canvases below it, each with a running job of every id; `seen` is who asked what."""

    url: str = ""
    states: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    answers_as: int | None = None

    def answer(self, connection: socket.socket, head: str) -> None:
        request = HEAD.match(head)
        assert request is not None
        method, path = request["method"], request["path"]
        self.seen.append((method, path, request["token"]))
        id_ = int(re.findall(r"/([0-9]+)", path)[-1])
        if "content_migrations" in path:
            reply(connection, json.dumps({"id": 3, "progress_url": f"{self.url}/api/v1/progress/{id_}"}))
            return
        state = "failed" if method == "POST" else self.states.get(path, "running")
        message = "canceled" if method == "POST" else None
        shown = {"id": self.answers_as or id_, "workflow_state": state, "tag": "x", "user_id": 7, "message": message}
        reply(connection, json.dumps(shown))


@contextmanager
def hosting(**values: object) -> Iterator[Host]:
    host = Host(**values)  # type: ignore[arg-type]  # a test names the fields it needs
    with serving(host.answer) as url:
        host.url = url
        yield host


def add(command: Command, name: str, url: str, token: str) -> None:
    added = command.run(
        "profile", "add", name, "--url", url, "--token-stdin", "--store", "file", "--no-check", typed=f"{token}\n"
    )
    assert added.code == 0


def test_a_job_of_another_canvas_below_the_same_host_is_refused(command: Command) -> None:
    with hosting() as host:
        add(command, "prod", f"{host.url}/prod", "token-of-prod")
        for words in (("-p", "prod"), ()):
            ran = command.run(*words, "cancel", "-y", f"{host.url}/beta/api/v1/progress/5")
            assert ran.code == 7
            assert f"{host.url}/beta" in ran.err
        ran = command.shell(f"echo {host.url}/beta/api/v1/progress/5 | canvas-progress cancel -y -")
        assert ran.code == 7
        lti = command.run("show", f"{host.url}/beta/api/lti/courses/1/progress/5")
        assert lti.code == 7
        assert host.seen == []


def test_each_canvas_below_a_host_is_asked_with_its_own_token(command: Command) -> None:
    with hosting() as host:
        add(command, "prod", f"{host.url}/prod", "token-of-prod")
        add(command, "beta", f"{host.url}/beta", "token-of-beta")
        urls = [f"{host.url}/{name}/api/v1/progress/5" for name in ("beta", "prod")]
        shown = command.run("show", *urls)
        assert [line.split("\t")[0] for line in shown.out.splitlines()] == urls
        assert sorted(host.seen) == [
            ("GET", "/beta/api/v1/progress/5", "token-of-beta"),
            ("GET", "/prod/api/v1/progress/5", "token-of-prod"),
        ]


def test_a_migration_is_followed_on_the_canvas_that_answered_though_it_does_not_know_its_prefix(
    command: Command,
) -> None:
    with hosting() as host:
        add(command, "prod", f"{host.url}/prod", "token-of-prod")
        assert command.run("show", f"{host.url}/prod/api/v1/courses/1/content_migrations/3").code == 0
        assert [path for _, path, _ in host.seen] == [
            "/prod/api/v1/courses/1/content_migrations/3",
            "/prod/api/v1/progress/3",
        ]


def test_a_remembered_job_is_asked_for_with_the_profile_it_was_seen_with(command: Command) -> None:
    with hosting() as host:
        add(command, "ann", host.url, "token-of-ann")
        add(command, "bob", host.url, "token-of-bob")
        command.run("-p", "bob", "show", "5")
        command.run("show", "6")
        del host.seen[:]
        assert command.run("recent", "--refresh").code == 0
        asked = {("GET", "/api/v1/progress/5", "token-of-bob"), ("GET", "/api/v1/progress/6", "token-of-ann")}
        assert set(host.seen) == asked
        del host.seen[:]
        host.states = {f"/api/v1/progress/{id_}": "completed" for id_ in (5, 6)}
        assert command.on_screen("watch").code == 0
        assert set(host.seen) == asked


@pytest.mark.parametrize("before", [("-p", "bob"), ()])
def test_the_command_to_resume_names_the_canvas_of_the_job(command: Command, before: tuple[str, ...]) -> None:
    with hosting() as host, hosting() as other:
        add(command, "ann", other.url, "token-of-ann")
        add(command, "bob", host.url, "token-of-bob")
        url = f"{host.url}/api/v1/progress/5"
        ran = command.run(*before, "watch", "--timeout", "1", url)
        assert ran.code == 124
        assert f"hint: resume with `canvas-progress -p bob watch {url}`" in ran.err


@pytest.mark.parametrize(("asked", "answered", "code"), [("1~23", 2, 1), ("1~23", 1, 0), ("23", 2, 0), ("1~23", 0, 0)])
def test_an_answer_about_another_shards_job_is_refused(command: Command, asked: str, answered: int, code: int) -> None:
    with hosting(answers_as=answered * 10**13 + 23) as host:
        add(command, "school", host.url, "token-of-school")
        assert command.run("show", asked).code == code


def test_a_url_of_the_environments_canvas_finds_the_environments_token(
    connected: Command, canvas: SandboxServer
) -> None:
    ran = connected.run("watch", "--timeout", "1", f"{canvas.url}/api/v1/progress/10")
    assert f"hint: resume with `canvas-progress watch {canvas.url}/api/v1/progress/10`" in ran.err


def test_what_recent_prints_names_the_job_of_its_own_canvas_and_no_other(command: Command) -> None:
    with hosting() as host:
        add(command, "prod", f"{host.url}/prod", "token-of-prod")
        add(command, "beta", f"{host.url}/beta", "token-of-beta")
        command.run("-p", "beta", "show", "5")
        del host.seen[:]
        assert command.shell("canvas-progress recent | canvas-progress cancel -y -").code == 0
        assert [seen for seen in host.seen if seen[0] == "POST"] == [
            ("POST", "/beta/api/v1/progress/5/cancel", "token-of-beta")
        ]


def test_a_url_that_canvas_wrote_without_its_prefix_is_asked_where_it_is_reached_or_nowhere(command: Command) -> None:
    with hosting() as host:
        add(command, "prod", f"{host.url}/prod", "token-of-prod")
        written = json.dumps({"progress_url": f"{host.url}/api/v1/progress/5"})
        assert command.run("show", "-", typed=written).code == 0
        assert host.seen == [("GET", "/prod/api/v1/progress/5", "token-of-prod")]
        assert command.run("cancel", "-y", "-", typed=written).code == 7  # not unless the profile is named
        add(command, "beta", f"{host.url}/beta", "token-of-beta")
        ran = command.run("show", "-", typed=written)
        assert (ran.code, "may be any of" in ran.err) == (7, True)
        assert command.run("-p", "prod", "show", "-", typed=written).code == 0
        assert {token for _, _, token in host.seen} == {"token-of-prod"}
        add(command, "root", host.url, "token-of-root")
        del host.seen[:]
        assert command.run("-p", "prod", "cancel", "-y", "-", typed=written).code == 7
        assert command.run("cancel", "-y", "-", typed=written).code == 0
        assert {token for _, _, token in host.seen} == {"token-of-root"}


def test_a_canvas_names_no_job_of_another_one(command: Command) -> None:
    with hosting() as host:

        def answer(connection: socket.socket, _: str) -> None:
            reply(connection, json.dumps({"id": 3, "progress_url": f"{host.url}/api/v1/progress/9"}))

        with serving(answer) as other:
            add(command, "other", other, "token-of-other")
            add(command, "school", host.url, "token-of-school")
            ran = command.run("cancel", "-y", f"{other}/api/v1/courses/1/content_migrations/3")
    assert (ran.code, host.seen) == (7, [])
    assert "answered with a job of another Canvas" in ran.err


def test_our_own_json_names_the_job_that_it_is_about(command: Command) -> None:
    with hosting() as host:
        add(command, "prod", f"{host.url}/prod", "token-of-prod")
        add(command, "beta", f"{host.url}/beta", "token-of-beta")
        command.run("-p", "beta", "show", "5")
        del host.seen[:]
        assert command.shell("canvas-progress recent --json | canvas-progress cancel -y -").code == 0
        assert {token for _, _, token in host.seen} == {"token-of-beta"}


def test_a_tag_cannot_pretend_to_be_another_line(command: Command) -> None:
    def answer(connection: socket.socket, head: str) -> None:
        id_ = int(re.findall(r"/([0-9]+)", head.split()[1])[-1])
        shown = {"id": id_, "workflow_state": "running", "tag": "import\n999\t\x1b[31m", "user_id": 7}
        reply(connection, json.dumps(shown))

    with serving(answer) as url:
        add(command, "school", url, "token-of-school")
        command.run("show", "10")
        (line,) = command.run("recent").out.splitlines()
    assert line.split("\t")[3] == r"import\n999\t\x1b[31m"


@pytest.mark.parametrize("body", ["{}", "[2]", "2", "", '{"id": 0, "workflow_state": "running"}'])
def test_a_credential_is_not_proved_by_any_answer(command: Command, body: str) -> None:
    with serving(lambda connection, _: reply(connection, body)) as url:
        add(command, "school", url, "token-of-school")
        ran = command.run("profile", "check")
    assert ran.code == 1
    assert "answered 200 for a job that no Canvas has" in ran.err
