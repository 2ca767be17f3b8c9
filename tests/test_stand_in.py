"""The stand-in on the PATH does as the installed command does: its streams, folder, signals and end are the fork's."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

import forks
from command import EXECUTABLE, Command

TOO_LONG: Final = 60.0  # seconds
LASTS: Final = ("-p", "sandbox", "watch", "56")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Return a command for shells that find the stand-in on their PATH."""
    command = Command(tmp_path)
    command.environment["PATH"] = os.pathsep.join([str(forks.on_path()), os.defpath])
    return command


@pytest.mark.parametrize(
    "script",
    [
        "canvas-progress show abc",
        "echo abc | canvas-progress show -",
        "canvas-progress --version | tr c C",
        "VALUE=$(head -c 100000 /dev/zero | tr '\\0' x) canvas-progress -p \"\u00e4 b\" show 1",
        "canvas-progress --help | head -n 1; echo ${PIPESTATUS[0]}",
    ],
)
def test_a_shell_gets_the_same_from_it_as_from_the_installed_command(command: Command, script: str) -> None:
    ran = command.shell(script)
    command.environment["PATH"] = os.pathsep.join([str(Path(EXECUTABLE).parent), os.defpath])
    assert ran == command.shell(script)
    assert ran.out + ran.err


def test_it_runs_in_the_folder_of_the_shell(command: Command) -> None:
    ran = command.shell("mkdir there; cd there; canvas-progress -p sandbox watch --exec 'touch seen' 9; ls")
    assert ran.out.splitlines()[-1] == "seen"


@contextmanager
def _watching(command: Command) -> Iterator[subprocess.Popen[str]]:
    """Start a watch that lasts, and wait until it has said something: from then on it listens for signals."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [forks.on_path() / "canvas-progress", *LASTS], stdout=pipe, stderr=pipe, text=True, env=command.environment
    )
    assert process.stderr is not None
    with process:
        try:
            assert " 56 queued" in process.stderr.readline()
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_reaches_the_fork_and_its_end_is_that_of_the_stand_in(
    command: Command, number: signal.Signals, code: int
) -> None:
    with _watching(command) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=TOO_LONG)
    assert process.returncode == code
    assert "hint: resume with `canvas-progress -p sandbox watch 56`" in err


def test_a_fork_does_not_outlive_its_stand_in(command: Command) -> None:
    with _watching(command) as process:
        process.kill()
        process.communicate(timeout=TOO_LONG)  # its streams are closed when the fork has ended as well
    assert process.returncode == -signal.SIGKILL
