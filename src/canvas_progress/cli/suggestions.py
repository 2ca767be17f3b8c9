"""What to type in place of a command that there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

# What other programs call what is meant, in the order in which it is looked for.
_CALLED_ELSEWHERE: Final = {
    "help": ("--help",),
    "version": ("--version",),
    "ls": ("list",),
    "status": ("show",),
    "get": ("show",),
    "info": ("show",),
    "wait": ("watch",),
    "follow": ("watch",),
    "stop": ("cancel",),
    "abort": ("cancel",),
    "kill": ("cancel",),
    "history": ("recent",),
    "jobs": ("recent",),
    "login": ("profile add",),
    "auth": ("profile add",),
    "config": ("profile",),
    "profiles": ("profile list",),
    "rm": ("remove",),
    "delete": ("remove", "cancel"),
    "new": ("add",),
    "start": ("serve",),
}


def instead_of(name: str, commands: Collection[str], *, is_root: bool) -> str | None:
    """Return what may be meant by a name that is none of the commands of a group."""
    for meant in _CALLED_ELSEWHERE.get(name.lower(), ()):
        if meant.split()[0] in commands or meant == "--help" or (is_root and meant == "--version"):
            return meant
    import difflib

    return next(iter(difflib.get_close_matches(name.lower(), commands, n=1)), None)
