"""JSON that was read once, and is read again wherever a program happens to be."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canvas_progress.core.json_values import valid_value_in

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def too_deep(text: str) -> str:
    """Put JSON below more lists than any stack has room for."""
    levels = sys.getrecursionlimit()
    return f"{'[' * levels}{text}{']' * levels}"


def unwrapped(value: object) -> object:
    for _ in range(sys.getrecursionlimit()):
        assert isinstance(value, list)
        (value,) = value
    return value


@settings(max_examples=max(10, settings().max_examples // 4))  # each goes to the end of the stack
@given(_VALUES, st.booleans())
def test_a_value_is_the_same_at_any_depth(value: object, ascii_: bool) -> None:  # noqa: FBT001  # made up
    text = json.dumps(value, ensure_ascii=ascii_)
    assert valid_value_in(text) == value
    assert unwrapped(valid_value_in(too_deep(text))) == value


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', "1e2", "55.0", "-0", '"\\\\"', '"\\"[{,:"', ' { "a" : [ ] , "b" : { } } ', '"\\ud83d"']
)
def test_its_spelling_is_read_as_usual(text: str) -> None:
    assert repr(unwrapped(valid_value_in(too_deep(text)))) == repr(json.loads(text))
