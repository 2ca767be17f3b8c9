"""Draws `docs/watch.svg`, the picture in the README, from the live view itself: `make picture`."""

from __future__ import annotations

import io
import re
from typing import Final

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from canvas_progress.sandbox.scenarios import demo
from canvas_progress.terminal.frame import Screen, frame
from frames import watched_until
from markdown import ROOT

PICTURE: Final = ROOT / "docs" / "watch.svg"
_COLUMNS: Final = 124
_MOMENT: Final = 9.0  # seconds into the demo: something of everything


def draw() -> str:
    """Return the live view of the demo as SVG, with no font or address of somebody else's in it."""
    console = Console(
        record=True, width=_COLUMNS, file=io.StringIO(), color_system="standard", force_terminal=True, highlight=False
    )
    watch, now = watched_until(_MOMENT, demo())
    for line in frame(watch, now, Screen(_COLUMNS, 24)):
        console.print(line, end="\n", no_wrap=True)
    svg = console.export_svg(title="canvas-progress watch", theme=DIMMED_MONOKAI, unique_id="watch")
    without_fonts = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in without_fonts.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
