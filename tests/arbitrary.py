"""What a parser may meet: any text, any JSON in any spelling, and the inputs that have found a bug before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from hypothesis import strategies as st

from canvas_progress.core.errors import CanvasProgressError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

T = TypeVar("T")
Json: TypeAlias = Any

_CORPUS: Final = Path(__file__).parent / "fuzz" / "corpus"
_SPACES: Final = ("", "", "", " ", "\n", "\t", "\r\n  ")

# What text is made of where trouble lies: controls, what turns the direction round, halves of pairs, odd capitals.
ODD: Final = "\x00\t\n\x0b\r\x1b\x7f\x85\x9b\u2028\u202e\u2066\ufeff\ud800\udfff\U000e0041\u212a\u0130ß\u0660e\u0301"
TEXT: Final = st.text(st.characters() | st.sampled_from(ODD), max_size=30)
IDS: Final = st.integers(1, 2**63 - 1) | st.integers(1, 30)
NUMBERS: Final = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS: Final = st.none() | st.booleans() | NUMBERS | TEXT
# As Canvas makes them, and as anybody may: printable ASCII of any kind.
TOKENS: Final = st.from_regex(r"[0-9]{1,5}~[A-Za-z0-9]{8,64}", fullmatch=True) | st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40
)


def json_of(keys: Iterable[str] = (), leaves: st.SearchStrategy[Json] = SCALARS) -> st.SearchStrategy[Json]:
    """Make any JSON value; its objects have these keys, among others."""
    some_key = st.sampled_from(sorted(keys)) | TEXT if keys else TEXT
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(some_key, inner, max_size=5), max_leaves=12
    )


def mixture(*pieces: str, most: int = 12) -> st.SearchStrategy[str]:
    """Make text of these pieces, with anything between them."""
    return st.lists(st.sampled_from(pieces) | TEXT, max_size=most).map("".join)


def spelled(value: Json, random: Random) -> str:
    """Write JSON as any program might: with space anywhere, and any character escaped."""
    if isinstance(value, str):
        return _string(value, random)
    if isinstance(value, list):
        return _between("[", [spelled(item, random) for item in value], "]", random)
    if isinstance(value, dict):
        items = [f"{_string(key, random)}{_space(random)}:{spelled(item, random)}" for key, item in value.items()]
        return _between("{", items, "}", random)
    return f"{_space(random)}{json.dumps(value)}{_space(random)}"


def _string(text: str, random: Random) -> str:
    return f"{_space(random)}{quoted_as_json(text, random)}{_space(random)}"


def quoted_as_json(text: str, random: Random) -> str:
    """Write a string of JSON, each character in one of its spellings."""
    return f'"{"".join(_character(character, random) for character in text)}"'


def _character(character: str, random: Random) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    ways = ["".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))]
    ways.append(ways[0].replace("a", "A").replace("e", "E"))
    ways.append(json.dumps(character)[1:-1])
    if character >= " " and character not in '"\\' and not "\ud800" <= character <= "\udfff":
        ways.append(character)
    if character == "/":
        ways.append("\\/")
    return ways[random.randrange(len(ways))]


def _between(start: str, items: list[str], end: str, random: Random) -> str:
    return f"{_space(random)}{start}{_space(random)}{','.join(items)}{end}{_space(random)}"


def _space(random: Random) -> str:
    return _SPACES[random.randrange(len(_SPACES))]


def strings_in(value: Json) -> list[str]:
    """Return all strings of a JSON value, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in strings_in(item)]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *strings_in(item))]
    return []


def tried(call: Callable[[], T]) -> T | CanvasProgressError:
    """Return what comes of a call, be it one of our own errors. Any other one is a bug."""
    try:
        return call()
    except CanvasProgressError as error:
        return error


def corpus(subject: str) -> list[Path]:
    """Return the files that are kept for a subject."""
    found = sorted((_CORPUS / subject).iterdir())
    assert found
    return found
