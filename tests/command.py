"""Runs the installed command as a person or a script would: in a pipe, or on a pseudo-terminal.

It is a fork of a process that has the program loaded; `shell`, and all else too where `always_anew` is set, starts it
from its file.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import forks

EXECUTABLE: Final = str(Path(sys.executable).parent / "canvas-progress")
_TOO_LONG: Final = 60.0

Process = forks.Process | subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a finished command left behind; on a pseudo-terminal `out` is the screen's whole input."""

    code: int
    out: str
    err: str = ""


class Command:
    """The command with a clean environment: a home of its own and no variable of anybody's Canvas."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.always_anew = False
        self.environment = {
            "PATH": f"{Path(EXECUTABLE).parent}{os.pathsep}{os.defpath}",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "LANG": forks.LANGUAGE,
            "TERM": "xterm-256color",
        }

    def start(self, *arguments: str) -> Process:
        """Start the command with pipes."""
        if not self.always_anew:
            return forks.Process(forks.Order([EXECUTABLE, *arguments], self.environment))
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [EXECUTABLE, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=self.environment
        )

    def run(self, *arguments: str, typed: str = "") -> Ran:
        """Run the command with pipes, to its end."""
        with self.start(*arguments) as process:
            out, err = process.communicate(typed, timeout=_TOO_LONG)
        return Ran(process.wait(), out, err)

    def shell(self, script: str) -> Ran:
        """Run a bash script in which the command is on the PATH."""
        done = subprocess.run(
            ["bash", "-c", script],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.home,
            timeout=_TOO_LONG,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def on_screen(
        self,
        *arguments: str,
        columns: int = 100,
        lines: int = 30,
        react: Callable[[str], bytes | signal.Signals | None] = lambda _: None,
    ) -> Ran:
        """Run the command on a pseudo-terminal. `react` sees all output so far and may type or send a signal."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        process = self._start_on(theirs, *arguments)
        os.close(theirs)
        seen = b""
        while True:
            if not select.select([ours], [], [], _TOO_LONG)[0]:
                process.kill()
                raise TimeoutError(seen.decode("utf-8", "replace"))
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # Linux: the other side is closed
                chunk = b""
            if not chunk:
                break
            seen += chunk
            reaction = react(seen.decode("utf-8", "replace"))
            if isinstance(reaction, bytes):
                os.write(ours, reaction)
            elif reaction is not None:
                process.send_signal(reaction)
        os.close(ours)
        return Ran(process.wait(_TOO_LONG), seen.decode())

    def _start_on(self, terminal: int, *arguments: str) -> Process:
        """Start the command with a terminal as its three streams."""
        words = [EXECUTABLE, *arguments]
        if not self.always_anew:
            return forks.Process(forks.Order(words, self.environment, new_session=True), terminal)
        return subprocess.Popen(
            words,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=self.environment,
            start_new_session=True,
            text=True,
        )
