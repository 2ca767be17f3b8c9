"""The part of the composition root that lets other programs run, without a token in their environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.cli import wiring
from canvas_progress.core.errors import CanvasProgressError, UsageError

if TYPE_CHECKING:
    from canvas_progress.core.credentials import Access
    from canvas_progress.processes import Programs


def programs(accesses: tuple[Access, ...]) -> Programs:
    """Return the runner of other programs. Their environment has no variable with a token in it."""
    from canvas_progress.processes import Programs

    def clean() -> dict[str, str]:
        from canvas_progress.core.choice import without_tokens
        from canvas_progress.core.credentials import TokenVariable

        try:
            stored = wiring.profile_file().load().all
        except CanvasProgressError:
            stored = ()
        kinds = (profile.credential for profile in stored)
        names = {kind.variable for kind in kinds if isinstance(kind, TokenVariable)}
        left = {name: value for name, value in wiring.environment().items() if name not in names}
        return without_tokens(left, tuple(access.secret for access in accesses))

    return Programs(clean)


def hook_words(command: str | None) -> tuple[str, ...]:
    """Split the command of `--exec` the way a shell would, without running one. Raises UsageError."""
    if command is None:
        return ()
    import shlex

    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"`--exec {command}` is not a command: {error}".lower()) from None
    if not words:
        raise UsageError("`--exec` needs a command", hint="such as `--exec 'notify.sh --quiet'`; no shell is involved")
    return words
