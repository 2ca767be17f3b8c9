"""Keeps what may be a token out of errors that quote what somebody typed, and signatures out of a `repr`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.errors import CredentialError, FileError, RefusedError, UsageError
from canvas_progress.core.wording import without_signatures, without_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.core.errors import CanvasProgressError


def mask_typed(error: CanvasProgressError) -> None:
    """Mask what looks like a token, in the errors that may quote an argument, a variable or a file."""
    if isinstance(error, UsageError | RefusedError | CredentialError | FileError):
        mask(error, without_tokens)


def mask(error: CanvasProgressError, masked: Callable[[str], str]) -> None:
    """Change all that an error says."""
    error.message, error.hint = masked(error.message), error.hint and masked(error.hint)
    error.args = (error.message,)  # what its `repr` shows


def masked_repr(value: object) -> str:
    """Return the `repr` of what Canvas sent, without signatures. A text is masked first: escapes would end them."""
    return repr(without_signatures(value)) if type(value) is str else without_signatures(repr(value))
