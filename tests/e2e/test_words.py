"""What the installed command says to somebody who mistypes, tries or forgets something."""

from __future__ import annotations

import pytest

from command import Command


def test_the_address_of_a_page_is_cut_to_its_canvas_and_that_is_said(command: Command) -> None:
    page = "https://canvas.example.edu/courses/7"
    ran = command.run("profile", "add", "school", "--url", page, "--token-env", "T", "--no-check")
    assert ran.code == 0
    assert f"{page} is a page of https://canvas.example.edu, which is taken as the Canvas" in ran.err
    assert command.run("profile", "list").out.split("\t")[1] == "https://canvas.example.edu"


@pytest.mark.parametrize(
    ("arguments", "chosen_by"), [(("sandbox",), "its name"), (("-p", "sandbox"), "-p"), ((), "CANVAS_PROGRESS_PROFILE")]
)
def test_a_check_of_the_sandbox_says_how_it_was_chosen_and_that_its_token_is_in_no_file(
    command: Command, arguments: tuple[str, ...], chosen_by: str
) -> None:
    command.environment["CANVAS_PROGRESS_PROFILE"] = "sandbox"
    ran = command.run("profile", "check", *arguments)
    facts = dict(line.split("\t") for line in ran.out.splitlines())
    assert facts["chosen_by"] == chosen_by
    assert facts["credential"] == "token of the built-in sandbox, made anew for each command"
    assert (facts["user_id"], facts["global_user_id"]) == ("10", "10000000000010")
