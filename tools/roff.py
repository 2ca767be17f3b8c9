"""The little of roff that a man page takes: escaped text, and the bold and slanted words in it."""

from __future__ import annotations

import re
from typing import Final

_ESCAPES: Final = str.maketrans({
    "\\": r"\e",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "~": r"\(ti",
    "^": r"\(ha",
})  # fmt: skip
_MARKED: Final = re.compile(r"`([^`]+)`|\[([^\]]+)\]\([^)\s]+\)")  # Markdown's code, and its links
_OPTION: Final = re.compile(r"--?[a-z][a-z-]*")


def text(plain: str) -> str:
    """Return text that shows as it is, wherever it stands in a page."""
    escaped = "".join(c if c.isascii() else rf"\[u{ord(c):04X}]" for c in plain.translate(_ESCAPES))
    return re.sub(r"^(?=\.)", r"\\&", escaped, flags=re.MULTILINE)


def bold(plain: str) -> str:
    """Return what is to be typed as it stands."""
    return rf"\fB{text(plain)}\fR"


def slanted(plain: str) -> str:
    """Return what stands for something else."""
    return rf"\fI{text(plain)}\fR"


def prose(marked: str) -> str:
    """Return a paragraph of Markdown with its code in bold, and its links as plain words."""
    line, parts, end = marked.replace("\\|", "|"), [], 0
    for match in _MARKED.finditer(line):
        parts += [text(line[end : match.start()]), bold(match[1]) if match[1] else prose(match[2])]
        end = match.end()
    return "".join((*parts, text(line[end:])))


def usage(words: str) -> str:
    """Return the options of a command in bold, and in slant what stands for their values."""
    parts = re.split(r"([ ,/]+)", words)
    return "".join(bold(part) if _OPTION.fullmatch(part) else _other(part) for part in parts)


def _other(part: str) -> str:
    return slanted(part) if re.search(r"\w", part) else text(part)


def item(term: str, description: str) -> list[str]:
    """Return a term, and what it means indented below; both are roff already."""
    return [".TP", term, description]


def verbatim(plain: str) -> list[str]:
    """Return lines that stay lines."""
    return [".RS 4", ".nf", text(plain), ".fi", ".RE"]
