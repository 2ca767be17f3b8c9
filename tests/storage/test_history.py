from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

import pytest

import forks
from canvas_progress.core.errors import FileError
from canvas_progress.core.history import HistoryEntry, history_entry
from canvas_progress.core.outcome import Outcome
from canvas_progress.storage import history
from canvas_progress.storage.history import History
from jobs import a_job, a_target

JOB = HistoryEntry(
    id=12,
    base="https://canvas.example.edu",
    course=None,
    profile="school",
    tag="content_migration",
    context="Course 812",
    outcome=Outcome.RUNNING,
    created=1000.0,
    updated=1100.0,
    seen=1200.0,
)


BROKEN = b"no database at all, but long enough to be looked at" * 40


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def recent(tmp_path: Path, warnings: list[str]) -> History:
    return History(tmp_path / "state" / "recent.sqlite3", warnings.append)


def test_what_was_noted_is_listed_and_what_was_seen_last_comes_first(recent: History, warnings: list[str]) -> None:
    later = replace(JOB, id=13, seen=1300.0, course=7, tag=None, context=None, created=None, updated=None)
    recent.note((JOB, later))
    assert recent.listing() == (later, JOB)
    assert warnings == []


def test_a_job_is_one_job_however_often_it_is_seen(recent: History) -> None:
    recent.note((JOB,))
    done = replace(JOB, outcome=Outcome.COMPLETED, seen=1300.0)
    recent.note((done,))
    assert recent.listing() == (done,)
    assert recent.listing(pending=True) == ()


def test_the_same_number_in_another_canvas_or_course_is_another_job(recent: History) -> None:
    recent.note((JOB, replace(JOB, base="https://other.edu"), replace(JOB, course=7)))
    assert len(recent.listing()) == 3


def test_that_we_canceled_a_job_is_not_forgotten_when_it_is_seen_again(recent: History) -> None:
    recent.note((replace(JOB, canceled_by_us=True),))
    recent.note((JOB,))
    assert recent.listing()[0].canceled_by_us


def test_it_is_bounded_in_number_and_age(recent: History) -> None:
    recent.note(tuple(replace(JOB, id=number + 1, seen=1200.0 + number) for number in range(2100)))
    assert len(recent.listing()) == 2000
    assert recent.listing()[-1].id == 101
    recent.note((replace(JOB, id=9999, seen=1200.0 + 200 * 86400),))
    assert [job.id for job in recent.listing()] == [9999]


def test_the_file_and_its_folder_are_for_the_owner_alone(recent: History) -> None:
    recent.note((JOB,))
    assert recent.path.stat().st_mode & 0o777 == 0o600
    assert recent.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_broken_file_heals_with_a_warning_and_is_kept_aside(recent: History, warnings: list[str]) -> None:
    recent.path.parent.mkdir()
    recent.path.write_bytes(BROKEN)
    recent.note((JOB,))
    assert recent.listing() == (JOB,)
    assert len(warnings) == 1
    assert "is broken" in warnings[0]
    assert (recent.path.parent / "recent.sqlite3.broken").exists()


def test_a_file_that_cannot_be_written_is_one_warning_and_no_error(
    tmp_path: Path, recent: History, warnings: list[str]
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    recent.note((JOB,))
    assert recent.listing() == ()
    assert len(warnings) == 1
    assert "not remembered" in warnings[0]


def test_a_file_that_another_process_keeps_locked_is_a_warning(recent: History, warnings: list[str]) -> None:
    recent.note((JOB,))
    with sqlite3.connect(recent.path, isolation_level=None) as other:
        other.execute("begin immediate")
        recent.note((replace(JOB, id=13),))
    other.close()
    assert "locked" in warnings[0]


def test_forgetting_leaves_nothing(recent: History) -> None:
    recent.note((JOB,))
    for left in ("-wal", "-shm"):  # as after a process that was killed
        recent.path.with_name(f"{recent.path.name}{left}").touch()
    recent.forget()
    assert list(recent.path.parent.iterdir()) == []
    assert recent.listing() == ()


def test_nothing_that_may_be_about_people_is_kept() -> None:
    assert not {field.name for field in fields(HistoryEntry)} & {"message", "results", "token", "user_id", "verbatim"}


DONE = replace(JOB, outcome=Outcome.COMPLETED)


def took(*seconds: float, of: HistoryEntry = DONE, first: int = 100) -> tuple[HistoryEntry, ...]:
    """Return a job for each of these durations, one created after the other."""
    made = enumerate(seconds, first)
    return tuple(replace(of, id=id_, created=1000.0 * id_, updated=1000.0 * id_ + took) for id_, took in made)


def test_the_durations_of_completed_jobs_are_known_by_canvas_and_tag(recent: History, warnings: list[str]) -> None:
    other = replace(DONE, base="https://other.edu")
    recent.note((*took(1, 2, 3, 4, 5), *took(6, 7, 8, 9, 10, of=other)))
    assert recent.durations() == {
        (DONE.base, "content_migration"): (5.0, 4.0, 3.0, 2.0, 1.0),
        (other.base, "content_migration"): (10.0, 9.0, 8.0, 7.0, 6.0),
    }
    assert warnings == []


@pytest.mark.parametrize(
    "other",
    [
        replace(DONE, outcome=Outcome.FAILED),
        replace(DONE, outcome=Outcome.CANCELED),
        replace(DONE, outcome=Outcome.RUNNING),
        replace(DONE, course=7),
        replace(DONE, tag=None),
    ],
)
def test_only_completed_jobs_with_a_tag_and_without_a_course_tell_durations(
    recent: History, other: HistoryEntry
) -> None:
    recent.note((*took(1, 2, 3, 4), *took(5, 6, 7, 8, 9, of=other, first=200)))
    assert recent.durations() == {}


def test_jobs_without_times_or_with_impossible_ones_tell_no_durations(recent: History) -> None:
    none = (replace(DONE, id=1, created=None), replace(DONE, id=2, updated=None))
    recent.note((*took(1, 2, 3, 4, 0, -5), *none))
    assert recent.durations() == {}


def test_the_newest_fifty_durations_count(recent: History) -> None:
    recent.note(took(*range(1, 71)))
    ((_, durations),) = recent.durations().items()
    assert durations == tuple(float(seconds) for seconds in range(70, 20, -1))


def test_to_look_for_durations_makes_no_file(tmp_path: Path, recent: History, warnings: list[str]) -> None:
    assert recent.durations() == {}
    assert list(tmp_path.iterdir()) == []
    recent.path.parent.mkdir()
    assert recent.durations() == {}
    assert list(recent.path.parent.iterdir()) == []
    assert warnings == []


def test_a_broken_file_has_no_durations_and_the_next_job_that_is_noted_tells_of_it_once(
    recent: History, warnings: list[str]
) -> None:
    recent.path.parent.mkdir()
    recent.path.write_bytes(BROKEN)
    assert recent.durations() == {}
    assert warnings == []
    recent.note((JOB,))
    assert len(warnings) == 1


_WRITER = """
import sys
from pathlib import Path
from canvas_progress.core.outcome import Outcome
from canvas_progress.core.history import HistoryEntry
from canvas_progress.storage.history import History

first = int(sys.argv[2])
recent = History(Path(sys.argv[1]), lambda problem: sys.exit(problem))
for id_ in range(first, first + 20):
    job = (id_, "https://canvas.example.edu", None, "school", "tag", None, Outcome.RUNNING, None, None, 1200.0)
    recent.note((HistoryEntry(*job),))
"""


def test_twenty_processes_at_once_lose_nothing(recent: History) -> None:
    writers = [forks.running(_WRITER, recent.path, 1 + 20 * number) for number in range(20)]
    errors = [writer.communicate(timeout=60)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 20, errors
    assert len(recent.listing()) == 400


def test_what_a_progress_says_alone_is_not_the_outcome_of_a_job_that_belongs_to_a_migration(recent: History) -> None:
    waiting = replace(JOB, outcome=Outcome.WAITING, parent_path="/api/v1/courses/5/content_migrations/7")
    alone = replace(JOB, outcome=Outcome.COMPLETED, seen=JOB.seen + 1)
    for job, outcome in (
        (waiting, "waiting"),
        (alone, "waiting"),
        (replace(waiting, outcome=Outcome.COMPLETED), "completed"),
        (replace(alone, outcome=Outcome.CANCELED, canceled_by_us=True), "canceled"),
        (replace(alone, id=13), "completed"),
    ):
        recent.note((job,))
        assert [str(entry.outcome) for entry in recent.listing() if entry.id == job.id] == [outcome]


_READER = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("select tag from jobs where id = 12").fetchone()[0])
"""


def test_what_a_thread_writes_counts_although_another_has_opened_the_file_since_it_did(recent: History) -> None:
    recent.note((JOB,))
    with closing(sqlite3.connect(recent.path)) as writing:
        writing.execute("select * from jobs").fetchall()  # from now on no other process may drop SQLite's log
        recent.note((replace(JOB, id=13),))
        with forks.running(_WRITER, recent.path, 100) as writer:
            assert writer.wait(60) == 0
        writing.execute("update jobs set tag = 'written late' where id = 12")
        writing.commit()
        with forks.running(_READER, recent.path) as reader:
            assert reader.communicate(timeout=60)[0] == "written late\n"


def test_every_outcome_is_kept_as_it_is(recent: History) -> None:
    recent.note(tuple(replace(JOB, id=id_, outcome=outcome) for id_, outcome in enumerate(Outcome, 1)))
    assert sorted(job.outcome for job in recent.listing()) == sorted(Outcome)


def test_a_tag_that_no_file_can_hold_is_remembered_as_far_as_it_can_be(recent: History, warnings: list[str]) -> None:
    job = a_job(tag="a\ud800b", context_type="\udfff", context_id=None)
    recent.note((history_entry(a_target(), job, 1.0),))
    assert ([(known.tag, known.context) for known in recent.listing()], warnings) == ([("a?b", "?")], [])


@pytest.mark.parametrize("broken", ["tag", "base", "profile"])
def test_whatever_cannot_be_stored_is_a_warning_and_no_error(recent: History, warnings: list[str], broken: str) -> None:
    odd: dict[str, Any] = {broken: "\ud800"}
    recent.note((replace(JOB, **odd),))
    (warning,) = warnings
    assert "recent jobs are not remembered" in warning


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("outcome", "sleeping"),
        ("outcome", 7),
        ("id", "x"),
        ("id", 1.5),
        ("base", b"\xff"),
        ("seen", "yesterday"),
        ("created", "x"),
        ("seen", float("inf")),
        ("course", "x"),
    ],
)
def test_a_row_that_makes_no_sense_is_left_out(
    recent: History, warnings: list[str], column: str, value: object
) -> None:
    recent.note((replace(JOB, id=1), replace(JOB, id=2)))
    with closing(sqlite3.connect(recent.path)) as connection, connection:
        connection.execute(f"update jobs set {column} = ? where id = 2", (value,))
    assert ([known.id for known in recent.listing()], warnings) == ([1], [])


MIGRATION = "/api/v1/courses/5/content_migrations/77"


def test_what_a_job_belongs_to_is_known_until_the_job_is_forgotten(recent: History) -> None:
    owned = replace(JOB, parent_path=MIGRATION)
    others = (replace(JOB, id=13), replace(JOB, base="https://test.example.edu"), replace(JOB, course=9))
    recent.note((owned, *others))
    assert set(recent.listing()) == {owned, *others}
    recent.note((replace(JOB, tag="by its id"),))
    assert {job.parent_path for job in recent.listing() if job.tag == "by its id"} == {MIGRATION}
    recent.note((replace(owned, parent_path=f"{MIGRATION}8"),))
    assert {job.parent_path for job in recent.listing()} == {None, f"{MIGRATION}8"}
    recent.note((replace(JOB, id=99, seen=JOB.seen + 200 * 86400.0),))
    with closing(sqlite3.connect(recent.path)) as connection:
        assert connection.execute("select * from parents").fetchall() == []


@pytest.mark.parametrize("path", ["/api/v1/users/self", f"/lms{MIGRATION}", "/api/v1/../content_migrations/7", 7, b"x"])
def test_a_path_that_none_of_ours_wrote_is_requested_by_nobody(recent: History, path: object) -> None:
    recent.note((replace(JOB, parent_path=MIGRATION), replace(JOB, id=13)))
    with closing(sqlite3.connect(recent.path)) as connection, connection:
        connection.execute("update parents set path = ?", (path,))
    assert [job.id for job in recent.listing()] == [13]


def test_a_file_of_an_older_version_is_used_and_stays_of_use_to_it(tmp_path: Path) -> None:
    path = tmp_path / "recent.sqlite3"
    types = "id, base, course, profile, tag, context, outcome, created, updated, seen, canceled_by_us"
    older = ", ".join("?" for _ in range(11))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"create table jobs ({types})")
        connection.execute("create unique index job on jobs (base, coalesce(course, 0), id)")
        connection.execute(f"create table other_jobs ({types}, collection)")
        connection.execute("create unique index other_job on other_jobs (base, collection, id)")
        connection.execute(f"insert into jobs values ({older})", astuple(JOB)[:11])
    history, owned = History(path, pytest.fail), replace(JOB, id=13, parent_path=MIGRATION)
    assert history.listing() == (JOB,)
    history.note((owned,))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"insert into jobs values ({older})", astuple(replace(JOB, id=14))[:11])
    assert set(history.listing()) == {JOB, owned, replace(JOB, id=14)}


def test_what_an_older_version_writes_and_what_is_no_progress_leave_each_other_alone(tmp_path: Path) -> None:
    path = tmp_path / "recent.sqlite3"
    other = replace(JOB, collection="/api/v1/accounts/self/sis_imports", tag="sis_import", outcome=Outcome.RUNNING)
    History(path, pytest.fail).note((other,))
    older = ", ".join("?" for _ in range(11))
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("pragma user_version").fetchone() == (1,)  # else it would make its table anew
        connection.execute(
            f"insert into jobs values ({older}) on conflict (base, coalesce(course, 0), id) do update set tag = 'x'",
            astuple(JOB)[:11],
        )
    history = History(path, pytest.fail)
    assert set(history.listing()) == {JOB, other}
    history.note((replace(JOB, tag="newer"), replace(other, tag="newer")))
    assert {(job.collection, job.tag) for job in history.listing()} == {("", "newer"), (other.collection, "newer")}


def test_rows_that_break_a_rule_are_no_reason_to_set_a_whole_file_aside(tmp_path: Path) -> None:
    path = tmp_path / "recent.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table jobs (id, base, course)")
        connection.executemany("insert into jobs values (?, ?, ?)", [(1, "h", None)] * 2)
    warnings: list[str] = []
    assert History(path, warnings.append).listing() == ()
    assert len(warnings) == 1
    assert not list(tmp_path.glob("*.broken"))


def test_a_file_that_another_process_has_locked_is_used_again_once_it_is_free(
    recent: History, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recent.note((JOB,))
    done = replace(JOB, outcome=Outcome.COMPLETED)
    monkeypatch.setattr(history, "_PATIENCE", 0.01)
    with closing(sqlite3.connect(recent.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(FileError, match=r"recent jobs are not remembered: .*locked"):
            recent.write((done,))
        assert warnings == []
        recent.note((done,))
        other.execute("rollback")
    (warning,) = warnings
    assert "locked" in warning
    recent.write((done,))
    assert (recent.listing(), len(warnings)) == ((done,), 1)
