"""The help texts of all commands, as the command prints them on 80 columns."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from command import Command


@cache
def helps(*group: str) -> dict[str, str]:
    """Return the help texts of a command and of all below it, by the words that call them."""
    with TemporaryDirectory() as home:
        command = Command(Path(home))
        command.environment["COLUMNS"] = "80"
        text = command.run(*group, "--help").out
    found = {" ".join(group): text}
    for name in first_column(text, "Commands"):
        found |= helps(*group, name)
    return found


def doing() -> dict[str, str]:
    """Return those of the commands that do something; a group only prints its help."""
    return {name: text for name, text in helps().items() if "\nCommands:\n" not in text}


def options(text: str) -> list[str]:
    """Return the options in a help text, under whatever headings, with what stands beside them."""
    headings = re.findall(
        r"^(?!Usage|Arguments|Commands|Examples)([A-Z].*):$", text.partition("Examples:")[0], re.MULTILINE
    )
    return [name for heading in headings for name in first_column(text, heading)]


def first_column(text: str, title: str) -> list[str]:
    """Return the names of the options or commands in a part of a help text, with what stands beside them."""
    part = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
    return [re.split(r" {2,}", line)[1] for line in part.splitlines() if re.match(r" {2}\S", line)]
