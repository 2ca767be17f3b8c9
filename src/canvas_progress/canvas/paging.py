"""Lists of Canvas, page by page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from canvas_progress.core.base_url import base_in, split_url
from canvas_progress.core.errors import CanvasProgressError

if TYPE_CHECKING:
    from canvas_progress.canvas.response import Response
    from canvas_progress.core.base_url import BaseUrl

MOST_ON_A_PAGE: Final = 100  # more are not sent
_NEXT: Final = re.compile(r'<([^<>]{1,4000})>\s*;\s*rel="?next"?')


def next_page(response: Response, base: BaseUrl) -> str | None:
    """Return path and query of the next page; None at the end, or where it would be another server's.

    Behind a proxy Canvas may write another scheme into its links than the one that it is reached by: only host and
    prefix are compared, and the request goes to `base` whatever the link says.
    """
    match = _NEXT.search(response.headers.get("link", ""))
    if match is None:
        return None
    try:
        parts = split_url(match[1])
        path = urlsplit(match[1])
        here = base_in(parts, base.prefix)
    except (CanvasProgressError, ValueError):
        return None
    if here.netloc != base.netloc or not path.path.startswith(f"{base.prefix}/api/v1/"):
        return None
    return f"{path.path.removeprefix(base.prefix)}?{path.query}"
