"""What the views of a watch have in common that put nothing on the screen which must be taken away again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class StandingView:
    """A view that needs no beginning and no end: what it has written stands."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def resumed(self) -> None:
        """Have nothing to draw anew."""
