"""Every value of every enumerated option, through the real command: an enum that is compared wrongly stays silent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from canvas_progress.cli.app import application
from command import Command, Ran

TOKEN = "S3CRET-marked-token"
KEYRINGS = Path(__file__).parents[1] / "keyrings"
# How each command with an enumerated option is run; the sandbox is behind `-p sandbox`.
RUNS = {
    "show": ("-p", "sandbox", "show", "9", "30"),
    "watch": ("-p", "sandbox", "watch", "9", "30"),
    "cancel": ("-p", "sandbox", "cancel", "-y", "24"),
    "list": ("-p", "sandbox", "list", "sis_import"),
    "recent": ("recent",),
    "demo": ("demo", "--help"),
    "profile add": ("profile", "add", "x", "--url", "canvas.example.edu", "--token-stdin", "--no-check"),
    "profile list": ("profile", "list"),
    "profile use": ("profile", "use", "school"),
    "profile check": ("profile", "check", "sandbox"),
    "profile remove": ("profile", "remove", "school"),
    "sandbox serve": ("sandbox", "serve", "--help"),
    "sandbox reset": ("sandbox", "reset"),
    "": ("--version",),
}


def enumerated() -> Iterator[tuple[str, str, str]]:
    """Yield command, option and value, as the command line itself has them."""

    def walk(command: object, path: str) -> Iterator[tuple[str, str, str]]:
        for parameter in getattr(command, "params", ()):
            for choice in getattr(parameter.type, "choices", ()):
                yield path, parameter.opts[0], str(getattr(choice, "value", choice))
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, f"{path} {name}".strip())

    yield from walk(typer.main.get_command(application()), "")


def a_table(ran: Ran, path: str) -> None:
    said = {"cancel": "marked as canceled", "recent": "no jobs are remembered"}.get(path, "outcome")
    assert said in ran.out + ran.err
    assert "\t" not in ran.out


def plain(ran: Ran, path: str) -> None:
    assert all(line.count("\t") == 6 for line in ran.out.splitlines())
    assert ran.out or path == "recent"


def as_json(ran: Ran, path: str) -> None:
    assert all(isinstance(json.loads(line), dict) for line in ran.out.splitlines())
    assert ran.out or path == "recent"


def colored(ran: Ran, path: str) -> None:
    assert "\x1b[" in ran.out or path not in {"show", "watch"}


def uncolored(ran: Ran, path: str) -> None:
    del path
    assert "\x1b[" not in ran.out + ran.err


def in_the_keyring(ran: Ran, path: str) -> None:
    del path
    assert "the token will be kept in the keyring" in ran.err


def in_the_file(ran: Ran, path: str) -> None:
    del path
    assert "the token will be plain text in" in ran.err


DOES: dict[tuple[str, str], Callable[[Ran, str], None]] = {
    ("--output", "table"): a_table,
    ("--output", "plain"): plain,
    ("--output", "json"): as_json,
    ("--color", "always"): colored,
    ("--color", "auto"): uncolored,
    ("--color", "never"): uncolored,
    ("--store", "keyring"): in_the_keyring,
    ("--store", "file"): in_the_file,
}


@pytest.mark.parametrize(("path", "option", "value"), list(enumerated()))
def test_it_does_what_it_says(command: Command, path: str, option: str, value: str) -> None:
    if path == "profile add":
        command.environment |= {
            "PYTHONPATH": str(KEYRINGS),
            "PYTHON_KEYRING_BACKEND": "odd_keyrings.Json",
            "TEST_KEYRING_FILE": str(command.home / "keyring.json"),
        }
    elif path.startswith("profile"):
        added = command.run("profile", "add", "school", "--url", "c.example.edu", "--token-env", "T", "--no-check")
        assert added.code == 0
    wide = ("-o", "table") if option == "--color" and path in {"show", "watch"} else ()
    ran = command.run(*RUNS[path], option, value, *wide, typed=f"{TOKEN}\n")
    assert "this is a bug" not in ran.err
    assert ran.code in ({0, 9} if path == "watch" else {0})
    DOES[option, value](ran, path)


@pytest.mark.parametrize(
    ("store", "kept"), [("keyring", "keyring.json"), ("file", "config/canvas-progress/config.toml")]
)
def test_a_token_is_kept_in_the_place_that_was_said_and_nowhere_else(command: Command, store: str, kept: str) -> None:
    test_it_does_what_it_says(command, "profile add", "--store", store)
    found = [path for path in command.home.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert found == [command.home / kept]
