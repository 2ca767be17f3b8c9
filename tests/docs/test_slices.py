"""The recipes of `docs/scale.md` that divide a file among four processes, each run with a token of its own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import Command
from docs.console import scripts
from markdown import ROOT

SCALE: Final = ROOT / "docs" / "scale.md"
NUMBER: Final = 4
IDS: Final = ("9", "25", "30", "50", "51", "52", "53", "79")  # two for each, that have ended


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Return the command with four profiles, a file of ids and the scripts of the page."""
    command = Command(tmp_path)
    with SandboxServer(World(default(), token="tok")) as server:
        command.environment["MY_TOKEN"] = "tok"
        for number in range(1, NUMBER + 1):
            words = ("--url", server.url, "--token-env", "MY_TOKEN", "--no-check")
            assert command.run("profile", "add", f"token{number}", *words).code == 0
        (tmp_path / "ids.txt").write_text("".join(f"{id_}\n" for id_ in IDS))
        for name, text in scripts(SCALE).items():
            (tmp_path / name).write_text(text)
        yield command


def watched(out: str) -> list[str]:
    return sorted(line.split("\t")[0] for line in out.splitlines())


def test_four_tasks_of_a_job_array_watch_each_job_of_a_file_once_and_two_each(command: Command) -> None:
    slices = []
    for number in range(1, NUMBER + 1):
        profiles = " ".join(f"token{each}" for each in range(1, NUMBER + 1))
        ran = command.shell(f"SLURM_ARRAY_TASK_ID={number} bash watch-slice.sh ids.txt {profiles}")
        slices.append(watched(ran.out))
    assert [len(each) for each in slices] == [len(IDS) // NUMBER] * NUMBER
    assert sorted(id_ for each in slices for id_ in each) == sorted(IDS)


@pytest.mark.skipif(shutil.which("parallel", path=os.defpath) is None, reason="there is no GNU parallel here")
def test_gnu_parallel_watches_each_job_of_a_file_once(command: Command) -> None:
    recipe = re.search(r"^`(parallel .*)`\.$", SCALE.read_text("utf-8"), re.MULTILINE)
    assert recipe is not None
    ran = command.shell(recipe[1])
    assert watched(ran.out) == sorted(IDS)
    assert 0 < ran.code <= NUMBER


def test_what_gnu_parallel_would_run_watches_each_job_of_a_file_once(command: Command) -> None:
    # Not GNU parallel: a shell that puts each number into its command, so that this much is tried without it, too.
    recipe = re.search(r"^`parallel '(.*)' ::: ([ 0-9]*)`\.$", SCALE.read_text("utf-8"), re.MULTILINE)
    assert recipe is not None
    commands = [recipe[1].replace("{}", number) for number in recipe[2].split()]
    assert len(commands) == NUMBER
    ran = command.shell("".join(f"{{ {each}; }} &\n" for each in commands) + "wait")
    assert watched(ran.out) == sorted(IDS)
