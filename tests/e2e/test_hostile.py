"""Servers that are worse than Canvas ever was: what they say is bounded, and what they echo is masked."""

from __future__ import annotations

import socket
import threading

import pytest

from command import Command
from raw_server import reply, serving

TOKEN = "S3CRET-marked-token"
PROGRESS = '{"id":1,"workflow_state":"running","message":"%s"}'


def at(command: Command, url: str) -> Command:
    command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": TOKEN, "CANVAS_PROGRESS_NO_HISTORY": "1"}
    return command


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("200 OK", PROGRESS % TOKEN),
        ("401 Unauthorized", '{"errors":[{"message":"bad token ' + TOKEN + '"}]}'),
        ("500 Oops", '{"errors":[{"message":"' + TOKEN + '"}]}'),
        ("404 Not Found", f"<html><title>{TOKEN}</title>"),
    ],
)
@pytest.mark.parametrize("output", ["json", "plain", "table"])
def test_a_token_that_a_server_echoes_is_masked(command: Command, status: str, body: str, output: str) -> None:
    headers = 'WWW-Authenticate: Bearer realm="canvas-lms"\r\n'
    with serving(lambda connection, _: reply(connection, body, status=status, headers=headers)) as url:
        ran = at(command, url).run("show", "-v", "-o", output, "1")
    assert TOKEN not in ran.out + ran.err
    assert "********" in ran.out + ran.err


ESCAPED = "".join(f"\\u{ord(character):04x}" for character in TOKEN)


SPELLED = [
    ("", TOKEN),
    ("", ESCAPED),
    ("\ufeff", ESCAPED),
    ("", ESCAPED.replace("\\", "\\\\")),
    ("", "".join(f"%{ord(character):02X}" for character in TOKEN)),
    ("", TOKEN.replace("-", "%2d")),
    ("", "".join(f"&#{ord(character)};" for character in TOKEN)),
]


@pytest.mark.parametrize(("before", "spelled"), SPELLED)
def test_a_token_that_a_server_echoes_reaches_neither_history_nor_hook(
    command: Command, before: str, spelled: str
) -> None:
    body = (
        before + '{"id":1,"workflow_state":"completed","tag":"%s","context_type":"%s","context_id":1,"message":"%s",'
        '"results":{"%s":["%s"]}}'
    )
    with serving(lambda connection, _: reply(connection, body % ((spelled,) * 5))) as url:
        command.environment |= {"CANVAS_API_URL": url, "CANVAS_API_TOKEN": TOKEN}
        ran = command.run("watch", "--json", "--exec", "bash -c 'cat; env' > seen.txt", "1")
        hooked = command.run("watch", "--exec", "bash -c 'cat; env'", "1")
    assert ran.code == hooked.code == 0
    assert "********" in hooked.err
    written = b"".join(path.read_bytes() for path in command.home.rglob("*") if path.is_file())
    assert b"********" in written
    for text in (ran.out, ran.err, hooked.out, hooked.err, written.decode("utf-8", "replace")):
        assert TOKEN not in text
        assert spelled not in text


@pytest.mark.parametrize("before", [150, 185, 195, 199])
@pytest.mark.parametrize("page", [True, False])
def test_a_token_is_masked_before_an_error_text_is_cut(command: Command, before: int, *, page: bool) -> None:
    text = "x" * (before - 1) + " " + TOKEN
    entities = "".join(f"&#{ord(character)};" for character in text)
    body = f"<html><title>{entities}</title>" if page else f'{{"errors":[{{"message":"{text}"}}]}}'
    with serving(lambda connection, _: reply(connection, body, status="403 Forbidden")) as url:
        ran = at(command, url).run("show", "1")
    assert TOKEN[:6] not in ran.err


def test_a_token_in_the_place_of_something_else_is_not_repeated(command: Command) -> None:
    token = "7~aB3dE6gH9jK2mN5pQ8sT1vW4yZ7"
    for words in (
        ("show", token),
        ("show", "1", token),
        ("show", f"https://canvas.example.edu/api/v1/progress/{token}"),
        ("-p", token, "show", "1"),
        ("watch", "1", "--timeout", token),
        ("show", "1", "-o", token),
        ("show", "1", "--course", token),
        (token,),
        ("profile", "use", token),
        ("profile", "add", token, "--url", "canvas.example.edu"),
        ("profile", "add", "x", "--url", "canvas.example.edu", "--store", token),
    ):
        ran = command.run(*words)
        assert ran.code in {2, 4, 7}
        assert token not in ran.out + ran.err, words


def test_an_answer_about_another_job_is_no_answer_and_nothing_is_canceled(command: Command) -> None:
    posts: list[str] = []

    def answer(connection: socket.socket, head: str) -> None:
        posts.extend([head] if head.startswith("POST") else [])
        reply(connection, PROGRESS % "")

    with serving(answer) as url:
        ran = at(command, url).run("cancel", "-y", "999")
    assert ran.code == 1
    assert "answered with progress 1 instead of progress 999" in ran.err
    assert posts == []


@pytest.mark.parametrize("quota", ["9" * 400, "-" + "9" * 400, "-999999999999", "nan", "1e999", ""])
def test_an_absurd_quota_neither_ends_nor_freezes_a_watch(command: Command, quota: str) -> None:
    with serving(lambda c, _: reply(c, PROGRESS % "", headers=f"X-Rate-Limit-Remaining: {quota}\r\n")) as url:
        ran = at(command, url).run("watch", "--timeout", "2", "1")
    assert ran.code == 124
    assert "this is a bug" not in ran.err


def test_headers_that_drip_for_ever_are_given_up_in_time(command: Command) -> None:
    def drip(connection: socket.socket, _: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not threading.Event().wait(0.2):
            connection.sendall(b"x")

    with serving(drip) as url:
        ran = at(command, url).run("watch", "--give-up-after", "2", "1")
    assert ran.code == 6
    assert "did not answer within 2 s" in ran.err
