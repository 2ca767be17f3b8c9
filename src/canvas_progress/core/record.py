"""Records that are cheap to define: most of the classes that a command loads it makes no instance of.

`@record` gives a dataclass with `frozen=True, slots=True`, whose methods are compiled when they are first used.
`dataclass` itself compiles six for each class as its module is loaded, which took a fifth of the time of `show`.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, frozen: bool = True, eq: bool = True, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: type[T] | None = None, /, *, frozen: bool = True, eq: bool = True, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a frozen dataclass with slots of a class, which has neither `__post_init__` nor fields with `init=False`.

    One that is not frozen is compared by its identity.
    """

    def made(plain: type[T]) -> type[T]:
        if hasattr(plain, "__post_init__"):
            raise TypeError("a record has no __post_init__")
        new: type[T] = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(plain)
        shared = _SHARED | _FROZEN if frozen else _SHARED
        compiled = _COMPILED | _COMPARED if frozen and eq else _COMPILED
        methods = shared | {name: _Compiled(new, name, source) for name, source in compiled.items()}
        for name, method in methods.items():
            if name not in new.__dict__:
                setattr(new, name, method)
        return new

    return made if cls is None else made(cls)


class _Compiled:
    """A method that takes its own place in the class when it is first looked up."""

    __slots__ = ("_cls", "_name", "_source")

    def __init__(self, cls: type, name: str, source: Callable[[type, dict[str, object]], str]) -> None:
        self._cls, self._name, self._source = cls, name, source

    def __get__(self, instance: object, owner: type | None = None) -> Any:  # noqa: ANN401  # any method
        names: dict[str, object] = {"__name__": self._cls.__module__}
        exec(self._source(self._cls, names), names)  # noqa: S102  # made of the names of our own fields
        method: Any = names[self._name]
        method.__qualname__ = f"{self._cls.__qualname__}.{self._name}"  # what a TypeError begins with
        setattr(self._cls, self._name, method)
        return method.__get__(instance, owner)


def _init(cls: type, names: dict[str, object]) -> str:
    """Return the source of `__init__`, and put what it needs besides its arguments into `names`."""
    each = fields(cls)
    in_order = [*(one for one in each if not one.kw_only), None, *(one for one in each if one.kw_only)]
    parameters = ["*" if one is None else _parameter(one, names) for one in in_order]
    if parameters[-1] == "*":
        parameters.pop()
    # A slot is filled by its descriptor: setting an attribute is what a record refuses.
    names |= {f"_set_{one.name}": getattr(cls, one.name).__set__ for one in each}
    lines = [f" _set_{one.name}(self, {_value(one)})" for one in each]
    return "\n".join([f"def __init__({', '.join(['self', *parameters])}):", *lines, " pass"])


def _parameter(one: Field[Any], names: dict[str, object]) -> str:
    """Return how a field stands in the signature."""
    if one.default is MISSING and one.default_factory is MISSING:
        return one.name
    names[f"_default_{one.name}"] = one.default  # MISSING stands for what the factory makes
    names[f"_make_{one.name}"] = one.default_factory
    return f"{one.name}=_default_{one.name}"


def _value(one: Field[Any]) -> str:
    """Return the expression for the value of a field."""
    if one.default_factory is MISSING:
        return one.name
    return f"_make_{one.name}() if {one.name} is _default_{one.name} else {one.name}"


def _eq(cls: type, _: dict[str, object]) -> str:
    """Return the source of `__eq__`."""
    compared = f"{_compared(cls, 'self')} == {_compared(cls, 'other')}"
    same = "other.__class__ is self.__class__"
    return f"def __eq__(self, other):\n return {compared} if {same} else NotImplemented"


def _hash(cls: type, _: dict[str, object]) -> str:
    """Return the source of `__hash__`."""
    return f"def __hash__(self):\n return hash({_compared(cls, 'self')})"


def _compared(cls: type, of: str) -> str:
    """Return the expression for a tuple of the fields that count in comparisons."""
    return f"({' '.join(f'{of}.{one.name},' for one in fields(cls) if one.compare)})"


@recursive_repr()
def _repr(self: Any) -> str:  # noqa: ANN401  # any record
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _setattr(self: object, name: str, value: object) -> None:
    del self, value
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: object, name: str) -> None:
    del self
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[object]:  # noqa: ANN401  # any record
    return [getattr(self, one.name) for one in fields(self)]


def _setstate(self: Any, state: list[object]) -> None:  # noqa: ANN401  # same
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


_SHARED: Final[dict[str, object]] = {"__repr__": _repr, "__getstate__": _getstate, "__setstate__": _setstate}
_FROZEN: Final[dict[str, object]] = {"__setattr__": _setattr, "__delattr__": _delattr}
_COMPILED: Final = {"__init__": _init}
_COMPARED: Final = {"__eq__": _eq, "__hash__": _hash}
