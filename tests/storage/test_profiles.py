from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from canvas_progress.core.base_url import parse_base_url
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
from canvas_progress.core.errors import RefusedError, UsageError
from canvas_progress.storage.profiles import ProfileFile
from cases import refused

SCHOOL = Profile("school", parse_base_url("canvas.example.edu"), StoredToken(Secret("abc")))
OTHER = Profile("other", parse_base_url("http://localhost:3000"), TokenVariable("OTHER_TOKEN"))


def a_file(folder: Path, text: str | None = None, encoding: str = "utf-8") -> ProfileFile:
    path = folder / "config.toml"
    if text is not None:
        path.touch(mode=0o600)
        path.write_text(text, encoding)
    return ProfileFile(path)


def test_no_file_is_no_profiles(tmp_path: Path) -> None:
    assert a_file(tmp_path).load() == Profiles((), default=None, history=True)


def test_jobs_are_not_remembered_where_the_file_says_so(tmp_path: Path) -> None:
    assert not a_file(tmp_path, "history = false\n").load().history


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.save(SCHOOL)
    file.save(OTHER)
    assert file.load().all == (SCHOOL, OTHER)
    assert file.load().default == "school"


def test_the_file_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    file = ProfileFile(tmp_path / "new" / "config.toml")
    before = os.umask(0)
    try:
        file.save(SCHOOL)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_comments_and_unknown_keys_survive_a_change(tmp_path: Path) -> None:
    file = a_file(tmp_path, '# mine\ndefault = "school" # home\n\n[profiles.school]\nurl = "canvas.example.edu"\n'
                            'note = "ask Ann" # she knows\ntoken = "abc"\n')  # fmt: skip
    file.save(OTHER)
    file.use("other")
    file.remove("other")
    text = file.path.read_text()
    for kept in ("# mine", "# she knows", 'note = "ask Ann"'):
        assert kept in text
    assert "default" not in text  # the default was removed with its profile
    assert file.load().all == (SCHOOL,)


def test_a_new_default_is_no_part_of_a_table(tmp_path: Path) -> None:
    file = a_file(tmp_path, '[profiles.school]\nurl = "canvas.example.edu"\ntoken = "abc"\n')
    file.use("school")
    assert file.load().default == "school"


def test_renewing_a_credential_leaves_the_old_one_nowhere(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.save(SCHOOL)
    file.save(Profile("school", SCHOOL.base, TokenVariable("T")))
    assert "abc" not in file.path.read_text()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused_with_the_chmod_to_run(tmp_path: Path, mode: int) -> None:
    file = a_file(tmp_path)
    file.save(SCHOOL)
    file.path.chmod(mode)
    with pytest.raises(RefusedError, match="can be read by others") as refused:
        file.load()
    assert refused.value.hint == f"run `chmod 600 {file.path}`"


@pytest.mark.parametrize("change", ["load", "save", "use", "remove"])
def test_a_file_that_does_not_parse_is_told_with_its_line_and_left_alone(tmp_path: Path, change: str) -> None:
    arguments = {"load": (), "save": (OTHER,), "use": ("school",), "remove": ("school",)}
    text = '[profiles.school]\nurl = "canvas.example.edu\n'
    file = a_file(tmp_path, text)
    message, hint = refused(UsageError, getattr(file, change), *arguments[change])
    assert "(at line 2" in message
    assert hint == "fix or remove it"
    assert file.path.read_text() == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[profiles.school]\ntoken = "abc"\n', "profile `school` has no `url`"),
        ('[profiles.school]\nurl = "canvas.example.edu"\n', "needs exactly one of"),
        ('[profiles.s]\nurl = "c.edu"\ntoken = "abc"\ntoken_env = "T"\n', "needs exactly one of"),
        ('[profiles.s]\nurl = "c.edu"\ntoken = "a b"\n', "characters that no token can have"),
        ('[profiles.s]\nurl = "http://c.edu"\ntoken = "abc"\n', "unencrypted"),
        ('profiles = "x"\n', "`profiles` must hold"),
        ("default = 3\n", "`default` must be a name"),
        ("history = 3\n", "`history` must be true or false"),
    ],
)
def test_a_profile_that_makes_no_sense_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as told:
        a_file(tmp_path, text).load()
    assert "abc" not in told.value.message


@pytest.mark.parametrize(
    "profile",
    [
        Profile("a", SCHOOL.base, KeyringToken()),
        Profile("a", SCHOOL.base, TokenCommand("pass show canvas")),
        Profile("a", SCHOOL.base, LtiKey("10000000000007", "/keys/tool.pem")),
        Profile("a", SCHOOL.base, LtiKey("10000000000007", "/keys/tool.pem", "k1", "https://sso.canvaslms.com")),
        Profile("a", SCHOOL.base, KeyringToken(), settings=Settings(12.5, "/etc/school.pem", "http://proxy:3128")),
        Profile("a", parse_base_url("http://dev.example.edu", allow_http=True), KeyringToken(), allow_http=True),
    ],
    ids=["keyring", "command", "lti", "lti with all", "settings", "http"],
)
def test_every_kind_of_profile_is_loaded_as_it_was_saved(tmp_path: Path, profile: Profile) -> None:
    file = a_file(tmp_path)
    file.save(profile)
    assert file.load().all == (profile,)


@pytest.mark.parametrize(
    "lines",
    [
        "keyring = false",
        'keyring = "yes"',
        'token_command = ""',
        "token_env = 3",
        'lti = "x"',
        "[profiles.s.lti]\nclient_id = '1'",
        "[profiles.s.lti]\nclient_id = 1\nkey_file = 'k'",
        "keyring = true\ntimeout = 0",
        "keyring = true\ntimeout = true",
        "keyring = true\ntimeout = inf",
        "keyring = true\ntimeout = nan",
        "keyring = true\nca_bundle = 3",
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_the_name_of_the_profile(tmp_path: Path, lines: str) -> None:
    with pytest.raises(UsageError, match="profile `s`"):
        a_file(tmp_path, f'[profiles.s]\nurl = "c.edu"\n{lines}\n').load()


def test_a_mark_before_the_text_is_no_part_of_it(tmp_path: Path) -> None:
    text = 'default = "school"\n[profiles.school]\nurl = "https://c.example.edu"\ntoken_env = "T"\n'
    file = a_file(tmp_path, text, "utf-8-sig")
    assert file.load().default == "school"
    file.use("school")
    assert [profile.name for profile in file.load().all] == ["school"]


def test_a_file_that_is_nested_too_deep_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"config\.toml is nested too deep"):
        a_file(tmp_path, "x = " + "[" * 100_000).load()
