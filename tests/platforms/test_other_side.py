"""What differs on Windows and macOS, each behind its seam, with the other side in its place."""

from __future__ import annotations

import ctypes
import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.windows import Windows

from canvas_progress.core.signals import Terminated
from canvas_progress.interrupts import Interrupts
from canvas_progress.storage import locations
from canvas_progress.terminal import whole_lines
from canvas_progress.terminal.terminal import Terminal

_ONLY_POSIX = ("SIGHUP", "SIGALRM", "SIGCONT", "setitimer")


@pytest.fixture
def _own_signals() -> Iterator[None]:
    """Give the signals back to whoever had them."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGCONT, signal.SIGUSR1)
    before = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # nobody takes it, unless a test has it taken
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_own_signals")
def test_the_signals_of_windows_end_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _ONLY_POSIX:
        monkeypatch.delattr(signal, name)
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    interrupts = Interrupts(lambda: 0.0)
    interrupts.listen()
    interrupts.bound(60.0)
    for number, error in (
        (signal.SIGINT, KeyboardInterrupt),
        (signal.SIGTERM, Terminated),
        (signal.SIGUSR1, Terminated),
    ):
        with pytest.raises(error):
            os.kill(os.getpid(), number)


@pytest.mark.usefixtures("_own_signals")
def test_without_an_alarm_a_second_ctrl_c_still_insists(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _ONLY_POSIX:
        monkeypatch.delattr(signal, name)
    times = iter((0.0, 5.0))
    interrupts, woken = Interrupts(lambda: next(times)), list[int]()
    interrupts.listen()
    with interrupts.held(lambda: woken.append(1)):
        os.kill(os.getpid(), signal.SIGINT)
        assert woken == [1]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("dirs", "expected"),
    [
        (
            Windows,
            (
                r"C:\Users\me\AppData\Local/canvas-progress/config.toml",
                r"C:\Users\me\AppData\Local/canvas-progress/Cache/lti-tokens",
                r"C:\Users\me\AppData\Local/canvas-progress/recent.sqlite3",
                r"C:\Users\me\AppData\Local/canvas-progress/sandbox.json",
            ),
        ),
        (
            MacOS,
            (
                "/home/me/Library/Application Support/canvas-progress/config.toml",
                "/home/me/Library/Caches/canvas-progress/lti-tokens",
                "/home/me/Library/Application Support/canvas-progress/recent.sqlite3",
                "/home/me/Library/Application Support/canvas-progress/sandbox.json",
            ),
        ),
    ],
)
def test_files_are_where_the_platform_has_them(
    dirs: type, expected: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", r"C:\Users\me\AppData\Local")
    monkeypatch.setattr(platformdirs, "PlatformDirs", dirs)
    found = (
        locations.config_file({}),
        locations.token_folder(),
        locations.recent_file(),
        locations.sandbox_state_file(),
    )
    assert tuple(map(str, found)) == expected


def _terminal(encoding: str) -> Terminal:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(3)]
    return Terminal(streams[0], streams[1], streams[2], {})


def _bytes(stream: Any) -> bytes:  # noqa: ANN401  # a stream
    value: bytes = stream.buffer.getvalue()
    return value


def test_results_are_utf_8_whatever_the_code_page_and_notes_are_in_it() -> None:
    terminal = _terminal("cp1252")
    terminal.data("Übung → 日本")
    terminal.note("Übung → 日本")
    assert _bytes(terminal.stdout) == "Übung → 日本\n".encode()
    assert _bytes(terminal.stderr) == b"\xdcbung \\u2192 \\u65e5\\u672c\n"


def test_symbols_that_a_code_page_lacks_are_not_used() -> None:
    assert not _terminal("cp1252").can_encode("█▏✓")
    assert _terminal("cp65001" if sys.platform == "win32" else "utf-8").can_encode("█▏✓")


class _Broken(io.RawIOBase):
    """A pipe without a reader, as Windows has it."""

    def writable(self) -> bool:
        return True

    def write(self, _data: object) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")


def test_a_pipe_without_a_reader_is_one_on_windows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BufferedWriter(_Broken()))
    with pytest.raises(OSError, match="Invalid argument"):
        whole_lines.write(stream, b"1\n", {})
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(BrokenPipeError):
        whole_lines.write(stream, b"1\n", {})


class _Screen(io.TextIOWrapper):
    """A stream that is a screen; with a number, as those of the system have."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2


def _on_windows(monkeypatch: pytest.MonkeyPatch, mode: int | None, *, refuses: bool = False) -> list[int]:
    """Give the process a console of Windows in this mode, or none; return the modes that it is set to."""
    modes: list[int] = []

    def get(_handle: object, pointer: Any) -> int:  # noqa: ANN401  # what ctypes.byref returns
        pointer._obj.value = mode or 0
        return int(mode is not None)

    def switch(_handle: object, wanted: int) -> int:
        modes.append(wanted)
        return int(not refuses)

    kernel = SimpleNamespace(GetConsoleMode=get, SetConsoleMode=switch)
    msvcrt: Any = ModuleType("msvcrt")
    msvcrt.get_osfhandle = lambda number: number
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    return modes


@pytest.mark.parametrize(
    ("mode", "refuses", "set_to", "can"),
    [(0x3, False, [0x7], True), (0x7, False, [], True), (0x3, True, [0x7], False), (None, False, [], False)],
)
def test_bars_and_colours_are_only_for_a_console_that_interprets_escapes(
    monkeypatch: pytest.MonkeyPatch, mode: int | None, *, refuses: bool, set_to: list[int], can: bool
) -> None:
    screen = _Screen(io.BytesIO(), encoding="utf-8")
    terminal = Terminal(screen, screen, screen, {})
    modes = _on_windows(monkeypatch, mode, refuses=refuses)
    assert terminal.can_redraw is can
    assert modes == set_to


def test_elsewhere_a_screen_interprets_escapes_as_it_is() -> None:
    screen = _Screen(io.BytesIO(), encoding="utf-8")
    assert Terminal(screen, screen, screen, {}).can_redraw


def test_the_sandbox_takes_no_port_that_another_one_has_on_windows() -> None:
    looks = (
        "import http.server, socket, socketserver, struct, sys, threading\n"
        "sys.platform = 'win32'\n"
        "from canvas_progress.sandbox import connection\n"
        "print(connection.Listener.allow_reuse_address, len(connection._ON_LINGER_ZERO))\n"
    )
    ran = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True)
    assert ran.stdout == "False 4\n"  # a struct of two shorts is what Windows expects
