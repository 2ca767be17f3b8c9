"""Lists of Canvas, page by page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from canvas_progress.canvas.response import Response

MOST_ON_A_PAGE: Final = 100  # more are not sent
_NEXT: Final = re.compile(r'<([^<>]{1,4000})>\s*;\s*rel="?next"?')


def next_page(response: Response, collection: str, address: re.Pattern[str]) -> str | None:
    """Return path and query of the next page of a list, None at the end. `address` is that of all such lists.

    Of the link only the query is taken. What it says before that may be wrong, where a proxy is in between, or lead
    elsewhere: to another list, or to a server that the token is not for.
    """
    match = _NEXT.search(response.headers.get("link", ""))
    try:
        link = urlsplit(match[1]) if match else None
    except ValueError:
        return None
    is_list = link is not None and re.search(f"(?:{address.pattern})$", link.path) is not None
    return f"{collection}?{link.query}" if link is not None and is_list else None
