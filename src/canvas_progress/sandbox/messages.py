"""What goes in and out of the simulated Canvas, so that the world needs no socket and no HTTP library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Headers: TypeAlias = "tuple[tuple[str, str], ...]"


class Delivery(Enum):
    """How much of an answer reaches the client."""

    WHOLE = auto()
    DROPPED = auto()  # the request was handled, then the connection was closed without a byte
    RESET = auto()  # the connection was closed before the request was looked at
    TRUNCATED = auto()  # Content-Length promises more than is sent
    STALLED = auto()  # the request was handled and is never answered


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrives; `target` is the path plus the query."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def query(self, name: str) -> str | None:
        """Return the last value of a query parameter, as Rails does."""
        return _last(urlsplit(self.target).query, name)

    def parameter(self, name: str) -> str | None:
        """Return a parameter of the body or else of the query; ValueError for a JSON body that is none."""
        media_type = (self.header("content-type") or "").partition(";")[0].strip().lower()
        if media_type == "application/json" and self.body:
            document = json.loads(self.body)
            if isinstance(document, dict) and name in document:
                return _as_column(document[name])
        if media_type == "application/x-www-form-urlencoded":
            value = _last(self.body.decode("utf-8", "replace"), name)
            if value is not None:
                return value
        return self.query(name)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, and how much of it is delivered."""

    status: int
    headers: Headers
    body: bytes
    delivery: Delivery = Delivery.WHOLE

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


def _last(form: str, name: str) -> str | None:
    values = [value for key, value in parse_qsl(form, keep_blank_values=True) if key == name]
    return values[-1] if values else None


def _as_column(value: Json) -> str | None:
    """Cast a JSON value as a text column does."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
