from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from canvas_progress.core.errors import NetworkError, NoSuchJobError
from canvas_progress.core.events import Finished, Seen, Trouble
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.terminal.log import Log
from jobs import a_job, a_target
from stage import Stream, a_terminal

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def test_a_heartbeat_comes_only_when_nothing_was_written_for_so_long() -> None:
    terminal, target = a_terminal(), a_target()
    assert isinstance(terminal.stderr, Stream)
    log, watch = Log(terminal, heartbeat=60.0), Watch((target,), Policy(), 0.0)
    assert log.tick(watch, 0.0, AT) == 60.0
    log.event(Seen(target, a_job()), AT)
    assert [log.tick(watch, now, AT) for now in (50.0, 60.0, 109.0)] == [60.0, 50.0, 1.0]
    assert terminal.stderr.text.count("\n") == 1
    assert log.tick(watch, 110.0, AT) == 60.0
    assert terminal.stderr.text.splitlines()[1:] == ["2026-11-23T03:00:00Z 1 still without an answer"]


def test_only_what_was_tried_more_than_once_is_given_up() -> None:
    terminal, missing, down = a_terminal(), NoSuchJobError("there is no progress 1"), NetworkError("no network")
    assert isinstance(terminal.stderr, Stream)
    log = Log(terminal)
    log.event(Trouble(a_target(), missing, None, 1), AT)
    log.event(Trouble(a_target(2), down, None, 4), AT)
    assert terminal.stderr.text.splitlines() == [
        "2026-11-23T03:00:00Z 1 there is no progress 1",
        "2026-11-23T03:00:00Z 2 given up: no network",
    ]


def test_a_job_that_had_ended_before_says_so_once() -> None:
    terminal, job = a_terminal(), a_job("completed")
    assert isinstance(terminal.stderr, Stream)
    log = Log(terminal)
    log.event(Seen(a_target(), job, 82800.0), AT)
    log.event(Finished(a_target(), job.outcome, job), AT)
    assert terminal.stderr.text == "2026-11-23T03:00:00Z 1 completed course_batch_update; ended 23 h ago\n"


def test_a_line_has_what_a_job_says_without_its_signature() -> None:
    terminal = a_terminal()
    assert isinstance(terminal.stderr, Stream)
    job = replace(a_job(), message="made https://example.edu/files/7/download?verifier=S3CRET")
    Log(terminal).event(Seen(a_target(), job), AT)
    assert terminal.stderr.text.endswith(": made https://example.edu/files/7/download?verifier=********\n")
