"""The options that several commands share, written once."""

from __future__ import annotations

from typing import Annotated

import typer

from canvas_progress.cli.wiring import Common
from canvas_progress.terminal.terminal import Color, Format

Refs = Annotated[
    list[str], typer.Argument(metavar="REF...", help="Ids (12, 1~23) or progress URLs.", show_default=False)
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", "-p", metavar="NAME", help="Use this profile; `sandbox` is built in.")
]
Course = Annotated[
    str | None,
    typer.Option("--course", metavar="ID", help="Ask the LTI endpoint of this course for plain ids."),
]
Output = Annotated[
    Format | None,
    typer.Option("--output", "-o", help="Default: table on a terminal, else plain.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Short for `--output json`.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell of each HTTP exchange, on standard error.")]
ColorWhen = Annotated[Color | None, typer.Option("--color", help="When to use colour.", show_default="auto")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def common(context: typer.Context, profile: str | None, verbose: bool, color: Color | None) -> Common:
    """Join the options given after the command with those given before it; the later ones win."""
    before = context.obj if isinstance(context.obj, Common) else Common()
    return Common(profile or before.profile, verbose or before.verbose, color or before.color)
