from __future__ import annotations

from pathlib import Path

import pytest

from canvas_progress.actions import profile as actions
from canvas_progress.core.answers import About
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Access, Profile, Secret, StoredToken, TokenVariable
from canvas_progress.core.errors import CredentialError, GuardError
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


def test_adding_says_for_whom_and_where_and_never_the_token(tmp_path: Path) -> None:
    terminal = a_terminal()
    actions.add(SCHOOL, a_file(tmp_path), terminal, about=About(user_id=7))
    assert "profile `school` added: https://canvas.example.edu, user 7, token as plain text in" in said(terminal)
    assert "marked" not in said(terminal)


def test_adding_again_for_the_same_canvas_renews_the_credential(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    actions.add(SCHOOL, file, a_terminal(), about=None)
    actions.add(Profile("school", SCHOOL.base, TokenVariable("T")), file, a_terminal(), about=None)
    assert file.load().named("school").credential == TokenVariable("T")


def test_a_name_is_not_moved_to_another_canvas(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    actions.add(SCHOOL, file, a_terminal(), about=None)
    with pytest.raises(GuardError, match="is for https://canvas"):
        actions.add(Profile("school", parse_base_url("other.edu"), TokenVariable("T")), file, a_terminal(), about=None)
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


def test_an_empty_list_says_how_to_add_one(tmp_path: Path) -> None:
    terminal = a_terminal(tty=True)
    actions.listing(a_file(tmp_path), terminal, {})
    assert "hint: run `canvas-progress profile add" in said(terminal)


def test_removing_forgets_the_token_and_says_that_it_is_still_valid(tmp_path: Path) -> None:
    file, terminal = a_file(tmp_path), a_terminal()
    file.save(SCHOOL)
    actions.remove("school", file, terminal)
    assert "marked-token" not in file.path.read_text()
    assert "delete the token at https://canvas.example.edu/profile/settings" in said(terminal)


def test_using_an_unknown_profile_names_the_known_ones(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.save(SCHOOL)
    with pytest.raises(CredentialError, match="no profile `shool`") as unknown:
        actions.use("shool", file, a_terminal())
    assert unknown.value.hint == "there is `school`"


def test_a_check_tells_user_latency_and_quota() -> None:
    terminal = a_terminal()
    access = Access(SCHOOL.base, Secret("marked"), "school", "the default profile")
    actions.check(access, About(user_id=7, quota=611.5, ms=35.2), terminal)
    assert said(terminal).splitlines() == [
        "profile\tschool",
        "chosen by\tthe default profile",
        "url\thttps://canvas.example.edu",
        "user\t7",
        "latency\t35 ms",
        "quota left\t612",
    ]
