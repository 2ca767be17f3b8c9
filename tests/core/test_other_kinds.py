"""What is special about jobs that are no Progress: their lists, their guards, their owners, and how they are kept."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

import other_canvas as other
from canvas_progress.core.answers import Answer
from canvas_progress.core.cancel_attempt import Attempt, Intent
from canvas_progress.core.content_migrations import as_its_owner_says, knows_better, may_differ
from canvas_progress.core.errors import NotPermittedError, UnreadableJobError, UsageError
from canvas_progress.core.history import history_entry
from canvas_progress.core.job import Job
from canvas_progress.core.job_finder import jobs_in, linked_job
from canvas_progress.core.kinds.blueprint_sync import BLUEPRINT_SYNC
from canvas_progress.core.kinds.kind import Kind
from canvas_progress.core.kinds.outcome_import import OUTCOME_IMPORT
from canvas_progress.core.kinds.progress import PROGRESS
from canvas_progress.core.kinds.report import REPORT
from canvas_progress.core.kinds.sis_import import SIS_IMPORT
from canvas_progress.core.refs import JobRef, Target, parse_ref
from canvas_progress.core.targets import targets_of
from jobs import SCHOOL, a_job

KINDS: Final = {"sis_import": SIS_IMPORT, "report": REPORT, "outcome_import": OUTCOME_IMPORT}
ALL: Final = KINDS | {"blueprint_sync": BLUEPRINT_SYNC}


def read(kind: Kind, document: dict[str, Any]) -> Job:
    return kind.parse(json.dumps(document), other.COLLECTIONS[kind.name])


@pytest.mark.parametrize(
    ("kind", "text", "ids"),
    [
        pytest.param(SIS_IMPORT, '{"sis_imports":[{"id":2,"workflow_state":"x"}]}', [2], id="wrapped"),
        pytest.param(SIS_IMPORT, '{"sis_imports":[]}', [], id="wrapped and empty"),
        pytest.param(REPORT, '[{"id":"2","status":"x"},{"id":1,"status":"x"}]', [2, 1], id="bare, in its order"),
        pytest.param(BLUEPRINT_SYNC, '[{"id":2,"workflow_state":"x"}]', [2], id="a list of syncs"),
        pytest.param(SIS_IMPORT, '{"reports":[]}', None, id="another wrapping"),
        pytest.param(REPORT, '{"reports":[]}', None, id="wrapped where none is expected"),
        pytest.param(REPORT, "[1]", None, id="numbers"),
        pytest.param(REPORT, '[{"id":1}]', None, id="other objects"),
        pytest.param(REPORT, "null", None, id="nothing"),
    ],
)
def test_a_list_is_read_in_its_order_or_is_none(kind: Kind, text: str, ids: list[int] | None) -> None:
    if ids is None:
        with pytest.raises(UnreadableJobError, match="not a"):
            kind.parse_list(text, "")
    else:
        assert [job.id for job in kind.parse_list(text, "")] == ids


def test_a_job_of_a_list_is_as_it_was_sent_with_nothing_that_a_terminal_obeys() -> None:
    (job,) = REPORT.parse_list('[{"id": 1, "status": "x", "note": "\u202e\x7f\\ud800é"}]', "")
    assert job.verbatim == '{"id":1,"status":"x","note":"\\u202e\\u007f\\ud800é"}'


ODD: Final = '{"id":7,"workflow_state":"x","n":1e2,"f":0.1000000000000000055,"big":12345678901234567890123,"d":1,"d":2}'
PLAIN: Final = '{"id":8,"workflow_state":"x","list":[{"id":9},[{}]],"text":"]}\\\\","sis_imports":[{"id":1}]}'


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(SIS_IMPORT, f'{{"sis_imports":[{ODD},{PLAIN}]}}', id="wrapped"),
        pytest.param(SIS_IMPORT, f"[{ODD}, {PLAIN}]", id="bare all the same"),
        pytest.param(BLUEPRINT_SYNC, f" [ {ODD.replace(',', ' , ')} ,\n {PLAIN} ] ", id="with white space"),
        pytest.param(
            SIS_IMPORT,
            f'{{"more":[{{"id":3}}],"sis_imports":[{PLAIN},{{}}],"sis\\u005fimports":[{ODD},{PLAIN}],"meta":{{"x":[{{}}]}}}}',
            id="among others, where the last of a name counts",
        ),
    ],
)
def test_each_job_of_a_list_is_spelled_as_canvas_did(kind: Kind, text: str) -> None:
    assert [job.verbatim for job in kind.parse_list(text, "")] == [ODD, PLAIN]


NO_WAY: Final = "Canvas has no way to abort"


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        pytest.param("sis_import", "created", None, id="an import that waits"),
        pytest.param("sis_import", "cleanup_batch", None, id="an import that deletes"),
        pytest.param("sis_import", "hibernating", None, id="an import in an unknown state"),
        pytest.param("sis_import", "imported", "it has already ended (imported)", id="an import that is done"),
        pytest.param("sis_import", "restoring", "it is being restored", id="a restore"),
        pytest.param("report", "running", None, id="a report that runs"),
        pytest.param("report", "created", "aborts only a report that is running", id="a report that waits"),
        pytest.param("report", "error", "it has already ended (error)", id="a report that failed"),
        pytest.param("outcome_import", "importing", NO_WAY, id="an outcome import"),
        pytest.param("blueprint_sync", "exporting", NO_WAY, id="a sync"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_only_what_canvas_would_find_is_aborted_forced_or_not(
    kind: str, state: str, reason: str | None, *, force: bool
) -> None:
    refusal = ALL[kind].cancel.refusal(Answer(read(ALL[kind], other.DOCUMENTS[kind](state))), force=force)
    assert refusal is None if reason is None else reason in (refusal or "")


@pytest.mark.parametrize(
    ("kind", "states", "words"),
    [
        ("sis_import", {"aborted": True, "imported": False, "failed": False}, "rows already imported stay"),
        ("report", {"aborted": True, "complete": False, "error": False}, "a short report may still be completed"),
        ("outcome_import", {"failed": False}, ""),
        ("blueprint_sync", {"imports_failed": False}, ""),
    ],
)
def test_an_abort_is_seen_by_the_state_alone(kind: str, states: dict[str, bool], words: str) -> None:
    how = ALL[kind].cancel
    jobs = {state: read(ALL[kind], other.DOCUMENTS[kind](state)) for state in states}
    assert {state: how.is_marked(job, "a message") for state, job in jobs.items()} == states
    assert words in how.what_follows(None, jobs[next(iter(states))])
    assert (how.takes_message, how.finds_ended) == (False, how.method == "")


FILE: Final = {"url": "https://canvas.example.edu/files/9"}


@pytest.mark.parametrize(
    ("state", "attached", "more"),
    [
        pytest.param("imported_with_messages", {}, True, id="warnings without their file"),
        pytest.param("failed_with_messages", {"errors_attachment": None}, True, id="errors without their file"),
        pytest.param("imported_with_messages", {"errors_attachment": FILE}, False, id="with the file"),
        pytest.param("imported", {}, False, id="no messages"),
        pytest.param("aborted", {}, False, id="aborted"),
    ],
)
def test_only_the_file_of_messages_may_still_come(state: str, attached: dict[str, Any], more: bool) -> None:  # noqa: FBT001
    assert SIS_IMPORT.more_follows(read(SIS_IMPORT, other.sis_import(state, **attached))) is more


A_MIGRATION: Final = "/api/v1/courses/1/content_migrations/5"
AN_EXPORT: Final = "/api/v1/courses/1/content_exports/5"
SELECT: Final = "waiting for you to select content"
NOT_YET: Final = "its job is completed, and the migration is not yet"
NEVER: Final = "the migration failed, and its job never started"


@pytest.mark.parametrize(
    ("job", "owner", "told"),
    [
        pytest.param("completed", {"workflow_state": "waiting_for_select"}, ("waiting", SELECT, 0), id="selective"),
        pytest.param("queued", {"workflow_state": "failed"}, ("failed", NEVER, 0), id="no worker"),
        pytest.param("completed", {"workflow_state": "failed"}, ("failed", "the migration failed", 0), id="late"),
        pytest.param("completed", {"migration_issues_count": 3}, ("completed", "3 issues", 3), id="issues"),
        pytest.param("completed", {"migration_issues_count": "1"}, ("completed", "1 issue", 1), id="an issue as text"),
        pytest.param("queued", {"migration_issues_count": 3}, ("queued", None, 0), id="issues of the last run"),
        pytest.param("completed", {"workflow_state": "completed"}, ("completed", None, 0), id="no issue"),
        pytest.param("completed", {"workflow_state": "running"}, ("running", NOT_YET, 0), id="not over"),
        pytest.param("completed", {"workflow_state": "hibernating"}, ("running", NOT_YET, 0), id="unknown state"),
        pytest.param("completed", {"migration_issues_count": None}, ("completed", None, 0), id="null"),
    ],
)
def test_a_migration_that_knows_better_is_believed(
    job: str, owner: dict[str, Any], told: tuple[str, str | None, int]
) -> None:
    read_ = as_its_owner_says(a_job(job), {"id": 5, "workflow_state": "completed"} | owner, A_MIGRATION)
    assert (read_.outcome, read_.message, read_.warnings) == told


def test_the_file_of_an_export_is_that_of_its_job_and_that_of_a_migration_is_not() -> None:
    job, file = a_job("completed"), {"url": "https://files/9"}
    assert as_its_owner_says(job, {"id": 5, "attachment": file}, AN_EXPORT).link == "https://files/9"
    assert as_its_owner_says(job, {"id": 5, "file": file}, AN_EXPORT).link == "https://files/9"
    assert as_its_owner_says(job, {"id": 6, "attachment": file}, AN_EXPORT).link is None
    migration = {"id": 5, "workflow_state": "completed", "attachment": file}
    assert as_its_owner_says(job, migration, A_MIGRATION).link is None


def test_other_owners_are_content_with_their_progress() -> None:
    job = a_job("queued", message="as it was")
    assert as_its_owner_says(job, {"workflow_state": "failed", "id": 5}, AN_EXPORT) is job
    assert (knows_better(AN_EXPORT), knows_better(A_MIGRATION)) == (False, True)
    late = as_its_owner_says(
        a_job("completed", message="as it was"), {"workflow_state": "failed", "id": 5}, A_MIGRATION
    )
    assert late.message == "as it was"
    states = ("queued", "completed", "running", "failed")
    assert [state for state in states if may_differ(a_job(state))] == ["queued", "completed"]


@pytest.mark.parametrize(
    ("owner", "why"),
    [
        pytest.param({}, "no migration", id="nothing"),
        pytest.param({"id": 5}, "no migration", id="no state"),
        pytest.param({"id": 5, "workflow_state": None}, "no migration", id="a null for its state"),
        pytest.param({"workflow_state": "completed"}, "no migration", id="no id"),
        pytest.param({"id": 6, "workflow_state": "completed"}, "about 6, not about 5", id="another one"),
    ],
)
def test_an_answer_that_is_not_that_migration_says_nothing_of_its_job(owner: dict[str, Any], why: str) -> None:
    with pytest.raises(UnreadableJobError, match=why):
        as_its_owner_says(a_job("completed"), owner, A_MIGRATION)


@pytest.mark.parametrize("kind", [*ALL, "progress"])
def test_what_is_kept_of_a_job_leads_back_to_it_and_is_about_nobody(kind: str) -> None:
    collection = other.COLLECTIONS.get(kind, "")
    document = other.DOCUMENTS.get(kind, other.progress)("failed", 77)
    job = ALL.get(kind, PROGRESS).parse(json.dumps(document), collection)
    target = Target("x", 77, SCHOOL, profile="school", collection=collection)
    entry = history_entry(target, job, 5.0)
    assert entry.ref == JobRef(77, None, SCHOOL, "school", collection=collection)
    assert (entry.kind.name, entry.label) == (kind, other.REFS.get(kind, "77"))
    assert entry.url == f"https://canvas.example.edu{collection or '/api/v1/progress'}/77"
    kept = repr(entry)
    assert not [word for word in ("robot", "Ada", "question") if word in kept]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id_", [None, True, 1.5, [], "0", "x"])
def test_an_answer_without_an_id_is_no_job_of_any_kind(kind: str, id_: object) -> None:
    with pytest.raises(UsageError):
        jobs_in(json.dumps(other.DOCUMENTS[kind]("created") | {"id": id_}))


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_of_the_account_that_is_named(kind: str) -> None:
    (ref,) = jobs_in(json.dumps(other.DOCUMENTS[kind]("created")), account="3")
    assert (ref.id, ref.collection) == (77, other.COLLECTIONS[kind].replace("/self/", "/3/"))


def test_a_job_of_a_parent_is_named_by_its_url_and_read_with_it_if_that_is_named_at_all() -> None:
    place = (SCHOOL, "school")
    plain, owned = JobRef(9), JobRef(9, base=SCHOOL, parent_path="/api/v1/courses/5/content_migrations/77")
    for refs in ((plain, owned), (owned, plain)):
        (target,) = targets_of(refs, (place, place))
        assert target.ref == f"{SCHOOL}{owned.parent_path}"
    assert targets_of((plain,), (place,))[0].ref == "9"


@pytest.mark.parametrize("dots", ["..", ".", "%2e%2e", "%2E%2e", "a%2F..%2fb"])
def test_a_path_with_dots_names_no_job(dots: str) -> None:
    with pytest.raises(UsageError, match="is not a job"):
        parse_ref(f"{SCHOOL}/api/v1/accounts/{dots}/sis_imports/77")


def test_a_progress_has_no_newest() -> None:
    with pytest.raises(UsageError, match="which progress is the newest"):
        parse_ref("progress:latest")
    assert parse_ref("progress:9") == JobRef(9)


def test_a_report_of_another_type_is_not_the_one_that_was_requested() -> None:
    answer = json.dumps({"id": 77, "report": "grade_export_csv", "status": "complete", "progress": 100})
    with pytest.raises(UnreadableJobError, match="about grade_export_csv, not about x_csv"):
        REPORT.parse(answer, "/api/v1/accounts/self/reports/x_csv")


def test_a_link_to_other_jobs_than_its_own_is_none() -> None:
    path = "/api/v1/courses/5/content_migrations/77"
    urls = [{"progress_url": f"{SCHOOL}/api/v1/progress/{id_}"} for id_ in (8, 9)]
    with pytest.raises(UnreadableJobError, match="other jobs than its own"):
        linked_job(json.dumps({"id": 77, "parts": urls}), path)


def test_what_nobody_may_read_is_not_canceled_unread_where_canvas_has_no_way_to() -> None:
    attempt = Attempt(Intent("canceled", force=True, unread=True), OUTCOME_IMPORT)
    attempt.begin()
    attempt.failed(NotPermittedError("no"))
    assert attempt.conclusion is not None
    assert attempt.conclusion.reason == "Canvas has no way to abort an outcome import"
