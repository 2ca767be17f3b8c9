"""Ways to reach a person who looks elsewhere: the taskbar of the terminal, and the desktop."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# These read OSC 9;4 as progress. Others take any OSC 9 for a notification and would pop one up at each percent.
_READ_PROGRESS: Final = frozenset({"ghostty", "WezTerm"})
# The text is an argument of the script, never a part of it.
_OSASCRIPT: Final = (
    "osascript",
    *("-e", "on run argv"),
    *("-e", 'display notification (item 1 of argv) with title "canvas-progress"'),
    *("-e", "end run"),
    "--",
)
_VTE_READS_PROGRESS: Final = 8000  # 0.80.0, as VTE_VERSION spells it


def reads_taskbar_progress(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal is known to read OSC 9;4 as progress. A multiplexer in between may not pass it on."""
    if environment.get("TMUX") or environment.get("STY"):
        return False
    if environment.get("WT_SESSION") or environment.get("ConEmuANSI") == "ON":
        return True
    if environment.get("TERM_PROGRAM") in _READ_PROGRESS:
        return True
    version = environment.get("VTE_VERSION", "")
    return version.isdigit() and int(version) >= _VTE_READS_PROGRESS


def taskbar_sequence(percent: int | None) -> str:
    """Return OSC 9;4 for a percentage, or to clear it."""
    return "\x1b]9;4;0;\x07" if percent is None else f"\x1b]9;4;1;{min(max(percent, 0), 100)}\x07"


def desktop_notifier(environment: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the program that notifies this desktop, to be followed by the text; None where there is none."""
    if sys.platform == "darwin":
        return _OSASCRIPT
    has_desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and has_desktop and shutil.which("notify-send"):
        return ("notify-send", "--app-name=canvas-progress", "--", "canvas-progress")
    return None
