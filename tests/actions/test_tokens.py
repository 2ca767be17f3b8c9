from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from canvas_progress.actions.lti_tokens import LtiTokens
from canvas_progress.actions.tokens import TokenSources, token_of
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import (
    Credential,
    KeyringToken,
    LtiKey,
    Profile,
    Secret,
    StoredToken,
    TokenCommand,
    TokenVariable,
)
from canvas_progress.core.errors import CredentialError
from canvas_progress.processes import run
from canvas_progress.storage.keyring_store import KeyringStore

BASE = parse_base_url("canvas.example.edu")


class OneToken(KeyringStore):
    """A keyring that has the same token for everybody."""

    def read(self, profile: Profile) -> str:
        return f"of-{profile.name}"


class OneTool(LtiTokens):
    """A tool that gets a token without asking anybody."""

    def __init__(self) -> None:
        pass

    def token_for(self, profile: Profile, key: LtiKey, *, refused: Secret | None = None) -> Secret:
        del refused
        return Secret(f"of-{key.client_id}-at-{profile.base.host}")


def sources(environment: dict[str, str] | None = None, *, limit: float | None = None) -> TokenSources:
    return TokenSources(
        environment or {},
        OneToken(),
        lambda words, seconds: run(words, limit or seconds, {"PATH": os.defpath}),
        OneTool,
    )


def a_profile(credential: Credential) -> Profile:
    return Profile("school", BASE, credential)


def a_command(folder: Path, script: str) -> TokenCommand:
    """Write a program that stands for a password manager."""
    program = folder / "pass manager.py"
    program.write_text(f"import sys\n{script}\n")
    return TokenCommand(f"{sys.executable} '{program}' canvas/token")


def test_a_stored_token_is_the_token() -> None:
    assert token_of(a_profile(StoredToken(Secret("abc"))), sources()).reveal() == "abc"


def test_a_token_variable_is_read_each_time() -> None:
    assert token_of(a_profile(TokenVariable("T")), sources({"T": " xyz\n"})).reveal() == "xyz"


def test_a_token_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(CredentialError, match="in the variable T, which is not set"):
        token_of(a_profile(TokenVariable("T")), sources({"T": " "}))


def test_a_keyring_is_asked_for_the_profile() -> None:
    assert token_of(a_profile(KeyringToken()), sources()).reveal() == "of-school"


def test_a_command_is_run_without_a_shell_and_its_first_line_is_the_token(tmp_path: Path) -> None:
    command = a_command(tmp_path, "print('tok' + '-' + sys.argv[1].replace('/', '-')); print('user: ann')")
    assert token_of(a_profile(command), sources()).reveal() == "tok-canvas-token"


def test_what_a_failing_command_says_on_standard_error_is_told_and_not_its_output(tmp_path: Path) -> None:
    command = a_command(tmp_path, "print('marked'); print('locked: unlock it', file=sys.stderr); sys.exit(2)")
    with pytest.raises(CredentialError, match="failed with exit code 2: locked: unlock it") as failed:
        token_of(a_profile(command), sources())
    assert "marked" not in failed.value.message


def test_of_a_failing_command_that_says_much_the_last_lines_are_told(tmp_path: Path) -> None:
    command = a_command(tmp_path, "for number in range(1000): print(number, file=sys.stderr)\nsys.exit('why')")
    with pytest.raises(CredentialError) as failed:
        token_of(a_profile(command), sources())
    assert failed.value.message.endswith("failed with exit code 1: " + "\n".join([*map(str, range(991, 1000)), "why"]))


def test_a_first_line_that_is_longer_than_any_token_is_none(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="has no token in it"):
        token_of(a_profile(a_command(tmp_path, "print('x' * 100_000)")), sources())


def test_a_command_that_prints_nothing_has_no_token(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="has no token in it"):
        token_of(a_profile(a_command(tmp_path, "pass")), sources())


def test_a_command_that_waits_for_ever_is_ended(tmp_path: Path) -> None:
    command = a_command(tmp_path, "import threading; threading.Event().wait()")
    with pytest.raises(CredentialError, match=r"could not be run: it took more than 0\.5 s"):
        token_of(a_profile(command), sources(limit=0.5))


@pytest.mark.parametrize(
    ("command", "words"),
    [("/no/such/pass show x", "No such file or directory"), ("pass 'show", "cannot be split"), (" ", "is empty")],
)
def test_a_command_that_cannot_be_run_is_named(command: str, words: str) -> None:
    with pytest.raises(CredentialError, match=words):
        token_of(a_profile(TokenCommand(command)), sources())


def test_the_key_of_a_tool_is_exchanged_for_a_token() -> None:
    profile = a_profile(LtiKey("7", "/keys/tool.pem"))
    assert token_of(profile, sources()).reveal() == "of-7-at-canvas.example.edu"


def test_what_a_program_printed_is_in_no_repr() -> None:
    assert "marked" not in repr(run((sys.executable, "-c", "print('marked')"), 10, {}))


def test_the_arguments_of_a_command_are_not_told_since_some_put_a_secret_there() -> None:
    with pytest.raises(CredentialError) as failed:
        token_of(a_profile(TokenCommand(f"{sys.executable} -c 'import sys; sys.exit(1)' marked-secret")), sources())
    assert "marked" not in failed.value.message
