"""The real `keyring` library, with keyrings that misbehave as real ones do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import keyring.core
import pytest

from canvas_progress import clock
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import KeyringToken, Profile
from canvas_progress.core.errors import CredentialError
from canvas_progress.storage.keyring_store import KeyringStore
from cases import refused

KEYRINGS = Path(__file__).parents[1] / "keyrings"
SCHOOL = Profile("school", parse_base_url("https://canvas.example.edu/lms"), KeyringToken())
TOKEN = "S3CRET-marked-token"
ALTERNATIVES = "keep the token elsewhere: `--store file`, `--token-env VAR` or `--token-command CMD`"
LIMIT = 0.2

Choose = Callable[..., KeyringStore]


def failures(store: KeyringStore) -> Iterator[str]:
    """Do all there is to do with a keyring that does nothing, and return what each is refused with."""
    calls: tuple[Callable[[], object], ...] = (
        lambda: store.read(SCHOOL),
        lambda: store.write(SCHOOL, TOKEN),
        lambda: store.remove(SCHOOL),
    )
    for call in calls:
        message, hint = refused(CredentialError, call)
        assert hint == ALTERNATIVES
        yield message


@pytest.fixture
def choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Let the library load a keyring in its own way."""
    monkeypatch.syspath_prepend(KEYRINGS)
    monkeypatch.setenv("TEST_KEYRING_FILE", str(tmp_path / "keyring.json"))

    def chosen(name: str, limit: float = 10.0) -> KeyringStore:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        keyring.core.init_backend()
        return KeyringStore(time_limit=limit)

    return chosen


def test_what_was_written_is_read_until_it_is_removed(choose: Choose) -> None:
    store = choose("odd_keyrings.Json")
    assert store.works()
    store.write(SCHOOL, TOKEN)
    assert store.read(SCHOOL) == TOKEN
    store.remove(SCHOOL)
    with pytest.raises(CredentialError, match="the keyring has no token for profile `school`") as told:
        store.read(SCHOOL)
    assert told.value.hint == "run `canvas-progress profile add school --url https://canvas.example.edu/lms`"


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("school", "https://canvas.example.org"),
        ("school", "https://canvas.example.edu:8443"),
        ("school", "http://canvas.example.edu"),
        ("school", "https://evil.example/https://canvas.example.edu"),
        ("other", "https://canvas.example.edu"),
        ("school https://canvas.example.edu", "https://canvas.example.edu"),
        ("schoo", "https://canvas.example.edu"),
    ],
)
def test_a_token_for_one_origin_is_never_given_to_another(choose: Choose, name: str, url: str) -> None:
    store = choose("odd_keyrings.Json")
    store.write(SCHOOL, TOKEN)
    stranger = Profile(name, parse_base_url(url, allow_http=True), KeyringToken())
    with pytest.raises(CredentialError, match="has no token"):
        store.read(stranger)
    store.remove(stranger)
    assert store.read(SCHOOL) == TOKEN


def test_a_keyring_that_never_answers_costs_the_time_limit_and_names_the_alternatives(
    choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_SLICE", LIMIT / 10)  # the limit is more than one wait of the clock, as the usual one
    began = monotonic()
    for message in failures(choose("odd_keyrings.Hanging", LIMIT)):
        assert message == "the keyring gave no answer within 0.2 s"
        assert LIMIT <= monotonic() - began < 20 * LIMIT
        began = monotonic()


def test_a_program_of_a_keyring_has_no_signals_blocked_but_ours(choose: Choose) -> None:
    blocked = sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    assert choose("odd_keyrings.Starting").read(SCHOOL) == f"{blocked}\n"


def test_a_keyring_that_never_answers_does_not_keep_the_process_from_ending(tmp_path: Path) -> None:
    script = (
        "from canvas_progress.core.base_url import parse_base_url as url\n"
        "from canvas_progress.core.credentials import KeyringToken, Profile\n"
        "from canvas_progress.storage.keyring_store import KeyringStore\n"
        f"KeyringStore(time_limit={LIMIT}).read(Profile('school', url('https://canvas.example.edu'), KeyringToken()))\n"
    )
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(KEYRINGS), "PATH": os.defpath}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=environment | {"PYTHON_KEYRING_BACKEND": "odd_keyrings.Hanging"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.endswith("CredentialError: the keyring gave no answer within 0.2 s\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("odd_keyrings.Locked", "the keyring does not work: Failed to unlock the collection!"),
        ("keyring.backends.fail.Keyring", "the keyring does not work: No recommended backend was available"),
        ("odd_keyrings.Talkative", "the keyring does not work: "),
        ("odd_keyrings.Crashing", "the keyring does not work: RuntimeError"),
        ("odd_keyrings.Leaving", "the keyring does not work: SystemExit"),
    ],
)
def test_a_keyring_that_fails_is_told_with_the_alternatives_and_without_the_token(
    choose: Choose, name: str, words: str
) -> None:
    for message in failures(choose(name)):
        assert message.startswith(words)
        assert "\n" not in message
        assert TOKEN not in message


def test_a_bug_in_a_keyring_is_not_quoted_since_it_may_quote_the_token(
    choose: Choose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEYRING_QUOTES", TOKEN)
    with pytest.raises(CredentialError) as told:
        choose("odd_keyrings.Crashing").read(SCHOOL)
    assert told.value.message == "the keyring does not work: RuntimeError"


def test_a_keyring_module_that_is_not_installed_is_named(choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    choose("odd_keyrings.Json")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "not_installed.Keyring")
    with pytest.raises(CredentialError, match="the keyring does not work: No module named 'not_installed'"):
        KeyringStore().read(SCHOOL)


def test_only_a_keyring_that_could_keep_a_token_works(choose: Choose) -> None:
    assert choose("odd_keyrings.Locked").works()
    assert not choose("keyring.backends.fail.Keyring").works()
    assert not choose("keyring.backends.null.Keyring").works()


@pytest.mark.parametrize("name", ["odd_keyrings.Forgetful", "keyring.backends.null.Keyring"])
def test_a_keyring_that_keeps_nothing_is_found_out_when_it_is_written_to(choose: Choose, name: str) -> None:
    with pytest.raises(CredentialError, match="took the token and did not keep it") as told:
        choose(name).write(SCHOOL, TOKEN)
    assert told.value.hint == ALTERNATIVES


def test_a_keyring_that_deletes_nothing_is_not_believed(choose: Choose) -> None:
    store = choose("odd_keyrings.Undeletable")
    store.write(SCHOOL, TOKEN)
    with pytest.raises(CredentialError, match="the keyring still has the token of profile `school`") as told:
        store.remove(SCHOOL)
    assert told.value.hint is not None
    assert "account `school https://canvas.example.edu/lms`" in told.value.hint


def test_what_is_waited_for_is_said_once_when_it_takes_long(choose: Choose) -> None:
    choose("odd_keyrings.Hanging")
    said: list[str] = []
    with pytest.raises(CredentialError, match="gave no answer within"):
        KeyringStore(lambda: said.append("waiting"), patience=0.05, time_limit=0.1).read(SCHOOL)
    assert said == ["waiting"]


def test_nothing_is_said_where_the_answer_comes_soon(choose: Choose) -> None:
    choose("odd_keyrings.Json")
    store = KeyringStore(lambda: pytest.fail("said to be waiting"), patience=30.0)
    store.write(SCHOOL, TOKEN)
    assert store.read(SCHOOL) == TOKEN
