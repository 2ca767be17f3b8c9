"""A watch of twenty jobs goes through every kind of fault, on real sockets, and tells the true outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from canvas_progress.core.answers import Exchange
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.polling_policy import Policy
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.scenarios import Scenario, many
from canvas_progress.sandbox.server import SandboxServer
from live_stage import LiveWatch, watch_live

# Requests 8 to 12 are struck: the first answers are good, so that a strange one is not taken for a wrong address.
PASSING = {
    "500": Fault(kind=FaultKind.SERVER_ERROR, first=8, count=5),
    "502": Fault(kind=FaultKind.BAD_GATEWAY, first=8, count=5),
    "503": Fault(kind=FaultKind.UNAVAILABLE, first=8, count=5),
    "504": Fault(kind=FaultKind.GATEWAY_TIMEOUT, first=8, count=5),
    "empty": Fault(kind=FaultKind.EMPTY, first=8, count=5),
    "403 throttled": Fault(kind=FaultKind.THROTTLED, first=8, count=2, status=403, retry_after="1"),
    "429 throttled": Fault(kind=FaultKind.THROTTLED, first=8, count=2, status=429, retry_after="1"),
    "429 without Retry-After": Fault(kind=FaultKind.THROTTLED, first=8, count=1, status=429),
    "malformed": Fault(kind=FaultKind.MALFORMED, first=8, count=5),
    "cut short": Fault(kind=FaultKind.CUT_SHORT, first=8, count=5),
    "web page": Fault(kind=FaultKind.HTML_PAGE, first=8, count=5),
    "redirect": Fault(kind=FaultKind.LOGIN_REDIRECT, first=8, count=5),
    "dropped": Fault(kind=FaultKind.DROPPED, first=8, count=5),
    "reset": Fault(kind=FaultKind.RESET, first=8, count=5),
    "truncated": Fault(kind=FaultKind.TRUNCATED, first=8, count=5),
    "stalled": Fault(kind=FaultKind.STALLED, first=8, count=3),
}
FINAL = {"token expires": FaultKind.TOKEN_EXPIRED, "token revoked": FaultKind.TOKEN_REVOKED}


def twenty(*faults: Fault) -> Scenario:
    return replace(many(20, median=3.0, spread=0.3), faults=faults)


@pytest.fixture(scope="module")
def watches() -> Iterator[dict[str, Future[LiveWatch]]]:
    """Run all watches at once: each has a server of its own, and mostly waits."""
    with ThreadPoolExecutor(len(PASSING)) as pool:
        yield {name: pool.submit(watch_live, twenty(fault)) for name, fault in PASSING.items()}


@pytest.mark.parametrize("name", PASSING)
def test_a_watch_of_twenty_jobs_survives(name: str, watches: dict[str, Future[LiveWatch]]) -> None:
    watch = watches[name].result(timeout=60)
    assert watch.outcomes == ["completed"] * 20
    assert watch.code is ExitCode.OK
    assert "retrying in" in watch.err


@pytest.mark.parametrize("kind", FINAL.values(), ids=FINAL)
def test_a_credential_that_is_refused_meanwhile_ends_it_at_once(kind: FaultKind) -> None:
    watch = watch_live(twenty(Fault(kind=kind, first=8, count=None)))
    assert watch.code is ExitCode.NO_CREDENTIAL
    assert len(watch.world.log) < 15
    assert "refused the token of profile `school` (401" in watch.err
    assert "resume with `" in watch.err


def test_a_restart_of_the_server_in_the_middle_is_survived() -> None:
    restarted: list[SandboxServer] = []

    def restart(server: SandboxServer, exchange: Exchange) -> None:
        """Stop at the tenth good answer; serve the same world again after the second refusal."""
        if exchange.status == 200 and server.world.log[9:] and not restarted:
            restarted.append(server)
            server.stop()
        elif exchange.status is None:
            refused.append(exchange)
            if len(refused) == 2:
                again = SandboxServer(server.world, port=int(server.url.rpartition(":")[2]))
                again.start()
                restarted.append(again)

    refused: list[Exchange] = []
    watch = watch_live(twenty(), on_exchange=restart)
    assert len(restarted) == 2
    restarted[1].stop()
    assert watch.outcomes == ["completed"] * 20
    assert watch.code is ExitCode.OK


def test_a_server_that_stays_away_is_given_up_after_the_time_that_was_set() -> None:
    watch = watch_live(twenty(Fault(kind=FaultKind.BAD_GATEWAY, first=8, count=None)), policy=Policy(give_up_after=3))
    assert watch.code is ExitCode.GAVE_UP
    assert watch.err.count("error: ") == 1
    assert "answered 502: Bad Gateway" in watch.err


@pytest.mark.parametrize("number", [200, 1000])
def test_many_jobs_never_have_more_than_four_requests_in_flight_nor_one_throttled(number: int) -> None:
    watch = watch_live(many(number, median=3.0, spread=0.3), latency=0.02)
    assert watch.code is ExitCode.OK
    assert watch.world.throttled == 0
    assert 1 < watch.world.most_in_flight <= 4
    assert watch.world.lowest_remaining >= 200
