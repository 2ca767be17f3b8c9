"""A marked token goes through every command, in success, in each error and in a crash, and is looked for everywhere."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import Command, Process, Ran

TOKEN = "S3CRET-marked-token-5f1d"
KEYRINGS = Path(__file__).parents[1] / "keyrings"
KINDS = ("file", "variable", "command", "keyring", "environment")
IN_FULL = "file"
TOO_LONG = 30.0

FAULTS = {
    60: FaultKind.SERVER_ERROR,
    61: FaultKind.BAD_GATEWAY,
    62: FaultKind.THROTTLED,
    63: FaultKind.HTML_PAGE,
    64: FaultKind.LOGIN_REDIRECT,
    65: FaultKind.HTTPS_REDIRECT,
    66: FaultKind.MALFORMED,
    67: FaultKind.DROPPED,
    68: FaultKind.TOKEN_REVOKED,
    69: FaultKind.TOKEN_EXPIRED,
    74: FaultKind.STALLED,
}
# A job for each situation, and the exit codes of `show`, `cancel --yes` and `watch --timeout 1` for it.
SITUATIONS = {
    "success": ("9", 0, 7, 0),
    "401": ("68", 4, 4, 4),
    "403": ("51", 5, 5, 5),
    "404": ("999", 5, 5, 5),
    "500": ("60", 6, 6, 124),
    "throttled": ("62", 6, 6, 124),
    "page that stands in for a Canvas": ("63", 1, 1, 124),
    "redirect": ("64", 1, 1, 1),
}
OTHERS = {
    ("cancel", "-v", "--yes", "--json", "3"): 0,
    ("show", "-v", "9", "69"): 4,
}
# Those that meet the most: for the kinds of credential that need not go through everything else as well.
MOST = {
    ("show", "-v", "--json", "9", "51", "999", "63", "64", "65", "66"): 1,
    ("watch", "-v", "--timeout", "1", "-o", "table", "9", "60", "61", "62", "67"): 124,
}
# Makes the library that sends requests, or the one that reads the file of profiles, fail with all that it was given.
CRASHES = {
    "sending": "import httpx\ndef crash(*given, **named): raise RuntimeError(f'{given} {named}')\n"
    "httpx.Client.send = crash\n",
    "reading": "import tomllib\ndef crash(text): raise RuntimeError(text)\ntomllib.loads = crash\n",
}


@dataclass
class Armed:
    """The command with the marked token in one of the places for tokens; `store` is the file that may have it."""

    command: Command
    url: str
    store: Path | None = None
    ran: dict[str, Ran] = field(default_factory=dict)

    def run(self, *arguments: str, typed: str = "") -> Ran:
        ran = self.command.run(*arguments, typed=typed)
        self.ran[" ".join(arguments)] = ran
        return ran

    def traces(self) -> list[str]:
        """Return where the token is to be found in what was printed and in the files of this home."""
        printed = [
            f"{stream} of `{words}`: {line}"
            for words, ran in self.ran.items()
            for stream, text in (("stdout", ran.out), ("stderr", ran.err))
            for line in text.splitlines()
            if TOKEN in line
        ]
        files = [
            f"file {path}"
            for path in self.command.home.rglob("*")
            if path.is_file() and path != self.store and TOKEN.encode() in path.read_bytes()
        ]
        return printed + files


def write_private(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def arm(home: Path, kind: str, url: str, token: str = TOKEN) -> Armed:
    """Put the token where this kind of credential has it, by hand, as a user might."""
    command = Command(home)
    config = home / "config" / "canvas-progress" / "config.toml"
    line, store = "", None
    match kind:
        case "file":
            line, store = f'token = "{token}"', config
        case "variable":
            line = 'token_env = "MY_TOKEN"'
            command.environment["MY_TOKEN"] = token
        case "command":
            store = write_private(home / "secret", f"{token}\nsecond line\n")
            line = f"token_command = 'cat \"{store}\"'"
        case "keyring":
            line = "keyring = true"
            store = write_private(home / "keyring.json", json.dumps({f"canvas-progress\nschool {url}": token}))
            command.environment |= {
                "PYTHON_KEYRING_BACKEND": "odd_keyrings.Json",
                "PYTHONPATH": str(KEYRINGS),
                "PYTHONDONTWRITEBYTECODE": "1",
                "TEST_KEYRING_FILE": str(store),
            }
        case _:
            command.environment |= {"CANVAS_PROGRESS_URL": url, "CANVAS_PROGRESS_TOKEN": token}
    if line:
        write_private(config, f'default = "school"\n\n[profiles.school]\nurl = "{url}"\n{line}\n')
    return Armed(command, url, store)


@pytest.fixture
def canvas() -> Iterator[SandboxServer]:
    faults = tuple(Fault(kind=kind, job=job, count=None, retry_after="1") for job, kind in FAULTS.items())
    with SandboxServer(World(replace(default(), faults=faults), token=TOKEN)) as server:
        yield server


def a_closed_port() -> str:
    with SandboxServer(World(default(), token=TOKEN)) as server:
        return server.url


def crashing(armed: Armed, where: str) -> Armed:
    """Let Python load a module at its start that makes a library crash."""
    site = armed.command.home / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(CRASHES[where])
    before = armed.command.environment.get("PYTHONPATH")
    armed.command.environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(site), before)))
    return armed


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_is_nowhere_whatever_canvas_answers(tmp_path: Path, canvas: SandboxServer, kind: str) -> None:
    armed = arm(tmp_path, kind, canvas.url)
    expected: dict[tuple[str, ...], int] = MOST | (OTHERS if kind == IN_FULL else {})
    for job, shown, canceled, watched in SITUATIONS.values() if kind == IN_FULL else ():
        expected["show", "-v", job] = shown
        expected["cancel", "-v", "--yes", "--json", job] = canceled
        expected["watch", "-v", "--json", "--timeout", "1", job] = watched
    with ThreadPoolExecutor(6) as pool:
        ran = list(pool.map(lambda words: armed.run(*words), expected))
    assert {words: done.code for words, done in zip(expected, ran, strict=True)} == expected
    assert armed.traces() == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_is_nowhere_when_profiles_are_listed_checked_added_and_removed(
    tmp_path: Path, canvas: SandboxServer, kind: str
) -> None:
    armed = arm(tmp_path, kind, canvas.url)
    assert canvas.url in armed.run("profile", "check", "-v").out
    assert canvas.url in armed.run("profile", "list", "-v").out
    armed.command.environment["OTHER_TOKEN"] = TOKEN
    for options in (("--check",), ("--no-check",)):
        added = armed.run("profile", "add", "other", "-v", "--url", canvas.url, "--token-env", "OTHER_TOKEN", *options)
        assert added.code == 0
    assert armed.run("profile", "use", "other").code == 0
    assert armed.run("profile", "list").out.count("\n") == 2
    assert armed.run("profile", "remove", "other").code == 0
    assert armed.traces() == []


def test_the_token_that_is_stored_is_in_the_file_of_profiles_alone(tmp_path: Path, canvas: SandboxServer) -> None:
    armed = arm(tmp_path, "environment", canvas.url)
    add = ("profile", "add", "-v", "--url", canvas.url, "--token-stdin", "--store", "file")
    assert armed.run(*add, "one", typed=f"{TOKEN}\n").code == 0
    assert armed.run(*add, "two", typed=f"Bearer {TOKEN}\n").code == 4
    assert armed.run("profile", "add", "one", "--url", canvas.url, "--token-env", "CANVAS_PROGRESS_TOKEN").code == 0
    assert armed.traces() == []
    assert armed.run(*add, "one", typed=f"{TOKEN}\n").code == 0
    config = tmp_path / "config" / "canvas-progress" / "config.toml"
    assert armed.traces() == [f"file {config}"]


def test_a_token_that_is_typed_on_a_terminal_is_not_shown(tmp_path: Path, canvas: SandboxServer) -> None:
    armed = arm(tmp_path, "file", canvas.url)
    typed: list[bytes] = []

    def react(seen: str) -> bytes | None:
        if "not shown" in seen and not typed:
            typed.append(f"{TOKEN}\n".encode())
            return typed[0]
        return None

    add = ("profile", "add", "school", "--url", canvas.url, "--store", "file")
    armed.ran["add"] = armed.command.on_screen(*add, react=react)
    others = (("profile", "list"), ("show", "-v", "9", "51"), ("watch", "-v", "9", "68"), ("show", "64"))
    for words in others:
        armed.ran[" ".join(words)] = armed.command.on_screen(*words)
    assert [ran.code for ran in armed.ran.values()] == [0, 0, 5, 4, 1]
    assert armed.traces() == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_is_nowhere_when_nobody_answers(tmp_path: Path, kind: str) -> None:
    armed = arm(tmp_path, kind, a_closed_port())
    for words in (("show", "-v", "9"), ("cancel", "-v", "-y", "9"), ("profile", "check", "-v")):
        ran = armed.run(*words)
        assert ran.code == 6
        assert "refuses connections" in ran.err
    assert armed.run("watch", "-v", "--json", "--timeout", "1", "9").code in {6, 124}
    assert armed.traces() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_is_refused_is_not_quoted(tmp_path: Path, kind: str) -> None:
    with SandboxServer(World(default(), token="another")) as server:
        armed = arm(tmp_path, kind, server.url)
        for words in (("show", "9"), ("watch", "9"), ("cancel", "-y", "9"), ("profile", "check")):
            assert armed.run(*words, "-v").code == 4
    assert armed.traces() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_credential_that_is_no_token_is_not_quoted(tmp_path: Path, canvas: SandboxServer, kind: str) -> None:
    armed = arm(tmp_path, kind, canvas.url, token=f"Bearer {TOKEN}")
    for words in (("show", "9"), ("watch", "9"), ("cancel", "-y", "9"), ("profile", "check")):
        ran = armed.run(*words, "-v")
        assert ran.code == (2 if kind == "file" else 4)
        assert "characters that no token can have" in ran.err
    assert armed.traces() == []


@pytest.mark.parametrize(
    "line",
    [
        'token = "{0}',
        "token = {0}",
        '{0} = "x"',
        '"{0}"',
        'token = "{0}"\ntoken = "{0}"',
        'token = "{0}"\ntoken_env = "X"',
        'token = ["{0}"]',
        'token = "\\{0}"',
        'keyring = "{0}"',
        'lti = "{0}"',
        'lti = {{ client_id = "1", key_file = "{0}", key_id = 1 }}',
        'token = "x"\ntimeout = "{0}"',
        'token = "x"\nca_bundle = ["{0}"]',
    ],
)
def test_a_file_of_profiles_with_a_mistake_is_not_quoted(tmp_path: Path, canvas: SandboxServer, line: str) -> None:
    armed = arm(tmp_path, "file", canvas.url)
    assert armed.store is not None
    armed.store.write_text(f'[profiles.school]\nurl = "{canvas.url}"\n{line.format(TOKEN)}\n')
    for words in (("-p", "school", "show", "9"), ("profile", "list")):
        assert armed.run(*words).code == 2
    assert armed.traces() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_with_the_token_in_its_words_tells_its_place_alone(
    tmp_path: Path, canvas: SandboxServer, kind: str
) -> None:
    armed = crashing(arm(tmp_path, kind, canvas.url), "sending")
    for words in (("show", "9"), ("watch", "--json", "9"), ("watch", "9"), ("cancel", "-y", "9"), ("profile", "check")):
        ran = armed.run(*words, "-v")
        assert ran.code == 1
        assert "error: this is a bug: RuntimeError at " in ran.err
        assert "Traceback" not in ran.err
    armed.ran["on a screen"] = armed.command.on_screen("watch", "9", "1")
    assert "this is a bug" in armed.ran["on a screen"].out
    assert armed.traces() == []


def test_a_crash_while_the_file_is_read_tells_its_place_alone(tmp_path: Path, canvas: SandboxServer) -> None:
    armed = crashing(arm(tmp_path, "file", canvas.url), "reading")
    for words in (("show", "9"), ("profile", "list"), ("profile", "use", "school"), ("profile", "remove", "school")):
        ran = armed.run(*words)
        assert ran.code == 1
        assert "error: this is a bug: RuntimeError at " in ran.err
    assert armed.traces() == []


@pytest.mark.parametrize(
    ("keyring", "words"),
    [
        ("odd_keyrings.Crashing", "the keyring does not work: RuntimeError"),
        ("odd_keyrings.Locked", "Failed to unlock the collection!"),
        ("keyring.backends.fail.Keyring", "No recommended backend was available"),
        ("keyring.backends.null.Keyring", "the keyring has no token"),
    ],
)
def test_a_keyring_that_fails_gives_nothing_away(
    tmp_path: Path, canvas: SandboxServer, keyring: str, words: str
) -> None:
    armed = arm(tmp_path, "keyring", canvas.url)
    armed.command.environment |= {"PYTHON_KEYRING_BACKEND": keyring, "TEST_KEYRING_QUOTES": TOKEN}
    armed.command.always_anew = True  # all that is imported for a keyring is imported where it is used
    ran = armed.run("show", "9", "-v")
    assert ran.code == 4
    assert words in ran.err
    assert armed.traces() == []


def test_a_keyring_token_is_for_the_canvas_that_it_was_given_for(tmp_path: Path, canvas: SandboxServer) -> None:
    armed = arm(tmp_path, "keyring", canvas.url)
    config = tmp_path / "config" / "canvas-progress" / "config.toml"
    with SandboxServer(World(default(), token=TOKEN)) as elsewhere:
        config.write_text(config.read_text().replace(canvas.url, elsewhere.url))
        assert armed.run("show", "9").code == 4
        assert elsewhere.world.log == ()


@contextmanager
def waiting_program(home: Path, then: str) -> Iterator[tuple[Path, int]]:
    """Yield a program that says so when it runs, and waits until the descriptor beside it is closed; then goes on."""
    ready, go = home / "ready", home / "go"
    for pipe in (ready, go):
        os.mkfifo(pipe)
    program = home / "program"
    program.write_text(f'#!/bin/sh\n: > "{ready}"\nread line < "{go}"\n{then}\n')
    program.chmod(0o700)
    listening = os.open(ready, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield program, listening
    finally:
        os.close(listening)


def wait_for(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLHUP | select.POLLIN)
    assert poll.poll(1000 * TOO_LONG), "the program was not started"


def let_go(home: Path) -> None:
    (home / "go").write_text("\n")


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    below = [
        int(child) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()
    ]
    return [pid, *(found for child in below for found in tree(child))]


def command_lines(process: Process) -> list[str]:
    return [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in tree(process.pid)]


linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads the process table of Linux")


@linux
@pytest.mark.parametrize("kind", KINDS)
def test_no_command_line_and_no_hook_has_the_token_while_a_request_hangs(
    tmp_path: Path, canvas: SandboxServer, kind: str
) -> None:
    armed = arm(tmp_path, kind, canvas.url)
    armed.command.always_anew = True  # with a command line of its own
    kept = tmp_path / "hook.environ"
    with waiting_program(tmp_path, f'cat /proc/self/environ > "{kept}"') as (hook, started):
        watch = armed.command.start("watch", "-v", "--json", "9", "74", "--exec", str(hook))
        wait_for(started)
        lines = command_lines(watch)
        let_go(tmp_path)
        assert watch.stderr is not None
        watch.send_signal(signal.SIGINT)
        out, err = watch.communicate(timeout=TOO_LONG)
    assert watch.returncode == 130
    assert any("watch -v --json 9 74" in line for line in lines)
    assert any(f"/bin/sh {hook}" in line for line in lines)
    assert [line for line in lines if TOKEN in line] == []
    armed.ran["watch"] = Ran(watch.returncode, out, err)
    assert armed.traces() == []


@linux
def test_the_environment_of_a_hook_has_all_but_the_token(tmp_path: Path, canvas: SandboxServer) -> None:
    for kind in KINDS:
        home = tmp_path / kind
        armed = arm(home, kind, canvas.url)
        home.mkdir(exist_ok=True)
        armed.command.environment["HARMLESS"] = "kept"
        ran = armed.run("watch", "9", "--exec", "env")
        assert "env: HARMLESS=kept" in ran.err
        assert "env: CANVAS_PROGRESS_OUTCOME=completed" in ran.err
        assert armed.traces() == []


@linux
def test_no_command_line_has_the_token_while_it_is_fetched(tmp_path: Path, canvas: SandboxServer) -> None:
    armed = arm(tmp_path, "command", canvas.url)
    armed.command.always_anew = True  # with a command line of its own
    assert armed.store is not None
    with waiting_program(tmp_path, f'cat "{armed.store}"') as (program, started):
        config = tmp_path / "config" / "canvas-progress" / "config.toml"
        config.write_text(f'default = "s"\n[profiles.s]\nurl = "{canvas.url}"\ntoken_command = "{program}"\n')
        show = armed.command.start("show", "-v", "9")
        wait_for(started)
        lines = command_lines(show)
        let_go(tmp_path)
        out, err = show.communicate(timeout=TOO_LONG)
    assert show.returncode == 0
    assert any(f"/bin/sh {program}" in line for line in lines)
    armed.ran["show"] = Ran(show.returncode, out, "\n".join([err, *lines]))
    assert armed.traces() == []
