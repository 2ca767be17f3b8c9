"""A window of tmux with a shell in it: a real terminal, which breaks lines anew, scrolls and stops programs."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

TMUX: Final = shutil.which("tmux")
_TOO_LONG: Final = 60.0


class Window:
    """One window on a server of its own."""

    def __init__(self, folder: Path, environment: dict[str, str], columns: int, lines: int) -> None:
        self._socket = str(folder / "tmux")
        (folder / "rc").write_text("PS1='$ '\n")
        shell = f"bash --noprofile --rcfile {folder / 'rc'}"
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines), shell, of=environment)
        self._run("set-option", "-g", "window-size", "manual")

    def __enter__(self) -> Self:
        self.wait_for(lambda screen: screen[0] == "$")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("kill-server")

    def type(self, *keys: str) -> None:
        """Type text, or keys by their name, such as `Enter` and `C-z`."""
        self._run("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window."""
        self._run("resize-window", "-x", str(columns), "-y", str(lines))

    def screen(self, *, scrollback: bool = False) -> list[str]:
        """Return the lines of the screen, with those that have scrolled away if they are wanted."""
        text = self._run("capture-pane", "-p", *(["-S", "-"] if scrollback else []))
        return [line.rstrip() for line in text.splitlines()]

    def wait_for(self, is_there: Callable[[list[str]], bool]) -> list[str]:
        """Return the screen as soon as it is like that."""
        until = time.monotonic() + _TOO_LONG
        while not is_there(screen := self.screen()):
            if time.monotonic() > until:
                raise TimeoutError("\n".join([*screen, *self._processes()]))
        return screen

    def _processes(self) -> list[str]:
        """Return what the processes of the window are doing: whether they wait, and for what."""
        todo, said = [self._run("list-panes", "-F", "#{pane_pid}").strip()], []
        for number in todo:
            process = Path("/proc") / number
            with suppress(OSError):  # it has ended; it is not ours
                said.append((process / "cmdline").read_text().replace("\0", " "))
                said += [(thread / "wchan").read_text() for thread in (process / "task").iterdir()]
                said += [
                    line for line in (process / "status").read_text().splitlines() if line.startswith(("State", "Sig"))
                ]
                todo += (process / "task" / number / "children").read_text().split()
        return said

    def _run(self, *arguments: str, of: dict[str, str] | None = None) -> str:
        command = [TMUX or "tmux", "-S", self._socket, *arguments]
        return subprocess.run(command, env=of, capture_output=True, text=True, timeout=_TOO_LONG, check=True).stdout
