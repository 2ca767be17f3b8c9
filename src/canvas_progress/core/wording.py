"""How times, percentages and foreign text read, wherever they are shown."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MASK: Final = "********"
SHORTEST_SECRET: Final = 8  # characters; less would mask what is none
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONG, _LONGER = 10, 100  # of a unit; longer times are in the next one
_ABSURD: Final = 999  # percent
_FIRST: Final = 3  # lines of a long message
_ENDS: Final = (".", "!", "?", ";")  # of a line, after which no other mark is needed
_MOST_NAMED: Final = 5  # jobs before a message
# C0, DEL, C1, line separators, bidirectional overrides and isolates, byte order marks, lone surrogates, tags: what a
# terminal may obey or cannot print. Joiners stay: Persian and Hindi are not spelled right without them.
_RANGES: Final = (
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0x2028, 0x202E),
    (0x2066, 0x2069),
    (0xFEFF, 0xFEFF),
    (0xD800, 0xDFFF),
    (0xE0000, 0xE007F),
)
# A shard's number with letters after it, twenty letters and digits in a row, or a JWT: as Canvas makes its tokens. What
# is looked back for, and the bound, keep the search linear: what is piped in may be one line of megabytes.
_SUSPECT: Final = (  # compiled when the first is looked for, as few commands do
    r"(?<![0-9])[0-9]+~[0-9]*[A-Za-z][\w~-]*"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{20,}"
    r"|eyJ[\w-]{1,1000}\.[\w.-]*"
)
_NO_REF: Final = r"(?=\S*[0-9])(?=\S*[A-Za-z])[\w~-]{16,}"
# Of a file's address; the equals sign may be escaped, also twice.
_SIGNATURE: Final = r"(?i)((?:verifier|signature|token)(?:=|%(?:25)*3D))[^&#\s\"'\\]+"
_LONGEST_QUOTED: Final = 200  # characters; nobody reads more of what they typed, or of what was piped in by mistake
_BREAK: Final = r"(?:\r?\n|\t)[ \t\r\n]*"  # not a lone return, by which text is written over
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return foreign text on one line, with everything that a terminal could obey spelled out."""
    if text.isprintable() or unseen().search(text) is None:
        return text
    return text.translate(_spelled())


def one_line(text: str) -> str:
    """Return foreign text as a person reads it: visible, with a space where it breaks into lines."""
    return visible(re.sub(_BREAK, " ", text.strip("\r\n")))


def glimpse(text: str, most: int = 2000) -> str:
    """Return as much of what a job says as anybody reads on a screen, on one line and without signatures.

    It may have megabytes to say.
    """
    said = one_line(without_signatures(text[:most]))
    return said if len(text) <= most else f"{said}…"


def without_signatures(text: str) -> str:
    """Return what a job says with the addresses in it as they may be shown: whoever has a signature gets the file."""
    return re.sub(_SIGNATURE, rf"\1{MASK}", text)


@cache
def unseen() -> re.Pattern[str]:
    """Return the pattern of what is unseen. It takes a millisecond to compile; what is printable has none of it."""
    return re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _RANGES)}]")


@cache
def _spelled() -> dict[int, str]:
    """Return what stands for each character that is unseen; a match for each would take far more memory."""
    codes = (code for first, last in _RANGES for code in range(first, last + 1))
    return {
        code: _SHORT.get(chr(code)) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")  # noqa: PLR2004
        for code in codes
    }


def quoted(argument: str, *, ref: bool = False) -> str:
    """Return what somebody typed, in backticks; but not what may be a token that got into the wrong place.

    No `ref` is long and made of letters and digits, whereas names may be.
    """
    if re.search(_SUSPECT, argument) or (ref and re.fullmatch(_NO_REF, argument)):
        return f"`{MASK}` (not repeated: it may be a token)"
    return f"`{argument}`" if len(argument) <= _LONGEST_QUOTED else f"`{argument[:_LONGEST_QUOTED]}…`"


def command_line(*words: str) -> str:
    """Return what can be typed into a shell, in backticks. A name in a file that is edited by hand may be `a b$(x)`."""
    import shlex

    return f"`{shlex.join(words)}`"


def without_tokens(message: str) -> str:
    """Return a message of somebody else's that may quote an argument, without what may be a token."""
    return re.sub(_SUSPECT, MASK, message)


def stopwatch(seconds: float) -> str:
    """Return a running time as `0:31`, `12:05` or `1:02:05`."""
    minutes, rest = divmod(int(max(0, seconds)), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def brief_time(seconds: float) -> str:
    """Return a running time in at most seven characters: from ten hours on as `12 h`, later as `4 d`."""
    return stopwatch(seconds) if seconds < _LONG * _HOUR else _in_hours(seconds)


def brief_span(seconds: float) -> str:
    """Return a span in one unit: `45 s`, `59 min`, `1.9 h`, `12 h`, `4 d`."""
    return in_words(seconds) if seconds < _LONGER * _MINUTE else _in_hours(seconds)


def countdown(seconds: float) -> str:
    """Return the time left in at most ten characters: `0:38 left`, and from an hour on `1.9 h left`."""
    return f"{stopwatch(seconds) if seconds < _HOUR else _in_hours(seconds)} left"


def _in_hours(seconds: float) -> str:
    hours = seconds / _HOUR
    if hours < _LONG:
        return f"{math.floor(10 * hours) / 10} h"
    return f"{int(hours)} h" if hours < _LONGER else f"{int(hours) // 24} d"


def in_words(seconds: float) -> str:
    """Return a span as `12 s`, `3 min`, `2 h 5 min` or `4 days`."""
    whole = int(max(0, seconds))
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < 2 * _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < 2 * _DAY:
        hours, minutes = whole // _HOUR, whole % _HOUR // _MINUTE
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{whole // _DAY} days"


def soon(seconds: float) -> str:
    """Return a wait that lies ahead, rounded up: never `0 s`."""
    return in_words(max(1, math.ceil(seconds)))


def percent(completion: float | None) -> str:
    """Return a completion as `63%`, nothing for null. 99.9 is not yet 100, and what is absurd is no long number."""
    if completion is None:
        return ""
    if completion < 0 or completion > _ABSURD:
        return "<0%" if completion < 0 else f">{_ABSURD}%"
    return f"{int(completion)}%"


def about(labels: Sequence[str], others: int, message: str) -> str:
    """Return a message with the jobs before it that it is about, unless it names the one, or there are no others."""
    if not others or (len(labels) == 1 and re.search(rf"\b{re.escape(labels[0])}\b", message)):
        return message
    more = len(labels) - _MOST_NAMED
    return f"{', '.join(labels[:_MOST_NAMED])}{f' and {more} more' if more > 0 else ''}: {message}"


def counted(number: int, noun: str) -> str:
    """Return `1 job` or `5 jobs`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def and_list(items: Sequence[str]) -> str:
    """Return `10`, `10 and 3` or `10, 3 and 7`."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


def first_lines(head: str, lines: Sequence[str], number: int = 0) -> str:
    """Return a head with the first few of several lines below it; `number` is how many there are, if not these.

    It is punctuated, and reads well on one line too.
    """
    left = max(number, len(lines)) - len(lines[:_FIRST])
    more = [f"and {left:,} more"] if left > 0 and lines else []
    listed = [line for line in (*lines[:_FIRST], *more) if line]
    ended = [line if line.endswith(_ENDS) else f"{line};" for line in listed[:-1]]
    return "\n".join([*([f"{head}:" if listed else head] if head else []), *ended, *listed[-1:]])


def size_in_words(octets: int) -> str:
    """Return the size of a file as `512 B`, `18 KB` or `1.8 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if octets >= size:
            return f"{octets / size:.1f} {unit}" if octets < 10 * size else f"{octets // size:,} {unit}"
    return f"{octets} B"
