"""Reads our Markdown: its fenced blocks, its tables, its links and the anchors of its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FOR_USERS: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
DEVELOPING: Final = ROOT / "docs" / "developing"
DOCUMENTS: Final = (*FOR_USERS, *sorted(DEVELOPING.glob("*.md")))
EVERYTHING: Final = (*DOCUMENTS, *sorted(ROOT.glob("[CS]*.md")), *sorted(DEVELOPING.glob("*/*.md")))

_FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, and the number of its first line in the document."""

    language: str
    text: str
    line: int


def named(path: Path) -> str:
    """Return the name of a document, for test ids and messages."""
    return str(path.relative_to(ROOT))


def blocks(path: Path, *languages: str) -> tuple[Block, ...]:
    """Return the fenced blocks of a document, those in the given languages only."""
    text = path.read_text("utf-8")
    found = (Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in _FENCE.finditer(text))
    return tuple(block for block in found if not languages or block.language in languages)


def prose(path: Path) -> str:
    """Return a document without its fenced blocks."""
    return _FENCE.sub("", path.read_text("utf-8"))


def links(path: Path) -> tuple[str, ...]:
    """Return where the links of a document lead to."""
    return tuple(_LINK.findall(prose(path)))


def anchors(path: Path) -> frozenset[str]:
    """Return the anchors that the headings of a document make."""
    titles = (match[2].lower() for match in _HEADING.finditer(prose(path)))
    return frozenset(re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles)


def section(path: Path, title: str) -> str:
    """Return the text under a heading, up to the next one of its level or above."""
    text = path.read_text("utf-8")
    for match in _HEADING.finditer(text):
        if match[2] == title:
            rest = text[match.end() :]
            end = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
            return rest[: end.start()] if end else rest
    raise AssertionError(f"{named(path)} has no heading `{title}`")


def rows(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of the tables in a text, without their heads."""
    table = re.findall(r"^\|(.+)\|$", text, re.MULTILINE)
    cells = [tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", row)) for row in table]
    rules = {place for place, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
    return tuple(row for place, row in enumerate(cells) if place not in rules and place + 1 not in rules)
