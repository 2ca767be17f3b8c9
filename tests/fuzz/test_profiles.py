from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arbitrary import TEXT, Json, corpus, mixture, tried
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.credentials import (
    KeyringToken,
    LtiKey,
    Profile,
    Profiles,
    Secret,
    Settings,
    StoredToken,
    TokenCommand,
    TokenVariable,
)
from canvas_progress.core.errors import CanvasProgressError, UsageError
from canvas_progress.storage.profiles import ProfileFile

A_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example writes it anew
A_FEW = settings(A_FILE, max_examples=max(20, settings().max_examples // 10))  # which wait for the disk
WORDS = TEXT.filter(lambda text: not any("\ud800" <= letter <= "\udfff" or letter == "\r" for letter in text))
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | WORDS | st.datetimes()
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(WORDS, SCALARS, max_size=2)
KEYS = ("url", "allow_http", "timeout", "ca_bundle", "proxy", "keyring", "token", "token_env", "token_command", "lti")
LTI = st.dictionaries(
    st.sampled_from(["client_id", "key_file", "key_id", "token_url", "x"]), VISIBLE | VALUES, max_size=4
)
TABLES = st.dictionaries(st.sampled_from(KEYS), VALUES | LTI | VISIBLE | st.just(value=True), max_size=4).map(
    lambda table: {"url": "canvas.example.edu"} | table
)
FILES = st.fixed_dictionaries(
    {},
    optional={
        "default": NAMES | VALUES,
        "history": st.booleans() | VALUES,
        "profiles": st.dictionaries(NAMES | WORDS, TABLES | VALUES, max_size=3) | VALUES,
        "other": VALUES,
    },
)
PIECES = (
    "[profiles.a]\n",
    'url = "h"\n',
    "keyring = true\n",
    "[",
    "]",
    "{a=",
    "}",
    '"""',
    "=",
    "\n",
    "1",
    "9" * 900,
    "nan",
)
CREDENTIALS = st.one_of(
    st.just(KeyringToken()),
    VISIBLE.map(lambda token: StoredToken(Secret(token))),
    st.just(TokenVariable("CANVAS_TOKEN")),
    WORDS.filter(str.strip).map(TokenCommand),
    st.builds(LtiKey, VISIBLE, VISIBLE, st.none() | VISIBLE, st.none() | VISIBLE),
)
PROFILES = st.builds(
    Profile,
    st.sampled_from(["a", "b"]),
    st.builds(BaseUrl, st.just("https"), st.just("canvas.example.edu"), st.integers(1, 65535), st.just("")),
    CREDENTIALS,
    settings=st.builds(Settings, st.none() | st.floats(1, 1e9), st.none() | WORDS, st.none() | WORDS),
)


def loaded(path: Path, content: bytes) -> Profiles | CanvasProgressError:
    """Read a file of this content, and see that it is left as it was."""
    path.write_bytes(content)
    path.chmod(0o600)
    read = tried(ProfileFile(path).load)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    return read


@A_FILE
@given(content=st.binary(max_size=80) | mixture(*PIECES).map(lambda text: text.encode("utf-8", "replace")))
@example(content=b"a=" + b"1" * 5000)
@example(content=b"a=" + b"[" * 100_000)
def test_any_bytes_are_profiles_or_an_error_of_ours_and_stay_in_the_file(tmp_path: Path, content: bytes) -> None:
    assert isinstance(loaded(tmp_path / "config.toml", content), Profiles | CanvasProgressError)


@A_FILE
@given(values=FILES, mark=st.sampled_from(["", "\ufeff"]))
@example(values={"profiles": {"a": {"url": "h", "keyring": True, "timeout": 10**400}}}, mark="")
@example(values={"profiles": {"a": {"url": "h", "keyring": True, "timeout": float("nan")}}}, mark="")
def test_any_toml_is_profiles_with_values_that_can_be_used_or_a_usage_error(
    tmp_path: Path, values: Json, mark: str
) -> None:
    read = loaded(tmp_path / "config.toml", (mark + tomlkit.dumps(values)).encode())
    if isinstance(read, CanvasProgressError):
        assert isinstance(read, UsageError)
        return
    assert {profile.name for profile in read.all} == set(values.get("profiles", {}))
    assert all(profile.settings.timeout is None or 0 < profile.settings.timeout < 1e309 for profile in read.all)
    assert all(profile.base.scheme == "https" or profile.allow_http or profile.base.is_loopback for profile in read.all)


@pytest.mark.parametrize("kept", corpus("toml"), ids=lambda path: path.name)
def test_what_is_kept_of_such_files_is_read_as_profiles_or_an_error_of_ours(tmp_path: Path, kept: Path) -> None:
    expected = Profiles if kept.stem in {"nothing", "mark-before", "odd-names"} else CanvasProgressError
    assert isinstance(loaded(tmp_path / "config.toml", kept.read_bytes()), expected)


@A_FEW
@given(profiles=st.lists(PROFILES, min_size=1, max_size=3), data=st.data())
def test_whatever_is_saved_is_loaded_again_and_what_it_does_not_set_is_as_it_was(
    tmp_path: Path, profiles: list[Profile], data: st.DataObject
) -> None:
    file = ProfileFile(tmp_path / "config.toml")
    file.path.unlink(missing_ok=True)
    saved: dict[str, Profile] = {}
    for profile in profiles:
        file.save(profile)
        saved[profile.name] = replace(
            profile, settings=_joined(profile.settings, saved.get(profile.name, profile).settings)
        )
    assert {profile.name: profile for profile in file.load().all} == saved
    gone = data.draw(st.sampled_from(sorted(saved)))
    file.remove(gone)
    assert {profile.name for profile in file.load().all} == set(saved) - {gone}


def _joined(new: Settings, old: Settings) -> Settings:
    given = (new.timeout, new.ca_bundle, new.proxy)
    kept = (old.timeout, old.ca_bundle, old.proxy)
    return Settings(*(before if now is None else now for now, before in zip(given, kept, strict=True)))  # type: ignore[arg-type]  # each in its own place
