"""The simulated Canvas itself: it is told what arrives and what time it is, and answers.

It does no I/O and reads no clock, so that a test of an hour takes no time. The lock among threads is the server's.
"""

from __future__ import annotations

import json
import uuid
from collections import deque
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import controller, lti, mishaps, replies
from canvas_progress.sandbox.access import Identity, identify, lti_token_for
from canvas_progress.sandbox.bucket import Bucket, at_rest, reserve, settle
from canvas_progress.sandbox.controller import Visit
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.ledger import Ledger, items, number, read_ledger
from canvas_progress.sandbox.messages import Delivery, Headers, Json, Request, Response
from canvas_progress.sandbox.replies import Reply
from canvas_progress.sandbox.routes import SHARD_SIZE, Place, Route, localised, route

if TYPE_CHECKING:
    from canvas_progress.sandbox.scenarios import Scenario

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
    """One simulated Canvas, from its first request on.

    `most_in_flight`, `lowest_remaining` and `throttled` tell how its throttle was treated; `changes` counts what is
    worth keeping for the next invocation.
    """

    def __init__(self, scenario: Scenario, *, token: str) -> None:
        self.scenario: Final = scenario
        self.token: Final = token
        self.lti_token: Final = lti_token_for(token)
        self.most_in_flight = 0
        self.lowest_remaining = scenario.installation.throttle.high_water
        self.throttled = 0
        self.changes = 0
        shard = scenario.installation.shard
        self._scripts = {localised(job.id, shard=shard): job for job in scenario.jobs}
        self._ledger = Ledger()
        self._buckets: dict[str, Bucket] = {}
        self._log: deque[Logged] = deque(maxlen=_LOG_LENGTH)
        self._arrived = 0
        self._in_flight = 0

    @property
    def log(self) -> tuple[Logged, ...]:
        """Return the requests answered so far, the latest hundred thousand of them."""
        return tuple(self._log)

    def handle(self, request: Request, now: float) -> Response:
        """Answer a request in the instant it arrives; `now` is in epoch seconds of the server's clock."""
        arrived = self.arrive(request, now)
        return arrived if isinstance(arrived, Response) else self.finish(arrived, now)

    def arrive(self, request: Request, now: float) -> Ticket | Response:
        """Take a request in, or refuse it at the door."""
        self._arrived += 1
        shard = self.scenario.installation.shard
        ticket = Ticket(
            request,
            route(request, shard=shard),
            identify(request, self.token),
            self._arrived,
            self._struck(request, now),
        )
        job = ticket.route.job
        if job in self._scripts and self._ledger.see(job, now):
            self.changes += 1
        refusal = self._refused(ticket, now)
        if refusal is not None:
            return self._answer(ticket, refusal, now=now)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        return ticket

    def finish(self, ticket: Ticket, now: float) -> Response:
        """Settle what a request has cost and answer it."""
        self._in_flight -= 1
        cost = 0.02 + ticket.number * 7 % 31 / 1000  # between 0.02 and 0.05, as a GET of one row costs
        throttle = self.scenario.installation.throttle
        settled = settle(self._bucket(ticket.identity, now), throttle, cost=cost, now=now)
        self._buckets[ticket.identity.name] = settled
        reply = self._replied(ticket, now)
        is_throttled = b"Rate Limit Exceeded" in reply.body
        extra = () if is_throttled or reply.from_edge else (("x-request-cost", f"{cost:.4f}"),)
        return self._answer(ticket, replace(reply, headers=(*reply.headers, *extra)), now=now)

    def snapshot(self) -> str:
        """Return all that has happened as JSON text; requests in flight count as finished."""
        document: dict[str, Json] = {"version": _SNAPSHOT_VERSION, "scenario": self.scenario.name}
        throttle = self.scenario.installation.throttle
        resting = {of: at_rest(bucket, throttle) for of, bucket in self._buckets.items()}
        buckets: list[Json] = [
            {"of": of, "count": bucket.count, "touched": bucket.touched} for of, bucket in resting.items()
        ]
        return json.dumps({**document, **self._ledger.to_json(), "buckets": buckets}, indent=1)

    def restore(self, snapshot: str) -> None:
        """Merge in what a snapshot of the same scenario tells; ValueError if it is not one."""
        document = json.loads(snapshot)
        if not isinstance(document, dict) or document.get("version") != _SNAPSHOT_VERSION:
            raise ValueError("not a snapshot of this version")
        if document.get("scenario") != self.scenario.name:
            raise ValueError("a snapshot of another scenario")
        ledger = read_ledger(document)
        buckets = [
            (item.get("of"), Bucket(number(item.get("count")), number(item.get("touched"))))
            for item in items(document, "buckets")
        ]
        self._ledger.merge(ledger)
        for of, bucket in buckets:
            known = self._buckets.get(str(of))
            if known is None or (known.touched < bucket.touched and not known.in_flight):
                self._buckets[str(of)] = bucket

    def _struck(self, request: Request, now: float) -> Fault | None:
        job = route(request, shard=self.scenario.installation.shard).job
        struck = None
        for place, fault in enumerate(self.scenario.faults):
            if fault.selects(request.method, job):
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
        throttle = self.scenario.installation.throttle
        bucket, admitted = reserve(self._bucket(ticket.identity, now), throttle, now=now)
        self._buckets[ticket.identity.name] = bucket
        self.lowest_remaining = min(self.lowest_remaining, bucket.remaining(throttle))
        if admitted:
            return None
        self.throttled += 1
        return replies.throttled(throttle.status, retry_after=throttle.retry_after)

    def _bucket(self, identity: Identity, now: float) -> Bucket:
        return self._buckets.get(identity.name) or Bucket(self.scenario.installation.throttle.filled, now)

    def _replied(self, ticket: Ticket, now: float) -> Reply:
        visit = Visit(
            request=ticket.request,
            route=ticket.route,
            identity=ticket.identity,
            script=None if ticket.route.job is None else self._scripts.get(ticket.route.job),
            installation=self.scenario.installation,
            ledger=self._ledger,
            now=now,
        )
        fault = ticket.fault
        if fault is not None and not fault.kind.lets_canvas_act:
            return mishaps.instead(fault, visit)
        reply = _canvas(visit)
        if ticket.route.place is Place.CANCEL and reply.status == HTTPStatus.OK:
            self.changes += 1
        return reply if fault is None else mishaps.afterwards(fault, reply)

    def _answer(self, ticket: Ticket, reply: Reply, *, now: float) -> Response:
        """Log an answer and dress it with the headers of whoever gives it."""
        request = ticket.request
        self._log.append(Logged(now, request.method, request.path, reply.status))
        headers: Headers = (("date", formatdate(now, usegmt=True)), *reply.headers)
        headers = (*headers, *(_edge_headers() if reply.from_edge else self._canvas_headers(ticket, reply, now=now)))
        headers = (*headers, ("content-type", reply.content_type), ("content-length", str(len(reply.body))))
        body = b"" if request.method == "HEAD" else reply.body
        if reply.delivery is Delivery.TRUNCATED:
            body = body[: len(body) // 2]
        return Response(reply.status, headers, body, reply.delivery)

    def _canvas_headers(self, ticket: Ticket, reply: Reply, *, now: float) -> Headers:
        installation = self.scenario.installation
        remaining = self._bucket(ticket.identity, now).remaining(installation.throttle)
        context = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.scenario.name}/{ticket.number}")
        headers = (
            ("status", f"{reply.status} {HTTPStatus(reply.status).phrase}"),
            ("x-request-context-id", str(context)),
            ("x-rate-limit-remaining", f"{remaining:.4f}"),
        )
        signed_in = ticket.identity is Identity.CALLER and ticket.route.place in {Place.SHOW, Place.CANCEL}
        if not signed_in or any(name == "www-authenticate" for name, _ in reply.headers):
            return headers
        user = installation.shard * SHARD_SIZE + installation.caller
        return (*headers, ("x-canvas-user-id", str(user)))


def _canvas(visit: Visit) -> Reply:
    """Answer as an undisturbed Canvas."""
    match visit.route.place:
        case Place.SHOW | Place.CANCEL:
            return controller.rest(visit)
        case Place.LTI_SHOW:
            return lti.service(visit)
        case Place.NOWHERE:
            return replies.generic_error(404)
        case Place.PAGE if visit.request.path in {"/", "/login", "/login/canvas"}:
            return replies.page(200, "Log in to Canvas")
        case _:
            return replies.page(404, "Page Not Found")


def _edge_headers() -> Headers:
    return (("server", "awselb/2.0"),)
