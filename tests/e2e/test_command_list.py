"""The list of commands that the help of the program prints without building any of them."""

from __future__ import annotations

import subprocess
import sys

import typer

from canvas_progress.cli.app import COMMANDS, GROUPS, application
from command import Command
from helps import helps


def test_the_summary_of_each_command_is_the_first_sentence_of_its_help() -> None:
    program = typer.main.get_command(application())
    assert isinstance(program, typer.core.TyperGroup)
    for name, summary in (COMMANDS | GROUPS).items():
        assert program.commands[name].get_short_help_str(200) == summary, name


def test_the_help_of_the_program_lists_them_all() -> None:
    for name, summary in (COMMANDS | GROUPS).items():
        assert f"  {name:7}  {summary}\n" in helps()[""]


def test_the_help_of_the_program_loads_no_command(command: Command) -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "canvas_progress", "--help"],
        capture_output=True,
        text=True,
        env=command.environment,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "canvas_progress.cli.app" in loaded
    assert not loaded & {f"canvas_progress.cli.{name}" for name in COMMANDS | GROUPS}
    assert "canvas_progress.core.credentials" not in loaded
