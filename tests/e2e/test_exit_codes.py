"""Each exit code of the contract, from the installed command over a real socket."""

from __future__ import annotations

import signal
import socket

import pytest

from canvas_progress.sandbox.server import SandboxServer
from command import Command

URL = "https://canvas.example.edu"


@pytest.mark.parametrize(
    "words",
    [
        ("show", "{}"),
        ("cancel", "-y", "{}"),
        ("show", "1", "-p", "{}"),
        ("profile", "use", "{}"),
        ("watch", "1", "--timeout", "{}"),
        ("watch", "1", "--exec", "curl -H '{}"),
        ("show", "--course", "{}", "1"),
        ("profile", "add", "{}", "--url", URL, "--token-env", "T"),
    ],
)
def test_a_token_that_was_typed_where_something_else_belongs_is_not_repeated(
    command: Command, words: tuple[str, ...]
) -> None:
    token = "7~aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0cD3fG6hJ9kL2nP5qR8tU1wX4yZ7bC0eF"
    ran = command.run(*(word.format(token) for word in words))
    assert ran.code in {2, 4}
    assert ran.err.startswith("error: ")
    assert "ab3de6" not in ran.err.lower()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "-p", "", "1"), 2, "`-p` has an empty name"),
        (("show", "0"), 2, "`0` is not a job"),
        (("show", "1.5"), 2, "`1.5` is not a job"),
        (("show", "abc"), 2, "`abc` is not a job"),
        (("show", "123abc"), 2, "`123abc` is not a job"),
        (("show", "12345678901234567890"), 2, "`12345678901234567890` is not a job"),
        (("show", "-1"), 2, "-1"),
        (("show", "--", "-1"), 2, "`-1` is not a job"),
        (("show",), 2, "REF"),
        (("show", "--bogus", "1"), 2, "--bogus"),
        (("bogus",), 2, "bogus"),
        (("show", "-o", "xml", "1"), 2, "xml"),
        (("show", f"{URL}/courses/1"), 2, "is not a progress URL"),
        (("show", f"{URL}/api/v1/accounts/1/sis_imports/3"), 7, "no profile is for https://canvas.example.edu"),
        (("show", "sis_import:x"), 2, "`x` is not the id of a SIS import"),
        (("show", "--account", "x", "sis_import:1"), 2, "`x` is not an account"),
        (("list", "outcome_import"), 2, "no list of outcome imports"),
        (("list", "progress"), 2, "does not say which progress is the newest"),
        (("watch", "--latest", "foo"), 2, "`foo` is not a kind of job"),
        (("show", f"{URL}/api/v1/courses/1/content_migrations/3"), 7, "no profile is for https://canvas.example.edu"),
        (("show", "https://me:pw@canvas.example.edu/api/v1/progress/1"), 2, "user name or password"),
        (("show", "--course", "x", "1"), 2, "`x` is not a course"),
        (("watch", "--timeout", "0", "1"), 2, "`--timeout 0` must be greater than zero"),
        (("watch", "--timeout", "-5", "1"), 2, "`-5` is not a duration"),
        (("watch", "--timeout", "soon", "1"), 2, "`soon` is not a duration"),
        (("watch", "--stall-timeout", "0s", "1"), 2, "`--stall-timeout 0s` must be greater than zero"),
        (("watch", "--interval", "1h30", "1"), 2, "`1h30` is not a duration for `--interval`"),
        (("watch", "--any", "--fail-fast", "1"), 2, "exclude each other"),
        (("watch", "--exec", "'", "1"), 2, "is not a command"),
        (("watch", "--exec", " ", "1"), 2, "`--exec` needs a command"),
        (("profile", "add", "a b", "--url", URL, "--token-env", "T"), 2, "`a b` is not a profile name"),
        (("profile", "add", "sandbox", "--url", URL, "--token-env", "T"), 2, "built-in name"),
        (("profile", "add", "x", "--url", "http://canvas.example.edu", "--token-env", "T"), 2, "unencrypted"),
        (("profile", "add", "x", "--url", "ftp://canvas.example.edu", "--token-env", "T"), 2, "ftp://"),
        (("profile", "add", "x", "--url", URL, "--token-env", "T", "--token-stdin"), 2, "exclude each other"),
        (("show", "1"), 4, "no Canvas and no token are set up"),
        (("-p", "nope", "show", "1"), 2, "there is no profile `nope`"),
        (("profile", "check"), 4, "no Canvas and no token"),
        (("profile", "add", "x", "--url", URL, "--token-stdin", "--store", "file"), 4, "has no token in it"),
        (("show", f"{URL}/api/v1/progress/1"), 7, "no profile is for https://canvas.example.edu"),
        (("-p", "sandbox", "show", f"{URL}/api/v1/progress/1"), 7, "not for https://canvas.example.edu"),
        (("-p", "sandbox", "cancel", "1"), 7, "add `--yes`"),
        (("profile", "add", "x", "--url", URL), 7, "`--store file`"),
        (("profile", "add", "x", "--url", URL, "eyJ-a-token"), 2, "an argument too many"),
        (("profile", "add", "x", "--url", URL, "--token-env", "7~token"), 2, "is not the name of a variable"),
        (("profile", "add", "x", "--url", URL, "--lti"), 2, "`--lti` needs `--client-id` and `--key-file`"),
        (("profile", "add", "x", "--url", URL, "--client-id", "1"), 2, "only make sense with `--lti`"),
        (("profile", "add", "x", "--url", URL, "--store", "file", "--token-env", "T"), 2, "has nothing to store"),
        (("profile", "add", "x", "--url", URL, "--store", "file"), 7, "no terminal to ask for the token"),
    ],
)
def test_bad_input_gets_its_exit_code_and_a_message_that_names_it(
    command: Command, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ran = command.run(*arguments)
    assert ran.code == code
    told = [line for line in ran.err.splitlines() if not line.startswith("the token will be plain text in ")]
    assert told[0].startswith("error: ")
    assert words in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "9"), 0),
        (("show", "30"), 0),
        (("show", "--exit-status", "30"), 9),
        (("show", "--exit-status", "1"), 8),
        (("show", "99"), 5),
        (("show", "51"), 5),
        (("show", "9", "99"), 5),
        (("show", "67"), 0),
        (("show", "69"), 1),
        (("show", "70"), 1),
        (("show", "61"), 6),
        (("watch", "9"), 0),
        (("watch", "30"), 9),
        (("watch", "9", "30", "99"), 5),
        (("watch", "31", "--timeout", "1"), 124),
        (("watch", "74", "--timeout", "1"), 124),
        (("watch", "31", "--stall-timeout", "1"), 124),
        (("watch", "--any", "9", "31"), 0),
        (("watch", "--fail-fast", "30", "31"), 9),
        (("watch", "--exit-zero", "30"), 0),
        (("cancel", "-y", "1"), 0),
        (("cancel", "-y", "4"), 7),
        (("cancel", "-y", "9"), 7),
        (("cancel", "-y", "99"), 5),
    ],
)
def test_each_situation_has_its_exit_code_and_a_word_about_it(
    connected: Command, arguments: tuple[str, ...], code: int
) -> None:
    ran = connected.run(*arguments)
    assert ran.code == code
    assert "Traceback" not in ran.err
    if code:
        assert ran.err


def test_a_job_that_fails_is_3_also_when_it_had_failed_before(connected: Command) -> None:
    connected.run("cancel", "-y", "-m", "wrong term", "1")
    ran = connected.run("watch", "1")
    assert ran.code == 3
    assert "1 failed" in ran.err
    assert connected.run("watch", "1").code == 3
    assert connected.run("show", "--exit-status", "1").code == 3


def test_a_token_that_canvas_refuses_is_4(connected: Command) -> None:
    connected.environment["CANVAS_PROGRESS_TOKEN"] = "WRONG-marked"
    ran = connected.run("watch", "1")
    assert ran.code == 4
    assert "refused the token in the environment (CANVAS_PROGRESS_URL and CANVAS_PROGRESS_TOKEN)" in ran.err
    assert "marked" not in ran.out + ran.err


def test_a_canvas_that_nobody_serves_is_6(command: Command) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    command.environment |= {"CANVAS_API_URL": f"http://127.0.0.1:{port}", "CANVAS_API_TOKEN": "x"}
    ran = command.run("show", "1")
    assert ran.code == 6
    assert f"error: 127.0.0.1:{port} refuses connections" in ran.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_ends_a_watch_at_once_even_while_a_request_hangs(
    connected: Command, canvas: SandboxServer, number: signal.Signals, code: int
) -> None:
    stalled = 74
    process = connected.start("watch", "--json", "9", str(stalled))
    assert process.stdout is not None
    assert '"seen"' in process.stdout.readline()  # 9 is answered, 74 never is
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == code
    assert f'"exit_code":{code}' in out.splitlines()[-1]
    assert "resume with `canvas-progress watch 74`" in err
    assert all(logged.method == "GET" for logged in canvas.world.log)
