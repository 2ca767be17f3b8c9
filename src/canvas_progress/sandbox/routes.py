"""What a route of Canvas is, and what the answer to a request depends on: all that those who answer requests need."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.scripts import Cancel, row_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from canvas_progress.sandbox.faults import Fault
    from canvas_progress.sandbox.installation import Scenario
    from canvas_progress.sandbox.messages import Request
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.scripts import Script
    from canvas_progress.sandbox.state import State
    from canvas_progress.sandbox.writes import Row

_READS: Final = frozenset({"GET", "HEAD"})


class Api(Enum):
    """Whose rules a route follows: which tokens are good, and what an error looks like."""

    REST = auto()
    LTI = auto()
    OAUTH = auto()
    WEB = auto()


class Identity(Enum):
    """Whose request it is."""

    ANONYMOUS = auto()
    CALLER = auto()
    LTI_TOOL = auto()
    UNKNOWN = auto()  # there is a token, but not one of ours


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, written as in Canvas's documentation, with who answers; `:id` is the id of a job."""

    method: str
    path: str
    answer: Callable[[Exchange], Reply]
    api: Api = Api.REST
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        suffix = r"(?:\.json)?" if self.path.startswith("/api/") else ""
        pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+?)", self.path)
        object.__setattr__(self, "_pattern", re.compile(pattern + suffix))

    def match(self, request: Request) -> Mapping[str, str] | None:
        """Return the parameters in the path of a request, or None if it takes another route."""
        methods = _READS if self.method == "GET" else {self.method}
        found = self._pattern.fullmatch(request.path) if request.method in methods else None
        return None if found is None else found.groupdict()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request in flight, with all that its answer depends on."""

    request: Request
    route: Route
    parameters: Mapping[str, str]  # of the path, as they were sent
    job: int | None  # the parameter `:id`; None where the path holds none that Canvas could look up
    script: Script | None
    scenario: Scenario
    state: State
    identity: Identity
    token: str  # the API token of this sandbox, from which its other secrets are derived
    number: int
    fault: Fault | None
    now: float

    @property
    def host(self) -> str:
        """Return the host that the request was sent to."""
        return self.request.header("host") or "canvas.example.edu"

    @property
    def row(self) -> Row | None:
        """Return the requested row as it is now, or None where there is none."""
        if self.script is None:
            return None
        record = self.state.jobs[self.script.id]
        cancels = tuple(Cancel(one.at - record.first_seen, one.message) for one in record.cancels)
        return row_at(self.script, max(0.0, self.now - record.first_seen), cancels=cancels)
