"""What a command is to read, from what it was given: without any request."""

from __future__ import annotations

import math

import pytest

from canvas_progress.actions.driver import Driver
from canvas_progress.actions.notes import NoNotes
from canvas_progress.actions.targets import Connector
from canvas_progress.actions.tokens import TokenSources
from canvas_progress.canvas.client import HttpOptions
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import Profile, Secret, StoredToken
from canvas_progress.core.profile_choice import Choice
from canvas_progress.core.refs import parse_ref
from canvas_progress.interrupts import NoInterrupts
from canvas_progress.storage.keyring_store import KeyringStore
from stage import StageClock

BASE = parse_base_url("canvas.example.edu")
LINK = "/api/v1/courses/5/content_migrations/77"


def a_connector(*, writes: bool) -> Connector:
    """Return one that knows a single Canvas, and can reach nothing."""

    def unreachable(*_: object) -> object:
        raise NotImplementedError

    clock = StageClock()
    return Connector(
        choose=lambda _: Choice(Profile("school", BASE, StoredToken(Secret("x"))), "-p"),
        sources=TokenSources({}, KeyringStore(), unreachable, unreachable),  # type: ignore[arg-type]  # not reached
        http=HttpOptions(clock.monotonic),
        driver=Driver(clock, NoInterrupts(), math.inf),
        notes=NoNotes(),
        writes=writes,
    )


def test_who_reads_the_job_of_a_thing_reads_the_thing_too_and_who_cancels_does_not() -> None:
    # The guards of a cancellation look at the Progress itself, as that is what it would overwrite: a migration that is
    # still waiting must not open its completed Progress to it.
    refs = (parse_ref(f"{BASE}{LINK}"),)
    for writes, owner in ((False, LINK), (True, None)):
        targets, named, accesses = a_connector(writes=writes).connect_each(refs)
        assert [(target.link, target.parent_path) for target in (*targets, *named)] == [(LINK, owner)] * 2
        assert [(access.base, access.name) for access in accesses] == [(BASE, "school")]


@pytest.mark.parametrize("writes", [False, True])
def test_a_thing_is_named_by_its_url_where_its_job_is_not_known(*, writes: bool) -> None:
    ((target,), _) = a_connector(writes=writes).connect((parse_ref(f"{BASE}{LINK}"),))
    assert (target.label, target.ref, target.url) == (f"{BASE}{LINK}",) * 3
