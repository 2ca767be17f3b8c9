"""Durations as the command line takes them: `30`, `30s`, `10m`, `1h`, `1h30m`."""

from __future__ import annotations

import re
from typing import Final

from canvas_progress.core.errors import UsageError
from canvas_progress.core.wording import quoted

_DURATION: Final = re.compile(r"(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?|([0-9]{1,9})", re.IGNORECASE)
_FORMS: Final = "give seconds, or a form like 30s, 10m, 1h, 1h30m"


def parse_duration(text: str, *, option: str) -> float:
    """Return the seconds. Raises UsageError for zero, negatives and anything else."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        negative = text.strip().startswith("-")
        raise UsageError(
            f"{quoted(text)} is not a duration for `{option}`", hint=_no_limit(option) if negative else _FORMS
        )
    hours, minutes, seconds, bare = (int(part or 0) for part in match.groups())
    total = 3600 * hours + 60 * minutes + seconds + bare
    if total == 0:
        raise UsageError(f"`{option} {text}` must be greater than zero", hint=_no_limit(option))
    return float(total)


def seconds(text: str | None, option: str) -> float | None:
    """Return the seconds of an option, None where it was left out. Raises UsageError."""
    return None if text is None else parse_duration(text, option=option)


def _no_limit(option: str) -> str:
    return f"to go without `{option}`, leave it out; otherwise {_FORMS}"
