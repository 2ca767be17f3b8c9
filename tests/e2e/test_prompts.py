"""Programs that prompt on our terminal, and Ctrl-C there: it goes to them and to us, and all is left in order."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
from dataclasses import dataclass

import pytest

from command import EXECUTABLE, Command

TOO_LONG = 30.0  # seconds
CTRL_C = b"\x03"
# Each turns the echo off and says that it is ready. The first dies of the signal, the second of our request to end, and
# the third puts all right by itself.
PROMPTS = {
    "dies": "stty -echo -icanon; echo ready; exec sleep 50",
    "is killed": "trap '' INT TERM; stty -echo; echo ready; while :; do sleep 50; done",
    "asks properly": f"exec {sys.executable} -c 'import getpass; getpass.getpass(\"ready\")'",
}


@dataclass(frozen=True, slots=True)
class Left:
    """What a command left behind on a terminal of its own."""

    code: int
    screen: str
    modes: list[object]


def interrupted(command: Command, *arguments: str) -> tuple[list[object], Left]:
    """Run a command on a terminal that controls it, press Ctrl-C once it prompts, and return the modes before, and all.

    A shell that minds no signal stays on the terminal, as that of a user does.
    """
    process, screen = pty.fork()
    if process == 0:
        os.execve(
            "/bin/bash",
            ["bash", "-c", 'trap : INT; "$@"; exit $?', "bash", EXECUTABLE, *arguments],
            command.environment,
        )
    before = termios.tcgetattr(screen)
    seen = b""
    while b"ready" not in seen:
        assert select.select([screen], [], [], TOO_LONG)[0], seen
        seen += os.read(screen, 4096)
    os.write(screen, CTRL_C)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    after = termios.tcgetattr(screen)
    os.close(screen)
    return before, Left(code, seen.decode(), after)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_an_interrupt_at_the_prompt_of_a_token_command_leaves_the_terminal_as_it_was(
    command: Command, prompt: str
) -> None:
    script = command.home / "pass.sh"
    script.write_text(f"exec 0<>/dev/tty 1>&0\n{PROMPTS[prompt]}\n")
    added = ("profile", "add", "school", "--url", "http://127.0.0.1:1", "--no-check")
    assert command.run(*added, "--token-command", f"bash {script}").code == 0
    before, left = interrupted(command, "show", "1")
    assert left.code == 130
    assert left.modes == before
