"""Reads docs/Dockerfile."""

from __future__ import annotations

from typing import Final

from markdown import ROOT

DOCKERFILE: Final = ROOT / "docs" / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """Return each instruction with what follows it."""
    lines = [line for line in DOCKERFILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]
