from __future__ import annotations

import json
from pathlib import Path

import pytest

from canvas_progress.actions import profile as actions
from canvas_progress.core.answers import About
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, KeyringToken, Profile, Secret, StoredToken, TokenVariable
from canvas_progress.core.errors import RefusedError, UsageError
from canvas_progress.storage.keyring_store import KeyringStore
from canvas_progress.storage.profiles import ProfileFile
from canvas_progress.terminal.terminal import Terminal
from stage import Stream, a_terminal

SCHOOL = Profile("school", parse_base_url("canvas.example.edu"), StoredToken(Secret("marked-token")))


def said(terminal: Terminal) -> str:
    """Return everything on both streams."""
    assert isinstance(terminal.stdout, Stream)
    assert isinstance(terminal.stderr, Stream)
    return terminal.stdout.text + terminal.stderr.text


def a_file(folder: Path) -> ProfileFile:
    return ProfileFile(folder / "config.toml")


class MemoryKeyring(KeyringStore):
    """A keyring of memory in the place of the system's, for what the actions do with one."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[tuple[str, str], str] = {}

    def write(self, profile: Profile, token: str) -> None:
        self.tokens[profile.name, str(str(profile.base))] = token

    def remove(self, profile: Profile) -> None:
        self.tokens.pop((profile.name, str(profile.base)), None)


def stores(folder: Path, keyring: MemoryKeyring | None = None) -> actions.Stores:
    return actions.Stores(a_file(folder), keyring or MemoryKeyring(), lambda *_: None)


def test_adding_says_for_whom_and_where_and_never_the_token(tmp_path: Path) -> None:
    terminal = a_terminal()
    actions.add(SCHOOL, None, stores(tmp_path), terminal, about=About(user_id=7))
    assert "profile `school` added: https://canvas.example.edu, user 7, token as plain text in the file" in said(
        terminal
    )
    assert "marked" not in said(terminal)


def test_adding_again_for_the_same_canvas_renews_the_credential(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    actions.add(SCHOOL, None, stores(tmp_path), a_terminal(), about=None)
    actions.add(Profile("school", SCHOOL.base, TokenVariable("T")), None, stores(tmp_path), a_terminal(), about=None)
    assert file.load().named("school").credential == TokenVariable("T")


def test_a_name_is_not_moved_to_another_canvas(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    actions.add(SCHOOL, None, stores(tmp_path), a_terminal(), about=None)
    elsewhere = Profile("school", parse_base_url("other.edu"), TokenVariable("T"))
    with pytest.raises(RefusedError, match="is for https://canvas"):
        actions.add(elsewhere, None, stores(tmp_path), a_terminal(), about=None)
    assert file.load().named("school") == SCHOOL


def test_the_list_tells_which_one_is_in_use_and_why_and_no_token(tmp_path: Path) -> None:
    file, terminal = a_file(tmp_path), a_terminal()
    file.save(SCHOOL)
    environment = {"CANVAS_API_URL": "https://env.edu", "CANVAS_API_TOKEN": "marked-other"}
    actions.listing(file, terminal, {})
    actions.listing(file, terminal, environment)
    lines = said(terminal).splitlines()
    assert lines[0].split("\t")[3] == "in use: the default profile"
    assert lines[1].split("\t")[3] == ""
    assert lines[2].split("\t")[3] == "in use: CANVAS_API_URL and CANVAS_API_TOKEN"
    assert "marked" not in said(terminal)


def test_the_list_has_the_sandbox_where_that_was_chosen(tmp_path: Path) -> None:
    file, terminal = a_file(tmp_path), a_terminal()
    file.save(SCHOOL)
    actions.listing(file, terminal, {"CANVAS_PROGRESS_PROFILE": "school"}, option="sandbox")
    actions.listing(file, terminal, {"CANVAS_PROGRESS_PROFILE": "sandbox"}, option="school")
    reasons = [line.split("\t")[::3] for line in said(terminal).splitlines()]
    assert reasons == [["school", ""], ["sandbox", "in use: -p"], ["school", "in use: -p"]]


def test_a_list_for_a_name_that_no_profile_has_names_those_there_are(tmp_path: Path) -> None:
    file, terminal = a_file(tmp_path), a_terminal()
    file.save(SCHOOL)
    with pytest.raises(UsageError, match="no profile `shool`") as unknown:
        actions.listing(file, terminal, {}, option="shool")
    assert unknown.value.hint == "there is `school`"


def test_an_empty_list_says_how_to_add_one(tmp_path: Path) -> None:
    terminal = a_terminal(tty=True)
    actions.listing(a_file(tmp_path), terminal, {})
    assert "hint: run `canvas-progress profile add" in said(terminal)


def test_removing_forgets_the_token_and_says_that_it_is_still_valid(tmp_path: Path) -> None:
    file, terminal = a_file(tmp_path), a_terminal()
    file.save(SCHOOL)
    actions.remove("school", stores(tmp_path), terminal)
    assert "marked-token" not in file.path.read_text()
    assert "delete the token at https://canvas.example.edu/profile/settings" in said(terminal)


def test_using_an_unknown_profile_names_the_known_ones(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.save(SCHOOL)
    with pytest.raises(UsageError, match="no profile `shool`") as unknown:
        actions.use("shool", file, a_terminal(), {})
    assert unknown.value.hint == "there is `school`"


@pytest.mark.parametrize(
    ("environment", "warned"),
    [
        ({}, None),
        ({"CANVAS_PROGRESS_PROFILE": "other"}, "CANVAS_PROGRESS_PROFILE is set"),
        ({"CANVAS_URL": "https://env.edu", "CANVAS_TOKEN": "marked"}, "CANVAS_URL and CANVAS_TOKEN are set"),
        ({"CANVAS_TOKEN": "marked"}, None),
    ],
)
def test_choosing_a_default_says_what_has_precedence_over_it(
    tmp_path: Path, environment: dict[str, str], warned: str | None
) -> None:
    file, terminal = a_file(tmp_path), a_terminal()
    file.save(SCHOOL)
    actions.use("school", file, terminal, environment)
    assert "profile `school` is now the default" in said(terminal)
    assert ("warning: " in said(terminal)) == (warned is not None)
    assert (warned or "") in said(terminal)


def test_a_list_shows_the_profiles_where_the_variable_names_none_of_them(tmp_path: Path) -> None:
    file, terminal = a_file(tmp_path), a_terminal()
    file.save(SCHOOL)
    actions.listing(file, terminal, {"CANVAS_PROGRESS_PROFILE": "shool"})
    assert said(terminal).startswith("school\t")
    assert "in use" not in said(terminal)


ACCESS = Access(SCHOOL.base, Secret("marked"), "school", "the default profile")


def test_a_check_tells_user_latency_and_quota() -> None:
    terminal = a_terminal()
    actions.check(SCHOOL, ACCESS, About(user_id=10_000_000_000_007, quota=611.5, ms=35.2), terminal, json=False)
    assert said(terminal).splitlines() == [
        "profile\tschool",
        "chosen_by\tthe default profile",
        "credential\ttoken as plain text in the file",
        "url\thttps://canvas.example.edu",
        "user_id\t7",
        "global_user_id\t10000000000007",
        "latency_ms\t35",
        "quota_left\t611.5",
    ]


def test_a_check_says_unknown_where_canvas_does_not_say() -> None:
    terminal = a_terminal()
    actions.check(SCHOOL, ACCESS, About(), terminal, json=False)
    assert {"user_id\tunknown", "quota_left\tunknown"} <= set(said(terminal).splitlines())


def test_a_check_in_json_is_one_object_with_ids_as_strings() -> None:
    terminal = a_terminal()
    actions.check(SCHOOL, ACCESS, About(user_id=89000000000004668), terminal, json=True)
    told = json.loads(said(terminal))
    assert (told["user_id"], told["global_user_id"]) == ("4668", "89000000000004668")
    assert (told["quota_left"], told["schema"]) == (None, 1)


def test_a_token_for_the_keyring_goes_there_and_not_into_the_file(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    profile = Profile("school", SCHOOL.base, KeyringToken())
    actions.add(profile, Secret("marked-token"), stores(tmp_path, keyring), a_terminal(), about=None)
    assert keyring.tokens == {("school", "https://canvas.example.edu"): "marked-token"}
    assert "marked" not in a_file(tmp_path).path.read_text()


def test_moving_a_token_from_the_keyring_to_the_file_leaves_nothing_behind(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    profile = Profile("school", SCHOOL.base, KeyringToken())
    actions.add(profile, Secret("marked-token"), stores(tmp_path, keyring), a_terminal(), about=None)
    actions.add(SCHOOL, Secret("marked-token"), stores(tmp_path, keyring), a_terminal(), about=None)
    assert keyring.tokens == {}


def test_moving_a_token_from_the_file_to_the_keyring_leaves_nothing_behind(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    actions.add(SCHOOL, Secret("marked-token"), stores(tmp_path, keyring), a_terminal(), about=None)
    profile = Profile("school", SCHOOL.base, KeyringToken())
    actions.add(profile, Secret("marked-token"), stores(tmp_path, keyring), a_terminal(), about=None)
    assert "marked" not in a_file(tmp_path).path.read_text()


def test_removing_a_profile_empties_the_keyring_too(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    profile = Profile("school", SCHOOL.base, KeyringToken())
    actions.add(profile, Secret("marked-token"), stores(tmp_path, keyring), a_terminal(), about=None)
    actions.remove("school", stores(tmp_path, keyring), a_terminal())
    assert keyring.tokens == {}
