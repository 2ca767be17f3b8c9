"""Which request goes where, and how Canvas reads the id in a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from canvas_progress.sandbox.bearer import OAUTH_PATH

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Request

SHARD_SIZE: Final = 10**13

_PROGRESS: Final = re.compile(r"/api/v1/progress/(?P<id>[^/]+?)(?:\.json)?")
_CANCEL: Final = re.compile(r"/api/v1/progress/(?P<id>[^/]+)/cancel(?:\.json)?")
_LTI: Final = re.compile(r"/api/lti/courses/(?P<course>[^/]+)/progress/(?P<id>[^/]+?)(?:\.json)?")
_ID: Final = re.compile(r"(?:([0-9]{1,6})~)?([0-9]{1,20})")


class Place(Enum):
    """Where a request leads."""

    PAGE = auto()  # not the API: Canvas's web pages
    NOWHERE = auto()  # under /api/, but no route
    SHOW = auto()
    CANCEL = auto()
    LTI_SHOW = auto()
    TOKEN = auto()  # a web page by its path, but for machines


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request leads; ids are None where the path holds none that Canvas could look up."""

    place: Place
    job: int | None = None
    course: int | None = None


def route(request: Request, *, shard: int) -> Route:
    """Find the route of a request; ids of the given shard become local ones."""
    path = request.path
    if request.method == "POST" and path == OAUTH_PATH:
        return Route(Place.TOKEN)
    if not path.startswith("/api/"):
        return Route(Place.PAGE)
    reads = request.method in {"GET", "HEAD"}
    if reads and (found := _PROGRESS.fullmatch(path)):
        return Route(Place.SHOW, read_id(found["id"], shard=shard))
    if reads and (found := _LTI.fullmatch(path)):
        return Route(Place.LTI_SHOW, read_id(found["id"], shard=shard), read_id(found["course"], shard=shard))
    if request.method == "POST" and (found := _CANCEL.fullmatch(path)):
        return Route(Place.CANCEL, read_id(found["id"], shard=shard))
    return Route(Place.NOWHERE)


def read_id(text: str, *, shard: int) -> int | None:
    """Read `23`, `1~23` or `10000000000023`; None for what no row can have."""
    found = _ID.fullmatch(unquote(text))
    if found is None:
        return None
    number = int(found[1] or 0) * SHARD_SIZE + int(found[2])
    return localised(number, shard=shard)


def localised(number: int, *, shard: int) -> int:
    """Turn a global id of the given shard into the local one."""
    return number % SHARD_SIZE if number // SHARD_SIZE == shard else number


def short_form(number: int) -> str:
    """Write an id as Canvas does in URLs: `2~23` for one of another shard."""
    shard, local = divmod(number, SHARD_SIZE)
    return f"{shard}~{local}" if shard else str(number)
