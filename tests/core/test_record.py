# ruff: noqa: ANN401  # as in `dataclasses`, anything may be a value
from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_progress.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

V = TypeVar("V")
NAMES = ("a", "b", "c", "d", "self_", "_hidden")
VALUES: st.SearchStrategy[object] = st.one_of(
    st.integers(0, 2), st.sampled_from(["", "text"]), st.none(), st.just(1.0), st.just([])
)


class Shape(NamedTuple):
    """What a field is made with."""

    default: object  # `...` for none
    is_made: bool  # by a factory
    repr: bool
    compare: bool
    kw_only: bool

    def field(self) -> Any:
        settings: dict[str, Any] = {"repr": self.repr, "compare": self.compare, "kw_only": self.kw_only}
        if self.default is not ...:
            settings |= {"default_factory": list} if self.is_made else {"default": self.default}
        return field(**settings)


SHAPES = st.builds(
    Shape, st.sampled_from([..., ..., 0, "text", None]), st.booleans(), st.booleans(), st.booleans(), st.booleans()
)
CLASSES = st.lists(SHAPES, max_size=len(NAMES))


def pair(shapes: list[Shape], *, eq: bool = True, kw_only: bool = False, bases: Any = ((), ())) -> tuple[Any, Any]:
    """Return a dataclass and a record with the same fields, those without a default first."""
    names = NAMES[len(fields(bases[0][0])) :] if bases[0] else NAMES
    in_order = sorted(shapes, key=lambda shape: shape.default is not ...)
    body = {"__module__": __name__, "__annotations__": dict.fromkeys(names[: len(shapes)], "object")}

    def plain(bases: tuple[type, ...]) -> type:
        made = {name: shape.field() for name, shape in zip(names, in_order, strict=False)}
        return type("C", bases, {**copy.deepcopy(body), **made})

    return (
        dataclass(frozen=True, slots=True, eq=eq, kw_only=kw_only)(plain(bases[0])),
        record(eq=eq, kw_only=kw_only)(plain(bases[1])),
    )


def outcome(call: Callable[..., object], *arguments: Any, **options: Any) -> tuple[str, object]:
    """Return what a call returns, or which error it raises with what text."""
    try:
        return "returned", call(*arguments, **options)
    except Exception as error:  # noqa: BLE001  # whichever it is, both have to raise it
        return type(error).__name__, str(error)


def shown(call: Callable[..., object], *arguments: Any, **options: Any) -> tuple[str, str]:
    kind, what = outcome(call, *arguments, **options)
    return kind, repr(what)


@given(
    shapes=CLASSES,
    kw_only=st.booleans(),
    values=st.lists(VALUES, max_size=7),
    named=st.dictionaries(st.sampled_from(NAMES), VALUES),
)
def test_it_is_made_as_a_dataclass_is(
    shapes: list[Shape],
    kw_only: bool,  # noqa: FBT001  # drawn
    values: list[object],
    named: dict[str, object],
) -> None:
    theirs, ours = pair(shapes, kw_only=kw_only)
    assert shown(ours, *values, **named) == shown(theirs, *values, **named)
    of_theirs, of_ours = (signature(cls).parameters.values() for cls in (theirs, ours))
    assert [(each.name, each.kind) for each in of_ours] == [(each.name, each.kind) for each in of_theirs]
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert list(map(repr, fields(ours))) == list(map(repr, fields(theirs)))


@given(shapes=CLASSES, eq=st.booleans(), some=st.lists(VALUES, min_size=6), more=st.lists(VALUES, min_size=6))
def test_it_is_compared_and_hashed_as_a_dataclass_is(
    shapes: list[Shape],
    eq: bool,  # noqa: FBT001  # drawn
    some: list[object],
    more: list[object],
) -> None:
    theirs, ours = pair([shape._replace(kw_only=False) for shape in shapes], eq=eq)
    left, right = some[: len(shapes)], more[: len(shapes)]
    assert (ours(*left) == ours(*right)) is (theirs(*left) == theirs(*right))
    assert (ours(*left) != ours(*right)) is (theirs(*left) != theirs(*right))
    assert ours(*left) != theirs(*left)
    if eq:
        assert outcome(hash, ours(*left)) == outcome(hash, theirs(*left))
    else:
        assert (ours.__eq__, ours.__hash__) == (object.__eq__, object.__hash__)


@given(shapes=CLASSES, values=st.lists(VALUES, min_size=6), name=st.sampled_from([*NAMES, "none"]), value=VALUES)
def test_it_is_frozen_and_replaced_and_copied_as_a_dataclass_is(
    shapes: list[Shape], values: list[object], name: str, value: object
) -> None:
    classes = pair([shape._replace(kw_only=False) for shape in shapes])
    theirs, ours = (cls(*values[: len(shapes)]) for cls in classes)
    of_frozen = theirs if hasattr(theirs, name) else SlotLess()  # with slots, only its own fields are refused so
    assert outcome(setattr, ours, name, value) == outcome(setattr, of_frozen, name, value)
    assert outcome(delattr, ours, name) == outcome(delattr, of_frozen, name)
    assert shown(replace, ours, **{name: value}) == shown(replace, theirs, **{name: value})
    assert shown(getattr, ours, name) == shown(getattr, theirs, name)
    assert copy.copy(ours) == ours == copy.deepcopy(ours)
    assert not hasattr(ours, "__dict__")


@given(parent=CLASSES, child=CLASSES, named=st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_a_record_of_a_record_is_as_a_dataclass_of_a_dataclass(
    parent: list[Shape], child: list[Shape], named: dict[str, object]
) -> None:
    parents = pair([shape._replace(kw_only=True) for shape in parent])
    theirs, ours = pair([shape._replace(kw_only=True) for shape in child], bases=((parents[0],), (parents[1],)))
    assert shown(ours, **named) == shown(theirs, **named)
    kind, one = outcome(ours, **named)
    if kind == "returned":
        assert one == ours(**named)
        assert outcome(parents[1], **named)[1] != one
        assert outcome(hash, one) == outcome(hash, theirs(**named))


@dataclass(frozen=True)
class SlotLess:
    """Has no fields."""


@record
class Point:
    x: int
    y: int = 0

    def __str__(self) -> str:
        return f"{self.x}/{self.y}"


@record
class Named(Point, Generic[V]):
    name: str = ""
    _: V | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return self.name


def test_it_is_a_dataclass_to_all_who_look() -> None:
    assert is_dataclass(Point(1))
    assert pickle.loads(pickle.dumps(Named(1, 2, "three"))) == Named(1, 2, "three")
    assert [Point(1, 2), Point(3), Point(1)].index(Point(3)) == 1
    match Named(1, 2, "three"):
        case Point(1, y=two):
            assert two == 2
        case _:
            pytest.fail("no match")


def test_methods_of_its_own_are_kept() -> None:
    assert (str(Point(1)), repr(Point(1))) == ("1/0", "Point(x=1, y=0)")
    assert (str(Named(1, name="one")), repr(Named(1, name="one"))) == ("1/0", "one")


def test_a_method_is_compiled_when_it_is_first_used() -> None:
    @record
    class Fresh:
        x: int

    compiled = ("__init__", "__eq__", "__hash__")
    assert not any(isinstance(Fresh.__dict__[name], type(_function)) for name in compiled)
    assert {Fresh(1), Fresh(1)} == {Fresh(1)}
    assert all(isinstance(Fresh.__dict__[name], type(_function)) for name in compiled)


def _function() -> None:
    """Be one."""


def test_a_record_within_itself_is_shown_once() -> None:
    around = Point([])  # type: ignore[arg-type]  # only a list can come to have it in it
    around.x.append(around)  # type: ignore[attr-defined]
    assert repr(around) == "Point(x=[...], y=0)"


def test_nothing_can_be_set_that_has_no_name_in_it() -> None:
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        Point(1).x = 2  # type: ignore[misc]


def test_what_would_not_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="__post_init__"):

        @record
        class _Late:
            def __post_init__(self) -> None:
                """Would be forgotten."""


def test_what_is_not_frozen_changes_and_is_equal_to_itself_alone() -> None:
    @record(frozen=False)
    class Counter:
        count: int = 0
        _secret: str = field(default="", repr=False)

    counter = Counter()
    counter.count += 1
    assert (counter.count, repr(counter).rpartition(".")[2]) == (1, "Counter(count=1)")
    assert {counter, Counter(1)} != {Counter(1)}
    assert copy.copy(counter).count == 1
    del counter.count
    assert not hasattr(counter, "count")
    assert not hasattr(counter, "__dict__")


def test_what_a_factory_makes_is_made_for_each() -> None:
    @record
    class Box:
        items: list[int] = field(default_factory=list)

    one, other = Box(), Box()
    assert one.items == other.items == []
    assert one.items is not other.items
