"""Keeps what may be a token out of errors that quote what somebody typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.errors import CredentialError, FileError, RefusedError, UsageError
from canvas_progress.core.wording import without_tokens

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
