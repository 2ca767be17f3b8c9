"""What can go wrong between a client and Canvas, as data: which requests are struck, when, and by what."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import Enum, auto


class FaultKind(Enum):
    """What a struck request meets."""

    SERVER_ERROR = auto()  # 500 in JSON, with an error_report_id
    BAD_GATEWAY = auto()  # 502 in HTML, from the load balancer
    UNAVAILABLE = auto()  # 503 in HTML
    GATEWAY_TIMEOUT = auto()  # 504 in HTML, although Canvas has handled the request
    EMPTY = auto()  # 500 (or `status`) with no body
    THROTTLED = auto()  # refused as by the bucket; `status` and `retry_after` overrule the scenario
    MALFORMED = auto()  # 200 that claims to be JSON
    CUT_SHORT = auto()  # 200 with the first half of the JSON, and a Content-Length that agrees
    HTML_PAGE = auto()  # 200 with a maintenance page
    LOGIN_REDIRECT = auto()  # 302 to the login page of another host
    HTTPS_REDIRECT = auto()  # 301 to the same address with https
    TOKEN_EXPIRED = auto()
    TOKEN_REVOKED = auto()
    TOKEN_INVALID = auto()
    DROPPED = auto()  # this one and the following are kinds of Delivery too
    RESET = auto()
    TRUNCATED = auto()
    STALLED = auto()

    @property
    def lets_canvas_act(self) -> bool:
        """Return whether Canvas handles the request although the client gets no good answer."""
        return self in _AFTER_CANVAS


_AFTER_CANVAS = frozenset(
    FaultKind[name] for name in ("GATEWAY_TIMEOUT", "CUT_SHORT", "MALFORMED", "DROPPED", "TRUNCATED", "STALLED")
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Strikes the requests of one job and method, or of all, by their number or within a time window.

    `first` and `count` number the requests that job and method select, from 1; a `count` of None goes on for ever.
    `since` and `until` are seconds since the first of those requests.
    """

    kind: FaultKind
    job: int | None = None
    _: KW_ONLY
    method: str | None = None
    first: int = 1
    count: int | None = 1
    since: float = 0.0
    until: float | None = None
    status: int | None = None
    retry_after: str | None = None

    def selects(self, method: str, job: int | None) -> bool:
        """Return whether a request is one of those that the fault counts."""
        return self.job in {None, job} and self.method in {None, method}

    def strikes(self, number: int, seconds: float) -> bool:
        """Return whether it strikes the n-th request it selects, so many seconds after the first."""
        counted = number >= self.first and (self.count is None or number < self.first + self.count)
        return counted and seconds >= self.since and (self.until is None or seconds < self.until)
