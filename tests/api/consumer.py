"""A program that uses the package, for mypy: what its types say is what callers rely on. It is not run."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_type

from canvas_progress import (
    Action,
    CancelResult,
    CanvasProgressError,
    JobFailedError,
    JobResult,
    JobTimeoutError,
    Outcome,
    cancel,
    show,
    wait,
)


class Migration:
    """What another library may make of an answer."""

    progress_url: str = "https://canvas.example.edu/api/v1/progress/12"


def report(event: dict[str, Any]) -> None:
    """Take an event."""


def consume() -> None:
    """Use every form of a call, and every field."""
    found = wait(12, "1~23", {"progress_url": "…"}, [3, "4"], Migration(), timeout=60, on_event=report, check=True)
    assert_type(found, tuple[JobResult, ...])
    wait(*found, url="https://canvas.example.edu", token="…", give_up_after=1.5)
    (one,) = show(12, profile="school", course=5)
    assert_type(one.outcome, Outcome)
    assert_type(one.completion, float | None)
    assert_type(one.updated_at, datetime | None)
    assert_type(one.error, CanvasProgressError | None)
    assert_type(one.ok, bool)
    assert_type(one.exit_code, int)
    (marked,) = cancel(12, message="wrong course", force=True)
    assert_type(marked, CancelResult)
    assert_type(marked.action, Action)
    try:
        wait(None)  # type: ignore[arg-type]
        wait(12, tiemout=60)  # type: ignore[call-arg]
        one.ref = "13"  # type: ignore[misc]
    except (JobFailedError, JobTimeoutError) as error:
        assert_type(error.results, tuple[JobResult, ...])
        assert_type(error.hint, str | None)
