"""What an error says for people: in Canvas's many shapes of them, or in the title of a page."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

LONGEST: Final = 200  # characters of foreign prose in one of our messages
_TITLE: Final = re.compile("<title[^>]{0,200}>", re.IGNORECASE)
_TITLE_END: Final = re.compile("</title>", re.IGNORECASE)
_OF_AN_ERROR: Final = frozenset({"errors", "error"})
_BESIDE_A_MESSAGE: Final = frozenset({"message", "status", "error_report_id"})


def error_in_answer(value: object) -> str | None:
    """Return what an answer of Canvas says if it is an error, None for anything else."""
    if not isinstance(value, dict) or not (_OF_AN_ERROR & value.keys() or value.keys() <= _BESIDE_A_MESSAGE):
        return None
    return "; ".join(sentences_in(value)) or None


def title_in(page: str) -> str | None:
    """Return the title of a page; in two steps, for a page may have any number of titles that do not end."""
    if (start := _TITLE.search(page)) is None or (end := _TITLE_END.search(page, start.end())) is None:
        return None
    from html import unescape  # its table of entities is half a megabyte

    title = page[start.end() : end.start()]
    try:
        return unescape(title)
    except ValueError:  # a character of thousands of digits
        return title


def sentences_in(value: object, depth: int = 0) -> list[str]:
    """Collect the prose in Canvas's many shapes of errors: strings, lists, objects by field, one inside the other.

    There are no more of them than one line has room for: a long key before each of many would fill the memory.
    """
    if isinstance(value, str):
        return [value] if value.strip() else []
    if depth > 4:  # noqa: PLR2004  # deeper than any shape known
        return []
    if isinstance(value, list):
        return [sentence for item in value for sentence in sentences_in(item, depth + 1)][:LONGEST]
    if not isinstance(value, dict):
        return []
    for key in ("errors", "message", "error_description", "error", "base"):
        if sentences := sentences_in(value.get(key), depth + 1):
            return sentences
    pairs = ((key, text) for key, item in value.items() if key != "status" for text in sentences_in(item, depth + 1))
    return [f"{key}: {text}" for key, text in islice(pairs, LONGEST)]
