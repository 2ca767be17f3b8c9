"""How the answers of each kind of job read, from Canvas's serializers: what a state means, and what is said of it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from canvas_progress.core.errors import UnreadableJobError
from canvas_progress.core.job import Job
from canvas_progress.core.kinds.blueprint_sync import BLUEPRINT_SYNC
from canvas_progress.core.kinds.kind import Kind
from canvas_progress.core.kinds.outcome_import import OUTCOME_IMPORT
from canvas_progress.core.kinds.registry import KINDS
from canvas_progress.core.kinds.report import REPORT
from canvas_progress.core.kinds.sis_import import SIS_IMPORT
from jobs import a_job

PLACES: Final = {
    "sis_import": "/api/v1/accounts/1/sis_imports",
    "report": "/api/v1/accounts/self/reports/provisioning_csv",
    "outcome_import": "/api/v1/courses/5/outcome_imports",
    "blueprint_sync": "/api/v1/courses/5/blueprint_templates/default/migrations",
}
WARNINGS: Final = [["users.csv", f"row {number} was skipped"] for number in range(1, 6)]
FILE: Final = {"filename": "provisioning.zip", "size": 1_840_221, "url": "https://files/1"}


def read(kind: Kind, **values: object) -> Job:
    return kind.parse(json.dumps({"id": 77, **values}), PLACES[kind.name])


def sis(state: str, **values: object) -> Job:
    return read(SIS_IMPORT, workflow_state=state, progress=40, **values)


def report(state: str, **values: object) -> Job:
    return read(REPORT, status=state, report="provisioning_csv", **values)


STATES: Final = [
    (
        sis("initializing"),
        "queued",
        "waiting for its file; an import that was refused for an option stays here for ever",
    ),
    (sis("created"), "queued", "waiting for its turn: an account runs one import at a time"),
    (sis("importing"), "running", None),
    (sis("importing", data={"completed_importers": ["user", "course"]}), "running", "user, course done"),
    (sis("cleanup_batch"), "running", "deleting what was not in the files"),
    (sis("restoring"), "running", "restoring what an import had changed"),
    (sis("imported"), "completed", None),
    (
        sis(
            "imported",
            data={
                "counts": {
                    "courses": 412,
                    "users": 0,
                    "enrollments": 38114,
                    "error_count": 2,
                    "batch_enrollments_deleted": 57,
                }
            },
        ),
        "completed",
        "412 courses, 38,114 enrollments",
    ),
    (
        sis("imported_with_messages", processing_warnings=WARNINGS, data={"counts": {"warning_count": 200}}),
        "completed",
        "\n".join(
            ["200 warnings:", *(f"users.csv: row {number} was skipped;" for number in (1, 2, 3)), "and 197 more"]
        ),
    ),
    (sis("imported_with_messages", processing_warnings=[[None, "Odd"]]), "completed", "1 warning:\nOdd"),
    (
        sis("failed_with_messages", processing_errors=[["a.csv", "Bad"], ["b.csv", None], "no pair"]),
        "failed",
        "2 errors (other files may have been imported):\na.csv: Bad;\nb.csv",
    ),
    (sis("failed", data={"error_message": "It died"}), "failed", "It died"),
    (sis("failed"), "failed", "Canvas gave no reason"),
    (sis("aborted"), "canceled", "rows already imported stay"),
    (
        sis("aborted", processing_warnings=[["", "first"], ["e.csv", "240 enrollments would be deleted"]]),
        "canceled",
        "rows already imported stay;\ne.csv: 240 enrollments would be deleted",
    ),
    (sis("aborted", processing_warnings=[["", "last"]]), "canceled", "rows already imported stay;\nlast"),
    (sis("restored"), "completed", "restored"),
    (sis("partially_restored"), "completed", "restored in part"),
    (sis("hibernating"), "unknown", None),
    (report("created"), "queued", None),
    (report("running"), "running", None),
    (report("running", current_line=12_000), "running", "12,000 lines"),
    (report("compiling", current_line=12), "running", "writing the file, 12 lines"),
    (report("complete", attachment=FILE), "completed", "provisioning.zip, 1.8 MB"),
    (report("complete", attachment={"filename": "a.csv"}), "completed", "a.csv"),
    (report("complete"), "completed", None),
    (report("error", parameters={"extra_text": "Failed, no file."}), "failed", "Failed, no file."),
    (report("error"), "failed", "Canvas gave no reason"),
    (report("aborted"), "canceled", None),
    (report("aborted", attachment=FILE), "canceled", "a file was written all the same"),
    (report("deleted"), "gone", None),
    (report("running_wild"), "unknown", None),
]


@pytest.mark.parametrize(
    ("job", "outcome", "message"), STATES, ids=[f"{number} {job.state}" for number, (job, *_) in enumerate(STATES)]
)
def test_a_state_means_an_outcome_and_says_what_is_known(job: Job, outcome: str, message: str | None) -> None:
    assert (job.outcome, job.message) == (outcome, message)


@pytest.mark.parametrize(
    ("state", "errors", "outcome", "message", "warnings"),
    [
        ("initializing", [], "queued", None, 0),
        ("created", [], "queued", "waiting for its turn: an account runs one import at a time", 0),
        ("importing", [[3, "Bad"]], "running", "1 row skipped:\nrow 3: Bad", 0),
        ("succeeded", [], "completed", None, 0),
        ("succeeded", [[14, "No points"], ["odd"], "odd"], "completed", "1 row skipped:\nrow 14: No points", 1),
        ("succeeded", [[row, "Bad"] for row in range(25)], "completed",
         "25 rows or more skipped:\nrow 0: Bad;\nrow 1: Bad;\nrow 2: Bad;\nand 22 more", 25),
        ("failed", [[1, "An unexpected error"]], "failed", "row 1: An unexpected error", 0),
        ("failed", [], "failed", "Canvas gave no reason", 0),
        ("imported", [], "unknown", None, 0),  # Canvas's documents have it, its code does not
    ],
)  # fmt: skip
def test_an_outcome_import_counts_the_rows_that_were_skipped(
    state: str, errors: list[Any], outcome: str, message: str | None, warnings: int
) -> None:
    job = read(OUTCOME_IMPORT, workflow_state=state, progress=100, processing_errors=errors, user={"id": 7})
    assert (job.outcome, job.message, job.warnings, job.user_id) == (outcome, message, warnings, 7)
    assert job.context == "Course 5"


@pytest.mark.parametrize(
    ("state", "outcome", "message"),
    [
        ("created", "queued", "Fixed question 3"),
        ("queued", "queued", "Fixed question 3"),
        ("exporting", "running", "exporting the blueprint"),
        ("imports_queued", "running", "importing into the associated courses"),
        ("completed", "completed", "Fixed question 3"),
        ("exports_failed", "failed", "nothing was sent to the associated courses"),
        ("imports_failed", "failed", "at least one associated course failed; the others are updated"),
        ("running", "unknown", "Fixed question 3"),  # as Canvas's documents have it
    ],
)
def test_a_blueprint_sync_has_a_phase_and_no_percentage(state: str, outcome: str, message: str) -> None:
    job = read(
        BLUEPRINT_SYNC, workflow_state=state, user_id=7, comment="Fixed question 3", imports_completed_at=None,
        exports_started_at="2026-08-20T10:00:05Z", imports_queued_at="2026-08-20T10:02:40Z",
    )  # fmt: skip
    assert (job.outcome, job.message, job.completion, job.user_id) == (outcome, message, None, 7)
    assert (job.updated_at and f"{job.updated_at:%H:%M:%S}") == (None if job.outcome.is_final else "10:02:40")
    assert job.context == "Course 5"


@pytest.mark.parametrize(
    ("state", "ended_at", "updated"),
    [
        ("running", None, "06:00:20"),
        ("complete", None, None),  # the end comes one write after the state
        ("error", None, None),
        ("complete", "2026-08-20T06:04:02Z", "06:04:02"),
    ],
)
def test_a_report_that_has_ended_did_not_do_so_when_it_began(
    state: str, ended_at: str | None, updated: str | None
) -> None:
    job = report(state, started_at="2026-08-20T06:00:20Z", ended_at=ended_at)
    assert (job.updated_at and f"{job.updated_at:%H:%M:%S}") == updated


def test_a_percentage_may_be_a_string() -> None:
    sent = (0, 63, "63", 63.5, None, "x")
    read_as = [read(SIS_IMPORT, workflow_state="importing", progress=value).completion for value in sent]
    assert read_as == [0, 63, 63, 63.5, None, None]


def test_only_a_completed_import_has_warnings() -> None:
    some = {"processing_warnings": WARNINGS, "data": {"counts": {"warning_count": 200}}}
    assert sis("imported_with_messages", **some).warnings == 200
    assert sis("imported_with_messages", processing_warnings=WARNINGS).warnings == 5
    assert [sis(state, **some).warnings for state in ("imported", "aborted", "failed_with_messages")] == [0, 0, 0]


def test_the_file_of_a_job_is_its_link() -> None:
    assert sis("imported_with_messages", errors_attachment={"url": "https://files/9"}).link == "https://files/9"
    assert report("complete", attachment=FILE, file_url="https://page").link == "https://files/1"
    assert report("complete", file_url="https://page").link == "https://page"
    assert report("running", file_url=None).link is None


@pytest.mark.parametrize(
    ("tag", "results", "link"),
    [
        ("upload_via_url", {"id": 4711}, "/files/4711/download"),
        ("upload_via_url", None, None),
        ("something_new", {"id": 4711}, None),
        ("something_new", {"attachment": {"url": "https://files/9"}}, "https://files/9"),
        ("something_new", ["https://files/9"], None),
    ],
)
def test_the_file_in_the_results_of_a_progress_is_its_link(tag: str, results: object, link: str | None) -> None:
    assert a_job("completed", tag=tag, results=results).link == link


def test_only_the_file_of_messages_comes_after_the_end() -> None:
    there = {"errors_attachment": {"url": "https://files/9"}}
    late = [sis(state) for state in ("imported_with_messages", "failed_with_messages")]
    in_time = [sis("imported"), sis("failed"), sis("imported_with_messages", **there)]
    assert [SIS_IMPORT.more_follows(job) for job in (*late, *in_time)] == [True, True, False, False, False]


def test_a_report_is_tagged_by_its_type_and_dated_by_its_end() -> None:
    job = report("complete", started_at="2026-08-20T06:00:20Z", ended_at="2026-08-20T06:04:02Z")
    assert (job.tag, f"{job.updated_at:%H:%M:%S}") == ("provisioning_csv", "06:04:02")
    assert f"{report('running', started_at='2026-08-20T06:00:20Z').updated_at:%H:%M:%S}" == "06:00:20"
    assert (job.context, sis("created").context) == (None, "Account 1")


def test_a_sentence_says_what_all_of_a_collection_have_in_common() -> None:
    assert REPORT.noun_in(REPORT.usual(part="provisioning_csv")) == "account report of the type `provisioning_csv`"
    assert SIS_IMPORT.noun_in(SIS_IMPORT.usual()) == "SIS import"


def test_a_job_is_named_by_kind_part_and_id() -> None:
    labels = {kind.name: kind.label(place, 7) for kind in KINDS if (place := PLACES.get(kind.name))}
    assert labels == {
        "sis_import": "sis_import:7",
        "report": "report:provisioning_csv:7",
        "outcome_import": "outcome_import:7",
        "blueprint_sync": "blueprint_sync:5:7",
    }
    assert [SIS_IMPORT.is_usual(f"/api/v1/accounts/{account}/sis_imports") for account in ("self", "1")] == [
        True,
        False,
    ]
    assert REPORT.usual(account="3", part="x_csv") == "/api/v1/accounts/3/reports/x_csv"


@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "answer", ["[]", "{", '{"id": 1}', '{"workflow_state": "x", "status": "x"}', '{"id": 0, "status": "x"}']
)
def test_what_has_no_id_and_state_is_none(kind: Kind, answer: str) -> None:
    with pytest.raises(UnreadableJobError):
        kind.parse(answer, PLACES[kind.name])


def test_an_answer_is_recognised_by_what_only_its_kind_has() -> None:
    answers = {
        "sis_import": {"id": 1, "workflow_state": "created", "progress": 0, "data": None, "batch_mode": None},
        "report": {"id": 1, "report": "x_csv", "status": "created", "progress": 0},
        "outcome_import": {
            "id": 1, "workflow_state": "created", "processing_errors": [], "data": {"import_type": "instructure_csv"}},
    }  # fmt: skip
    found = {name: {kind.name: part for kind in KINDS if (part := kind.resembles(values)) is not None}
             for name, values in answers.items()}  # fmt: skip
    assert found == {name: {name: "x_csv" if name == "report" else ""} for name in answers}
