"""The columns of the live view: what has room at a width, and that nothing but the width decides it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.decisions import Send, Wait
from canvas_progress.core.errors import CanvasProgressError, NoSuchJobError, ServerError
from canvas_progress.core.job import Job
from canvas_progress.core.polling import Watch
from canvas_progress.core.polling_policy import Policy
from canvas_progress.core.refs import Target
from canvas_progress.terminal.frame import Screen, frame
from canvas_progress.terminal.layout import GAP
from canvas_progress.terminal.row_layout import RIGID, RowLayout, row_layout
from frames import starts_in

BASE = parse_base_url("canvas.example.edu")
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
widths = st.integers(40, 300)


@given(width=widths, id_width=st.integers(1, 19), usually=st.booleans())
def test_a_row_fills_the_screen_and_no_more(*, width: int, id_width: int, usually: bool) -> None:
    layout = row_layout(width, id_width, usually=usually)
    parts = [layout.elapsed, layout.tag, layout.bar, layout.left, layout.rest]
    taken = id_width + RIGID + sum(part + GAP for part in parts if part)
    assert taken == id_width + RIGID + layout.end + GAP * bool(layout.end)
    assert taken == width or (taken < width and not layout.bar and not layout.left)


@given(width=st.integers(80, 300), id_width=st.integers(1, 19), usually=st.booleans())
def test_from_80_columns_on_the_bar_is_the_widest_of_all(*, width: int, id_width: int, usually: bool) -> None:
    layout = row_layout(width, id_width, usually=usually)
    note = layout.end - layout.note_at
    assert layout.bar >= max(id_width if id_width < 14 else 0, layout.tag, layout.left, layout.context, note)


@pytest.mark.parametrize(
    ("width", "layout"),
    [
        (40, RowLayout(40, 4, left=15)),
        (60, RowLayout(60, 4, elapsed=7, bar=14, left=10)),
        (80, RowLayout(80, 4, elapsed=7, tag=15, bar=17, left=10)),
        (100, RowLayout(100, 4, elapsed=7, tag=17, bar=20, left=10, rest=13)),
        (120, RowLayout(120, 4, elapsed=7, tag=19, bar=28, left=10, rest=23)),
        (200, RowLayout(200, 4, elapsed=7, tag=30, bar=52, left=10, rest=68)),
    ],
)
def test_at_forty_columns_the_bar_goes_and_the_tag_is_cut_before_it(width: int, layout: RowLayout) -> None:
    assert row_layout(width, 4, usually=False) == layout


JOB = Job(1, "running", None, "tag_of_many_letters", "Course", 812, created_at=NOW - timedelta(seconds=67))
texts = st.none() | st.text("abc ü課\n\t\x1b", max_size=50)
states = st.sampled_from(["queued", "running", "completed", "failed", "waiting_for_external_tool", "hibernating"])
jobs = st.builds(
    replace,
    st.just(JOB),
    state=states,
    completion=st.none() | st.floats(-10, 1e5),
    message=texts,
    created_at=st.none() | st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda age: NOW - age),
    context_id=st.integers(1, 2**62),
)
answers = jobs | st.sampled_from([NoSuchJobError("not there"), ServerError("answered 502"), JOB])


def a_frame(replies: list[Job | CanvasProgressError], width: int) -> list[str]:
    """Return the rows of jobs that have answered like this."""
    targets = tuple(Target(str(n), n, BASE) for n in range(1000, 1000 + len(replies)))
    watch, now = Watch(targets, Policy(interval=1000.0), 0.0), 0.0
    waiting = dict(zip(targets, replies, strict=True))
    while waiting:
        decision = watch.decide(now)
        if isinstance(decision, Send):
            reply = waiting.pop(decision.request, None) or ServerError("answered 502")
            seen = Answer(reply, About(date=NOW)) if isinstance(reply, Job) else reply
            watch.record(decision.request, seen, now, 0.5)
        else:
            assert isinstance(decision, Wait)
            now += decision.seconds
    return [line.plain for line in frame(watch, 45.0, Screen(width, 24))][1:]


@given(before=st.lists(answers, min_size=3, max_size=3), after=st.lists(answers, min_size=3, max_size=3), width=widths)
def test_whatever_becomes_of_the_jobs_no_column_moves(
    before: list[Job | CanvasProgressError], after: list[Job | CanvasProgressError], width: int
) -> None:
    places: dict[str, set[int]] = {}
    for line in [*a_frame(before, width), *a_frame(after, width)]:
        for name, at in starts_in(line).items():
            places.setdefault(name, set()).add(at)
    assert all(len(at) == 1 for at in places.values()), places


@given(others=st.lists(answers, min_size=2, max_size=2), width=widths)
def test_a_row_is_the_same_whatever_the_others_say(others: list[Job | CanvasProgressError], width: int) -> None:
    assert a_frame([JOB, *others], width)[0] == a_frame([JOB, JOB, JOB], width)[0]
