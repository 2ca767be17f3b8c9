"""Whether a tag may be published: `make release-check TAG=v1.2.3`. Needs no environment.

The tag, the version in the package and the newest entry of the changelog have to be the same, and that entry has a day.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


def problems(tag: str, root: Path = ROOT) -> list[str]:
    """Return what keeps a tag from being published."""
    found = re.search(r'^__version__ = "(.+)"$', _text(root / "src" / "canvas_progress" / "__init__.py"), re.MULTILINE)
    version = found[1] if found else ""
    wrong = []
    if tag != f"v{version}":
        wrong.append(f"the tag is `{tag}`, and the version in `__init__.py` is {version or 'missing'}")
    entries = re.findall(r"^## \[(.+?)\](.*)$", _text(root / "CHANGELOG.md"), re.MULTILINE)
    named, day = next(((name, rest) for name, rest in entries if name != "Unreleased"), ("", ""))
    if named != version:
        wrong.append(f"the newest version in CHANGELOG.md is {named or 'missing'}, and that of the package {version}")
    elif not re.fullmatch(r" - \d{4}-\d\d-\d\d", day):
        wrong.append(f"the entry {named} in CHANGELOG.md has no day: `## [{named}] - 2026-01-31`")
    return wrong


def _text(path: Path) -> str:
    return path.read_text("utf-8")


if __name__ == "__main__":
    reasons = problems(sys.argv[1] if len(sys.argv) > 1 else "")
    sys.exit("\n".join(f"error: {reason}" for reason in reasons) or None)
