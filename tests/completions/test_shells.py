"""Tab in real shells: each one loads its script from `completions/` and is asked what it would offer."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from canvas_progress.sandbox.scenarios import default
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from command import Command

SCRIPTS: Final = Path(__file__).parents[2] / "src" / "canvas_progress" / "completions"
TOO_LONG: Final = 20.0  # seconds


def in_bash(command: Command, words: list[str]) -> str:
    quoted = " ".join(f"'{word}'" for word in words)
    return command.shell(
        f"source '{SCRIPTS}/canvas-progress.bash'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
        "_canvas_progress_completion canvas-progress; printf '%s\n' \"${COMPREPLY[@]}\""
    ).out


def in_fish(command: Command, words: list[str]) -> str:
    script = f"source '{SCRIPTS}/canvas-progress.fish'; complete -C '{' '.join(words)}'"
    call = ["fish", "--no-config", "-c", script]
    ran = subprocess.run(call, env=command.environment, capture_output=True, text=True, timeout=TOO_LONG, check=False)
    return ran.stdout


def in_zsh(command: Command, words: list[str]) -> str:
    """Type into an interactive zsh on a pseudo-terminal, press Tab, and return what it then shows."""
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=command.environment, start_new_session=True
    )
    os.close(theirs)
    setup = f"fpath=('{SCRIPTS}' $fpath); autoload -U compinit; compinit -D; setopt autolist; PS1='ready-'; echo go\n"
    os.write(ours, setup.encode())
    _read_until(ours, "\ngo\r\n")
    os.write(ours, (" ".join(words) + "\t\t").encode())
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x07\x08]", "", _read_until(ours, None))
    shell.kill()
    shell.wait()
    os.close(ours)
    return shown


def _read_until(stream: int, mark: str | None) -> str:
    """Read until the mark has come, or without one until nothing more comes for a while."""
    seen = ""
    while mark is None or mark not in seen:
        if not select.select([stream], [], [], 3.0 if mark is None else TOO_LONG)[0]:
            return seen
        with suppress(OSError):
            seen += os.read(stream, 65536).decode("utf-8", "replace")
    return seen


SHELLS: Final = {"bash": in_bash, "fish": in_fish, "zsh": in_zsh}
HERE: Final = [name for name in SHELLS if shutil.which(name)]  # the build installs all three


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """Return the command after some use: two profiles, and jobs that it has seen."""
    command = Command(tmp_path_factory.mktemp("home"))
    with SandboxServer(World(default(), token="tok")) as server:
        command.environment["MY_TOKEN"] = "tok"
        for name in ("school", "scratch"):
            command.run("profile", "add", name, "--url", server.url, "--token-env", "MY_TOKEN")
        command.run("show", "9", "30", "30000", "sis_import:4011", "report:provisioning_csv:5007")
        yield command


def test_bash_is_always_among_the_shells() -> None:
    assert "bash" in HERE


@pytest.mark.parametrize("shell", HERE)
def test_a_command_is_completed(shell: str, busy: Command) -> None:
    assert "profile" in SHELLS[shell](busy, ["canvas-progress", "prof"])


@pytest.mark.parametrize("shell", HERE)
def test_profiles_are_offered_by_name(shell: str, busy: Command) -> None:
    offered = SHELLS[shell](busy, ["canvas-progress", "show", "-p", "s"])
    assert {"school", "scratch", "sandbox"} <= set(offered.replace("\t", " ").split())


@pytest.mark.parametrize("shell", HERE)
def test_jobs_that_were_seen_are_offered_by_id(shell: str, busy: Command) -> None:
    offered = SHELLS[shell](busy, ["canvas-progress", "watch", ""])
    assert {"9", "30"} <= set(offered.replace("\t", " ").split())
    assert "30000" not in offered  # there is no such job


@pytest.mark.parametrize("shell", [shell for shell in HERE if shell != "bash"])
def test_jobs_are_described_where_the_shell_can(shell: str, busy: Command) -> None:
    assert "upload_via_url, completed, " in SHELLS[shell](busy, ["canvas-progress", "show", ""])


@pytest.mark.parametrize("shell", HERE)
def test_other_kinds_of_jobs_are_offered_by_their_names(shell: str, busy: Command) -> None:
    assert "sis_import:4011" in SHELLS[shell](busy, ["canvas-progress", "watch", "sis"]).replace("\\", "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("watch sis_import : 40", "4011\n"),
        ("watch sis_import : 3", "\n"),  # there is a Progress 30
        ("watch report : provisioning_csv : 5", "5007\n"),
        ("watch report : prov", "provisioning_csv:5007\n"),
    ],
)
def test_bash_in_which_a_colon_ends_a_word_is_offered_what_follows_it(busy: Command, words: str, offered: str) -> None:
    assert in_bash(busy, ["canvas-progress", *words.split()]) == offered


def test_a_new_word_after_one_with_a_colon_may_be_any_job(busy: Command) -> None:
    words = ["canvas-progress", "watch", "sis_import", ":", "4011", ""]
    assert {"9", "30", "sis_import:4011"} <= set(in_bash(busy, words).split())


def test_a_broken_configuration_offers_less_and_says_nothing(command_home: Command) -> None:
    folder = command_home.home / "config" / "canvas-progress"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("no toml [")
    assert in_bash(command_home, ["canvas-progress", "-p", ""]) == "sandbox\n"


@pytest.fixture
def command_home(tmp_path: Path) -> Command:
    """Return the command in a fresh home."""
    return Command(tmp_path)
