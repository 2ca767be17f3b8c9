"""The simulated Canvas itself: it is told what arrives and what time it is, and answers.

It does no I/O and reads no clock, so that a test of an hour takes no time. The lock among threads is the server's.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import controller, lti, mishaps, oauth, replies
from canvas_progress.sandbox.access import Identity, identify, lti_token_for
from canvas_progress.sandbox.controller import Visit
from canvas_progress.sandbox.dressing import dress, of_canvas
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.ledger import Ledger, read_ledger
from canvas_progress.sandbox.messages import Delivery, Json, Request, Response
from canvas_progress.sandbox.quota import Quota, read_buckets
from canvas_progress.sandbox.replies import Reply
from canvas_progress.sandbox.routes import SHARD_SIZE, Place, Route, localised, route

if TYPE_CHECKING:
    from canvas_progress.sandbox.installation import Scenario

_LOG_LENGTH: Final = 100_000
_SNAPSHOT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that was answered; `status` is what Canvas meant to answer, 0 if it never looked."""

    time: float
    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request in flight, between its reservation and its answer."""

    request: Request
    route: Route
    identity: Identity
    number: int
    fault: Fault | None


class World:
    """One simulated Canvas from its first request on; `changes` counts what is worth keeping for the next process."""

    def __init__(self, scenario: Scenario, *, token: str) -> None:
        self.scenario: Final = scenario
        self.token: Final = token
        self.lti_token: Final = lti_token_for(token)
        self.changes = 0
        self._installation = scenario.installation
        self._scripts = {localised(job.id, shard=self._installation.shard): job for job in scenario.jobs}
        self._ledger = Ledger()
        self._quota = Quota(self._installation.throttle)
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

    def handle(self, request: Request, now: float) -> Response:
        """Answer a request in the instant it arrives; `now` is in epoch seconds of the server's clock."""
        arrived = self.arrive(request, now)
        return arrived if isinstance(arrived, Response) else self.finish(arrived, now)

    def arrive(self, request: Request, now: float) -> Ticket | Response:
        """Take a request in, or refuse it at the door."""
        self._arrived += 1
        found = route(request, shard=self._installation.shard)
        self._see(found.job, now)
        fault = self._struck(request.method, found.job, now=now)
        identity = Identity.ANONYMOUS if found.place is Place.TOKEN else identify(request, self.token)
        ticket = Ticket(request, found, identity, self._arrived, fault)
        refusal = self._refused(ticket, now)
        return ticket if refusal is None else self._answer(ticket, refusal, now=now)

    def finish(self, ticket: Ticket, now: float) -> Response:
        """Settle what a request has cost and answer it."""
        cost = 0.02 + ticket.number * 7 % 31 / 1000  # between 0.02 and 0.05, as a GET of one row costs
        self._see(ticket.route.job, now)  # again, since all may have been forgotten meanwhile
        reply = self._replied(ticket, now)
        if ticket.route.place is Place.TOKEN and reply.status == HTTPStatus.OK:
            cost += oauth.EXTRA_COST
            self.changes += 1  # the next process finds the bucket as full as this one leaves it
        self._quota.settle(ticket.identity.name, cost=cost, now=now)
        pretends = ticket.fault is not None and ticket.fault.kind is FaultKind.THROTTLED
        return self._answer(ticket, reply, cost=None if pretends else cost, now=now)

    def snapshot(self) -> str:
        """Return all that has happened as JSON text; requests in flight count as answered."""
        document: dict[str, Json] = {"version": _SNAPSHOT_VERSION, "scenario": self.scenario.name}
        return json.dumps({**document, **self._ledger.to_json(), "buckets": self._quota.to_json()}, indent=1)

    def restore(self, snapshot: str) -> None:
        """Merge in what a snapshot of the same scenario tells; ValueError if it is not one."""
        document = json.loads(snapshot)
        if not isinstance(document, dict) or document.get("version") != _SNAPSHOT_VERSION:
            raise ValueError("not a snapshot of this version")
        if document.get("scenario") != self.scenario.name:
            raise ValueError("a snapshot of another scenario")
        ledger, buckets = read_ledger(document), read_buckets(document)
        self._ledger.merge(ledger)
        self._quota.merge(buckets)

    def forget(self) -> None:
        """Let every job and every fault start anew."""
        self._ledger = Ledger()

    def _see(self, job: int | None, now: float) -> None:
        if job in self._scripts and self._ledger.see(job, now):
            self.changes += 1

    def _struck(self, method: str, job: int | None, *, now: float) -> Fault | None:
        """Count the request for every fault that selects it, and return the first that strikes."""
        struck = None
        for place, fault in enumerate(self.scenario.faults):
            if fault.selects(method, job):
                self.changes += 1
                record = self._ledger.select(place, now)
                if struck is None and fault.strikes(record.requests, now - record.first):
                    struck = fault
        return struck

    def _refused(self, ticket: Ticket, now: float) -> Reply | None:
        if ticket.fault is not None and ticket.fault.kind is FaultKind.RESET:
            return Reply(status=0, body=b"", from_edge=True, delivery=Delivery.RESET)
        if not ticket.request.header("user-agent"):
            return replies.no_user_agent()
        if self._quota.admit(ticket.identity.name, now):
            return None
        throttle = self._installation.throttle
        return replies.throttled(throttle.status, retry_after=throttle.retry_after)

    def _replied(self, ticket: Ticket, now: float) -> Reply:
        visit = Visit(
            request=ticket.request,
            route=ticket.route,
            identity=ticket.identity,
            script=None if ticket.route.job is None else self._scripts.get(ticket.route.job),
            installation=self._installation,
            ledger=self._ledger,
            now=now,
            token=self.token,
        )
        fault = ticket.fault
        if fault is not None and not fault.kind.lets_canvas_act:
            return mishaps.instead(fault, visit)
        reply = _canvas(visit)
        if ticket.route.place is Place.CANCEL and reply.status == HTTPStatus.OK:
            self.changes += 1
        return reply if fault is None else mishaps.afterwards(fault, reply)

    def _answer(self, ticket: Ticket, reply: Reply, *, now: float, cost: float | None = None) -> Response:
        self._log.append(Logged(now, ticket.request.method, ticket.request.path, reply.status))
        canvas = of_canvas(
            reply,
            f"{self.scenario.name}/{ticket.number}/{now}",
            remaining=self._quota.remaining(ticket.identity.name, now),
            cost=cost,
            user=None if cost is None else self._signed_in(ticket, reply),
        )
        return dress(reply, ticket.request.method, canvas=canvas, now=now)

    def _signed_in(self, ticket: Ticket, reply: Reply) -> int | None:
        """Return the global id of the acting user, if the request got as far as having one."""
        challenged = any(name == "www-authenticate" for name, _ in reply.headers)
        is_rest = ticket.route.place in {Place.SHOW, Place.CANCEL}
        if challenged or not is_rest or ticket.identity is not Identity.CALLER:
            return None
        return self._installation.shard * SHARD_SIZE + self._installation.caller


def _canvas(visit: Visit) -> Reply:
    """Answer as an undisturbed Canvas."""
    match visit.route.place:
        case Place.SHOW | Place.CANCEL:
            return controller.rest(visit)
        case Place.LTI_SHOW:
            return lti.service(visit)
        case Place.TOKEN:
            return oauth.token(visit)
        case Place.NOWHERE:
            return replies.generic_error(404)
        case Place.PAGE if visit.request.path in {"/", "/login", "/login/canvas"}:
            return replies.page(200, "Log in to Canvas")
        case _:
            return replies.page(404, "Page Not Found")
