"""Where the file is that a job has made, and what of its address is shown.

Canvas signs the addresses of files: whoever has `verifier` or `sf_verifier` gets the file, without a token. So they are
no more shown than a token is. What is left of an address opens in a browser that is signed in to Canvas, and the
signed one is in the JSON, which is what Canvas sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.json_values import mapping, string
from canvas_progress.core.wording import MASK, without_signatures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.base_url import BaseUrl

_BELOW: Final = ("attachment", "file")
_KEYS: Final = ("download_url", "file_url", "url")
# Without a user name in it, and without anything that a terminal could obey.
_ADDRESS: Final = r"(?is)(https?://(?![^/?#]*@)[!-~]+?)(?:[?#].*)?"


def file_in(values: Mapping[str, Any]) -> str | None:
    """Return the address of the file that an answer names, if any."""
    below = [string(mapping(values, key).get("url")) for key in _BELOW]
    beside = [url for key in _KEYS if (url := string(values.get(key))) and re.fullmatch(_ADDRESS, url)]
    return next((url for url in (*below, *beside) if url), None)


def address_of(link: str | None, base: BaseUrl) -> str | None:
    """Return what is shown of a file's address: nothing that is signed. A path is one of this Canvas."""
    if link is None:
        return None
    match = re.fullmatch(_ADDRESS, f"{base}{link}" if link.startswith("/") else link)
    return without_signatures(match[1]) if match else None


def is_signed(link: str | None) -> bool:
    """Whether an address has more to it than is shown, without which a program gets no file."""
    return link is not None and without_signatures(link) != link


def masked_link(link: str) -> str:
    """Return a file's address with all of its query masked: stores other than Canvas have signatures of any name."""
    head = re.split("[?#]", link)[0]
    query = f"?{MASK}" if len(head) < len(link) else ""
    is_plain = head.startswith("/") or re.fullmatch(_ADDRESS, head)
    return without_signatures(f"{head}{query}") if is_plain else MASK
