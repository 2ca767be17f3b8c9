"""An answer reduced to what matters here, so that judging it needs neither a network nor httpx."""

from __future__ import annotations

import json
import re
from dataclasses import field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import About
from canvas_progress.core.error_texts import LONGEST, sentences_in, title_in
from canvas_progress.core.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.core.credentials import Secret

_NO_JSON: Final = object()
_ERROR_MOST: Final = 64 * 2**10  # bytes


@record
class Response:
    """Status, headers by lower-case name, body, and how long it took in milliseconds.

    `hidden` is the token that was sent: nothing of it is in what this response says.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: float = 0.0
    hidden: Secret | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The body as text, whatever bytes it has."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_html(self) -> bool:
        """Whether this is a web page, by its label or by its looks."""
        return "html" in self.headers.get("content-type", "").lower() or self.body.lstrip()[:1] == b"<"

    @property
    def about(self) -> About:
        """What the headers say."""
        user_id = self.headers.get("x-canvas-user-id", "")
        return About(
            date=_http_date(self.headers.get("date")),
            user_id=int(user_id) if re.fullmatch("[0-9]{1,30}", user_id) else None,
            cost=_float(self.headers.get("x-request-cost")),
            quota=_float(self.headers.get("x-rate-limit-remaining")),
            ms=self.ms,
        )

    @property
    def retry_after(self) -> float | None:
        """The seconds of Retry-After, given as such or as a date by the server's own clock."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch("[0-9]{1,9}", value):
            return float(value)
        until, now = _http_date(value), _http_date(self.headers.get("date"))
        return max(0.0, (until - now).total_seconds()) if until and now else None

    @property
    def said(self) -> str:
        """What the body says in one line: the errors of a JSON body, the title of a page, or the text itself."""
        if self.is_html:
            title = title_in(self._start)
            return "a web page" if title is None else self._shortened(title)
        if (value := self._json()) is _NO_JSON:
            return self._shortened(self._start)
        return self._shortened("; ".join(sentences_in(value)))

    def json_object(self) -> dict[str, object]:
        """Return the body if it is a JSON object, else an empty one."""
        value = self._json()
        return value if isinstance(value, dict) else {}

    @property
    def _start(self) -> str:
        """As much of the text as an error may have; whatever follows is no message for anybody."""
        return self.body[:_ERROR_MOST].decode("utf-8", "replace")

    def _json(self) -> object:
        """Return what a short body says in JSON; `_NO_JSON` for what is none, or too long for an error."""
        try:
            return json.loads(self.text) if len(self.body) <= _ERROR_MOST else _NO_JSON
        except (ValueError, RecursionError):
            return _NO_JSON

    def _shortened(self, text: str) -> str:
        """Return prose on one line, masked before it is cut: half a token would be recognised by nobody."""
        line = " ".join(text.split())
        return shortened(line if self.hidden is None else self.hidden.masked_in(line))


def in_short(response: Response) -> str:
    """Return the status and what the body says of it, without saying the status twice."""
    said = response.said.removeprefix(str(response.status)).strip(" .")
    return f"{response.status}: {said}" if said else str(response.status)


def shortened(text: str) -> str:
    """Return as much of foreign text as one of our messages takes."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def without(response: Response, secret: Secret) -> Response:
    """Return the response without the token wherever a server may have put it, however it is spelled there."""
    headers = {name: secret.masked_in(value) for name, value in response.headers.items()}
    text = response.body.decode("utf-8", "surrogateescape")
    masked = secret.masked_in(text)
    body = response.body if masked == text else masked.encode("utf-8", "surrogateescape")
    return replace(response, headers=headers, body=body, hidden=secret)


def _float(value: str | None) -> float | None:
    return float(value) if value and re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,20})?", value) else None


def _http_date(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
