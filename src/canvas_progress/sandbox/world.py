"""The simulated Canvas itself: it takes what arrives and what time it is, and answers.

It does no I/O and reads no clock, so that a test of an hour takes no time. The lock among threads is the server's.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import (
    blueprint_syncs,
    content_migrations,
    fault_responses,
    lti,
    oauth,
    outcome_imports,
    progress,
    replies,
    reports,
    sis_imports,
)
from canvas_progress.sandbox.access import identify, lti_token_for, rest_refusal
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.headers import canvas_headers, with_headers
from canvas_progress.sandbox.ids import global_id, read_id
from canvas_progress.sandbox.messages import Delivery, Json, Request, Response
from canvas_progress.sandbox.quota import Quota, read_buckets
from canvas_progress.sandbox.replies import Reply
from canvas_progress.sandbox.routes import Api, Exchange, Identity, Route
from canvas_progress.sandbox.scripts import CALLER
from canvas_progress.sandbox.state import State, read_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.sandbox.installation import Scenario

_LOG_LENGTH: Final = 100_000
_SNAPSHOT_VERSION: Final = 1
_LOGIN_PAGES: Final = frozenset({"/", "/login", "/login/canvas"})
_ROUTES: Final = (
    *progress.ROUTES,
    *lti.ROUTES,
    *oauth.ROUTES,
    *sis_imports.ROUTES,
    *reports.ROUTES,
    *outcome_imports.ROUTES,
    *blueprint_syncs.ROUTES,
    *content_migrations.ROUTES,
)


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that was answered; `status` is what Canvas meant to answer, 0 if it never looked."""

    time: float
    method: str
    path: str
    status: int


class World:
    """One simulated Canvas from its first request on."""

    def __init__(self, scenario: Scenario, *, token: str) -> None:
        self.scenario: Final = scenario
        self.token: Final = token
        self.lti_token: Final = lti_token_for(token)
        self._scripts = {job.id: job for job in scenario.jobs}
        self._state = State()
        self._quota = Quota(scenario.installation.throttle)
        self._log: deque[Logged] = deque(maxlen=_LOG_LENGTH)
        self._arrived = 0

    @property
    def log(self) -> tuple[Logged, ...]:
        """Return the requests answered so far, the latest hundred thousand of them."""
        return tuple(self._log)

    @property
    def most_in_flight(self) -> int:
        """Return how many requests were in flight at once, at most."""
        return self._quota.most_in_flight

    @property
    def lowest_remaining(self) -> float:
        """Return the lowest quota that any credential was left with while a request was in flight."""
        return self._quota.lowest_remaining

    @property
    def throttled(self) -> int:
        """Return how many requests the bucket has refused; a fault that pretends to is not counted."""
        return self._quota.throttled

    @property
    def changes(self) -> int:
        """Return how often something has happened that is worth keeping for the next process."""
        return self._state.changes

    def handle(self, request: Request, now: float) -> Response:
        """Answer a request in the instant it arrives; `now` is in epoch seconds of the server's clock."""
        arrived = self.arrive(request, now)
        return arrived if isinstance(arrived, Response) else self.finish(arrived, now)

    def arrive(self, request: Request, now: float) -> Exchange | Response:
        """Take a request in, or refuse it at the door."""
        self._arrived += 1
        route, parameters = _find_route(request)
        job = read_id(parameters["id"]) if "id" in parameters else None
        self._see(job, now)
        exchange = Exchange(
            request=request,
            route=route,
            parameters=parameters,
            job=job,
            script=None if job is None else self._scripts.get(job),
            scenario=self.scenario,
            state=self._state,
            identity=Identity.ANONYMOUS if route.api is Api.OAUTH else identify(request, self.token),
            token=self.token,
            number=self._arrived,
            fault=self._strike(request.method, job, now),
            now=now,
        )
        refusal = self._refusal(exchange)
        return exchange if refusal is None else self._respond(exchange, refusal)

    def finish(self, exchange: Exchange, now: float) -> Response:
        """Settle what a request has cost and answer it."""
        exchange = replace(exchange, now=now)
        self._see(exchange.job, now)  # again, since all may have been forgotten meanwhile
        reply = _reply(exchange)
        cost = 0.02 + exchange.number * 7 % 31 / 1000 + reply.extra_cost  # a GET of one row costs 0.02 to 0.05
        self._state.changes += reply.extra_cost > 0  # the next process finds the bucket as full as this one leaves it
        self._quota.settle(exchange.identity.name, cost=cost, now=now)
        pretends = exchange.fault is not None and exchange.fault.kind is FaultKind.THROTTLED
        return self._respond(exchange, reply, cost=None if pretends else cost)

    def snapshot(self) -> str:
        """Return all that has happened as JSON text; requests in flight count as answered."""
        document: dict[str, Json] = {"version": _SNAPSHOT_VERSION, "scenario": self.scenario.name}
        return json.dumps({**document, **self._state.to_json(), "buckets": self._quota.to_json()}, indent=1)

    def restore(self, snapshot: str) -> None:
        """Merge in a snapshot of the same scenario; ValueError if it is not one."""
        document = json.loads(snapshot)
        if not isinstance(document, dict) or document.get("version") != _SNAPSHOT_VERSION:
            raise ValueError("not a snapshot of this version")
        if document.get("scenario") != self.scenario.name:
            raise ValueError("a snapshot of another scenario")
        state, buckets = read_state(document), read_buckets(document)
        self._state.merge(state)
        self._quota.merge(buckets)

    def forget(self) -> None:
        """Let every job and every fault start anew."""
        self._state.forget()

    def _see(self, job: int | None, now: float) -> None:
        if job in self._scripts:
            self._state.see(job, now)

    def _strike(self, method: str, job: int | None, now: float) -> Fault | None:
        """Count the request for every fault that selects it, and return the first that strikes."""
        struck = None
        for place, fault in enumerate(self.scenario.faults):
            if fault.selects(method, job):
                record = self._state.select(place, now)
                if struck is None and fault.strikes(record.requests, now - record.first):
                    struck = fault
        return struck

    def _refusal(self, exchange: Exchange) -> Reply | None:
        if exchange.fault is not None and exchange.fault.kind is FaultKind.RESET:
            return Reply(status=0, body=b"", from_edge=True, delivery=Delivery.RESET)
        if not exchange.request.header("user-agent"):
            return replies.no_user_agent()
        if self._quota.admit(exchange.identity.name, exchange.now):
            return None
        throttle = self._quota.throttle
        return replies.throttled(throttle.status, throttle.retry_after)

    def _respond(self, exchange: Exchange, reply: Reply, *, cost: float | None = None) -> Response:
        request, now = exchange.request, exchange.now
        self._log.append(Logged(now, request.method, request.path, reply.status))
        headers = canvas_headers(
            reply,
            f"{self.scenario.name}/{exchange.number}/{now}",
            remaining=self._quota.remaining(exchange.identity.name, now),
            cost=cost,
            user=None if cost is None else _signed_in(exchange, reply),
        )
        return with_headers(reply, request.method, canvas=headers, now=now)


def _find_route(request: Request) -> tuple[Route, Mapping[str, str]]:
    for route in _ROUTES:
        if (parameters := route.match(request)) is not None:
            return route, parameters
    return _ELSEWHERE, {}


def _elsewhere(exchange: Exchange) -> Reply:
    path = exchange.request.path
    if path.startswith("/api/"):
        return replies.generic_error(404)
    return replies.page(200, "Log in to Canvas") if path in _LOGIN_PAGES else replies.page(404, "Page Not Found")


_ELSEWHERE: Final = Route("GET", "/", _elsewhere, Api.WEB)  # for all requests that take none of the routes


def _reply(exchange: Exchange) -> Reply:
    """Answer as Canvas does, or as a fault has it."""
    fault = exchange.fault
    if fault is not None and not fault.kind.lets_canvas_act:
        return fault_responses.instead(fault, exchange)
    reply = rest_refusal(exchange) or exchange.route.answer(exchange)
    return reply if fault is None else fault_responses.afterwards(fault, reply)


def _signed_in(exchange: Exchange, reply: Reply) -> int | None:
    """Return the global id of the acting user, if the request got as far as having one."""
    challenged = any(name == "www-authenticate" for name, _ in reply.headers)
    if challenged or exchange.route.api is not Api.REST or exchange.identity is not Identity.CALLER:
        return None
    return global_id(CALLER)
