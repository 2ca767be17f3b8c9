"""A way to reach a person who looks elsewhere: the taskbar of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# These read OSC 9;4 as progress. Others take any OSC 9 for a notification and would pop one up at each percent.
_READ_PROGRESS: Final = frozenset({"ghostty", "WezTerm"})
_VTE_READS_PROGRESS: Final = 8000  # 0.80.0, as VTE_VERSION spells it


def reads_taskbar_progress(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal is known to read OSC 9;4 as progress. A multiplexer in between may not pass it on."""
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
