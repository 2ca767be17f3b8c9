"""Who is to know what goes on besides: the person at a terminal, or nobody where a program calls us."""

from __future__ import annotations

from typing import Protocol


class Notes(Protocol):
    """Takes the notes for a person. A terminal does."""

    @property
    def can_prompt(self) -> bool:
        """Whether there is a person to answer a question."""

    def note(self, line: str) -> None:
        """Pass a line on. Any thread may call this."""

    def hide(self, secret: str) -> None:
        """Mask this wherever it would be shown from now on."""


class NoNotes:
    """Passes nothing on: a library writes to no stream of the program that uses it."""

    @property
    def can_prompt(self) -> bool:
        """Whether there is a person to answer a question."""
        return False

    def note(self, line: str) -> None:
        """Drop the line."""

    def hide(self, secret: str) -> None:
        """Mask nothing: nothing is shown."""
