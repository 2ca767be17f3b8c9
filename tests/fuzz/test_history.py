from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arbitrary import TEXT, Json
from canvas_progress.core.history import HistoryEntry, history_entry
from canvas_progress.core.job import Job
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.polling_policy import Pace, Policy, next_wait
from canvas_progress.core.usual_durations import prior_from
from canvas_progress.storage.history import History
from jobs import a_target

A_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example begins a new one
A_FEW = settings(A_FILE, max_examples=max(20, settings().max_examples // 5))  # which wait for the disk
COLUMNS = tuple(field.name for field in fields(HistoryEntry) if field.name != "parent_path")  # of `other_jobs`
STORABLE = TEXT.map(lambda text: text.encode("utf-8", "replace").decode())
CELLS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | STORABLE | st.binary(max_size=8)
TIMES = st.floats(0, 2e9) | st.sampled_from([float("inf"), -1e308, 1e308, -62135596801.0, 253402300800.0])
USUAL: dict[str, st.SearchStrategy[Json]] = {
    "id": st.integers(1, 9),
    "base": st.just("https://canvas.example.edu"),
    "course": st.none() | st.integers(1, 9),
    "profile": st.just("school"),
    "tag": st.none() | st.just("content_migration"),
    "context": st.none() | st.just("Course 1"),
    "outcome": st.sampled_from(sorted(Outcome)),
    "created": TIMES,
    "updated": TIMES,
    "seen": TIMES,
    "canceled_by_us": st.sampled_from([0, 1]),
    "collection": st.just("/api/v1/accounts/self/sis_imports"),
}
# Of a row at most two cells are odd: one is enough for it to be left out.
ROWS = st.lists(
    st.builds(
        dict.__or__, st.fixed_dictionaries(USUAL), st.dictionaries(st.sampled_from(COLUMNS), CELLS | TIMES, max_size=2)
    ),
    max_size=6,
)
ROW = dict.fromkeys(COLUMNS) | {"id": 1, "base": "h", "profile": "p", "outcome": "running", "canceled_by_us": 0}
ROW["collection"] = "/api/v1/accounts/self/sis_imports"


def a_file_of(path: Path, rows: list[dict[str, Json]]) -> History:
    """Make a history with these rows, as far as SQLite itself takes them."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    recent = History(path, lambda _: None)
    recent.listing()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"insert or ignore into other_jobs values ({', '.join('?' for _ in COLUMNS)})",
            [tuple(row[name] for name in COLUMNS) for row in rows],
        )
    return recent


@A_FEW
@given(rows=ROWS)
@example(rows=[ROW | {"seen": moment} for moment in (float("inf"), 1e300, -1e300, 253402300800.0)])
@example(rows=[ROW | {"seen": 1.0, "id": 0}, ROW | {"seen": 1.0, "id": -1}])
def test_of_any_rows_only_jobs_that_can_be_shown_are_listed(tmp_path: Path, rows: list[dict[str, Json]]) -> None:
    recent = a_file_of(tmp_path / "recent.sqlite3", rows)
    for job in recent.listing():
        assert isinstance(job.outcome, Outcome)
        assert job.id > 0
        assert all(isinstance(text, str) for text in (job.base, job.profile, job.tag or "", job.context or ""))
        for moment in (job.created, job.updated, job.seen):
            assert moment is None or datetime.fromtimestamp(moment, UTC).year > 0
    assert set(recent.listing(pending=True)) <= set(recent.listing())


@A_FEW
@given(ends=st.lists(TIMES | CELLS, max_size=9), starts=st.lists(TIMES | CELLS, max_size=9), tag=st.just("t") | CELLS)
@example(ends=[1.0, 1.0, 1.0, float("inf"), float("inf"), float("inf")], starts=[0.0] * 6, tag="t")
@example(ends=["x"] * 5, starts=[-5.0] * 5, tag=b"t")
def test_from_any_rows_only_what_can_be_reckoned_with_is_learned(
    tmp_path: Path, ends: list[Json], starts: list[Json], tag: Json
) -> None:
    usual = {
        "base": "https://canvas.example.edu",
        "course": None,
        "profile": "p",
        "context": None,
        "outcome": "completed",
    }
    rows = [
        usual
        | {
            "id": number,
            "tag": tag,
            "created": start,
            "updated": end,
            "seen": 1.0,
            "canceled_by_us": 0,
            "collection": "",
        }
        for number, (start, end) in enumerate(zip(starts, ends, strict=False), 1)
    ]
    for (base, kind), durations in a_file_of(tmp_path / "recent.sqlite3", rows).durations().items():
        assert (base, kind) == (usual["base"], str(tag))
        assert all(0 < seconds < math.inf for seconds in durations)
        policy = Policy()
        assert (
            policy.min_wait <= next_wait(policy, Outcome.QUEUED, Pace(), 60.0, prior_from(durations)) <= policy.max_wait
        )


@A_FEW
@given(content=st.binary(max_size=200), before=st.sampled_from([b"", b"SQLite format 3\x00"]))
def test_whatever_bytes_the_file_has_jobs_are_remembered_from_now_on_or_that_is_told(
    tmp_path: Path, content: bytes, before: bytes
) -> None:
    path = tmp_path / "recent.sqlite3"
    for old in tmp_path.iterdir():
        old.unlink()
    path.write_bytes(before + content)
    told: list[str] = []
    recent = History(path, told.append)
    job = history_entry(a_target(), Job(1, "running"), 1000.0)
    recent.note((job,))
    assert recent.listing() == (job,) or told
    assert recent.durations() == {}


@A_FEW
@given(tag=st.none() | TEXT, context=st.none() | TEXT, id_=st.integers(1, 2**63 - 1), state=TEXT)
@example(tag="\ud800", context="\udfff", id_=2**63 - 1, state="")
def test_any_job_is_remembered_as_it_was_seen(
    tmp_path: Path, tag: str | None, context: str | None, id_: int, state: str
) -> None:
    told: list[str] = []
    recent = History(tmp_path / "recent.sqlite3", told.append)
    recent.forget()
    job = history_entry(a_target(id_), Job(id_, state, tag=tag, context_type=context), 1000.0)
    recent.note((job,))
    assert (recent.listing(), told) == ((job,), [])
    assert json.dumps(job.tag).isascii()
