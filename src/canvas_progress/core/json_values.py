"""Values of an answer, read tolerantly: what has another type than expected counts as missing."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.errors import OversizedAnswerError, UnreadableJobError
from canvas_progress.core.wording import unseen

if TYPE_CHECKING:
    from collections.abc import Mapping

# Possessive, so that a string of megabytes costs no memory for ways back that are never taken.
_STRING_OR_SPACE: Final = r'("[^"\\]*+(?:\\.[^"\\]*+)*+"?)|[ \t\r\n]++'
_PUNCTUATION_OR_VALUE: Final = r'[\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\[\]{}",: \t\r\n]++'
_BRACKET_OR_STRING: Final = r'[\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_MOST_VALUES: Final = 400_000  # in one answer; each costs a hundred bytes or more


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object that a text is. Raises UnreadableJobError."""
    values = value_in(text)
    if not isinstance(values, dict):
        raise UnreadableJobError("the answer is JSON, but not an object")
    return values


def value_in(text: str) -> Any:  # noqa: ANN401  # JSON
    """Return what a text says in JSON. Raises UnreadableJobError."""
    import json  # late, as everywhere here: Tab needs none of it

    if text.count(",") + text.count("[") + text.count("{") > _MOST_VALUES:
        raise OversizedAnswerError("the answer is JSON of more values than any Progress has")
    try:
        return json.loads(text.lstrip("\ufeff"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # ValueError also for integers of absurd length
        raise UnreadableJobError("the answer is not valid JSON") from None


def valid_value_in(text: str) -> Any:  # noqa: ANN401  # JSON
    """Return what JSON says that has been read once, also where the caller's stack has no room for its depth."""
    import json

    try:
        return json.loads(text)
    except RecursionError:
        return _without_recursion(text)


def _without_recursion(text: str) -> Any:  # noqa: ANN401  # JSON
    """Read valid JSON with a stack of our own: of each value that is still open, what is in it so far."""
    import json

    stack: list[list[Any]] = [[]]
    for part in re.findall(_PUNCTUATION_OR_VALUE, text):
        if part in {"[", "{"}:
            stack.append([])
            continue
        if part == "]":
            value: Any = stack.pop()
        elif part == "}":
            pairs = stack.pop()
            value = dict(zip(pairs[::2], pairs[1::2], strict=True))
        else:
            value = json.loads(part)
        stack[-1].append(value)
    return stack[0][0]


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def on_one_line(json_text: str) -> str:
    """Take the white space between the tokens out of valid JSON, and escape what a terminal might obey.

    Every value stays spelled as it was: key order, `1e2`, `55.0` and integers of any size survive.
    """
    compact = re.sub(_STRING_OR_SPACE, lambda match: match[1] or "", json_text.lstrip("\ufeff"))
    return compact if compact.isprintable() else unseen().sub(_escaped, compact)


def objects_in(json_text: str, key: str) -> list[str]:
    """Return the objects of a list in valid JSON, each spelled as it was, and on one line.

    The list is the text itself or, in an object, what is below the key: where that is there more than once, the last.
    """
    import json

    text = on_one_line(json_text)
    within = 1 if text.startswith("[") else 2  # brackets that are open around an object of the list
    found: list[str] = []
    depth, begins, name = 0, 0, key if within == 1 else None
    for match in re.finditer(_BRACKET_OR_STRING, text):
        part = match[0]
        if part in {"[", "{"}:
            begins = match.start() if depth == within else begins
            depth += 1
        elif part in {"]", "}"}:
            depth -= 1
            if depth == within and name == key:
                found.append(text[begins : match.end()])
        elif depth == 1 and within > 1 and text[match.end()] == ":":
            name = json.loads(part)
            found = [] if name == key else found
    return found


def _escaped(match: re.Match[str]) -> str:
    """Return a character as JSON escapes it; one beyond the first 65,536 takes two escapes."""
    code = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))


def mapping(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object below a key, an empty one where there is none."""
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def items(values: Mapping[str, Any], key: str) -> list[Any]:
    """Return a list below a key, an empty one where there is none."""
    value = values.get(key)
    return value if isinstance(value, list) else []


def string(value: object) -> str | None:
    """Return a string."""
    return value if isinstance(value, str) else None


def integer(value: object) -> int | None:
    """Read an id: Canvas sends a string where a proxy requests string ids."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,30}", value) else None


def number(value: object) -> float | None:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        as_float = float(value)
    except OverflowError:
        return None
    return as_float if math.isfinite(as_float) else None


def percentage(value: object) -> float | None:
    """Return a number that Canvas's documents show as a string, and its code sends as an integer."""
    as_integer = integer(value)
    return number(value if as_integer is None else as_integer)


def moment(value: object) -> datetime | None:
    """Return an aware time, in UTC where nothing else is said."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: the first and last day of the calendar, with an offset
        return None
