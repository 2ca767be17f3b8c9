"""What the simulated Canvas has of jobs that are no Progress, through both of its doors, as Canvas spells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

import other_canvas as other
from canvas_progress.core.job import Job
from canvas_progress.core.kinds.kind import Kind
from canvas_progress.core.kinds.registry import KINDS
from canvas_progress.sandbox import blueprint_syncs, content_migrations, outcome_imports, reports, sis_imports

if TYPE_CHECKING:
    from canvas_doors import Canvas

MODULES: Final = {
    "sis_import": sis_imports,
    "report": reports,
    "outcome_import": outcome_imports,
    "blueprint_sync": blueprint_syncs,
}
OF: Final[dict[str, Kind]] = {kind.name: kind for kind in KINDS}
LATE: Final = {"processing_warnings", "processing_errors", "errors_attachment", "attachment"}
MIGRATION: Final = "/api/v1/courses/5/content_migrations"


def path_of(job: int) -> str:
    """Return the path of a job: the thousands of its id are its kind."""
    return f"{list(other.COLLECTIONS.values())[job // 1000 - 4]}/{job}"


def kind_of(job: int) -> Kind:
    return OF[list(other.COLLECTIONS)[job // 1000 - 4]]


def seen(canvas: Canvas, job: int, *, after: float = 0.0) -> Job:
    canvas.clock.advance(after)
    return kind_of(job).parse(canvas.client.get(path_of(job)).text, path_of(job).rpartition("/")[0])


# How each job goes: after so many more seconds its state, percentage and what the client makes of it.
LIVES: Final = {
    4001: "0 created 0 queued, 3 importing 20 running, 4 importing 100 running, 1 imported 100 completed",
    4002: "0 created 0 queued, 3 created 0 queued, 1 imported 100 completed",
    4003: "0 created 0 queued, 6 imported_with_messages 100 completed, 1 imported_with_messages 100 completed",
    4004: "0 created 0 queued, 6 failed_with_messages 90 failed",
    4005: "0 created 0 queued, 3 failed 0 failed",
    4006: "0 created 0 queued, 5 importing 100 running, 1 cleanup_batch 100 running, 1 cleanup_batch 5 running, "
    "4 imported 100 completed",
    4007: "0 created 0 queued, 4 aborted 40 canceled",
    4008: "0 initializing 0 queued, 9999 initializing 0 queued",
    4009: "0 created 0 queued, 60 importing 60 running, 61 imported 100 completed",
    4010: "0 created 0 queued, 60 imported 100 completed",
    4011: "0 imported 100 completed",
    4012: "0 imported 100 completed, 4 restoring 100 running, 4 restored 100 completed",
    4014: "0 created 0 queued, 2 hibernating 0 unknown, 4 imported 100 completed",
    5001: "0 created 0 queued, 4 running 99 running, 1 compiling 0 running, 3 complete 100 completed",
    5002: "0 created 0 queued, 4 error 100 failed",
    5003: "0 created 0 queued, 4 error 40 failed",
    5004: "0 created 0 queued, 60 running 50 running, 60 complete 100 completed",
    5005: "0 created 0 queued, 1 running 0 running, 119 complete 100 completed",
    5006: "0 created 0 queued, 9999 created 0 queued",
    5007: "0 complete 100 completed",
    6001: "0 created 0 queued, 2 importing 40 running, 2 succeeded 100 completed",
    6002: "0 created 0 queued, 4 succeeded 100 completed",
    6003: "0 created 0 queued, 3 failed 0 failed",
    6004: "0 created 0 queued, 3 succeeded 100 completed",
    7001: "0 queued - queued, 1 exporting - running, 2 imports_queued - running, 3 completed - completed",
    7002: "0 queued - queued, 3 exports_failed - failed",
    7003: "0 queued - queued, 5 imports_failed - failed",
}
UNREADABLE: Final = {4013}


@pytest.mark.parametrize("job", LIVES)
def test_a_job_goes_as_its_script_says(canvas: Canvas, job: int) -> None:
    for stage in LIVES[job].split(", "):
        seconds, state, percent, outcome = stage.split()
        now = seen(canvas, job, after=float(seconds))
        percentage = "-" if now.completion is None else f"{now.completion:.0f}"
        assert (now.state, percentage, now.outcome) == (state, percent, outcome)


def test_every_job_is_in_the_table_and_says_what_it_is_for() -> None:
    jobs = [job for module in MODULES.values() for job in module.JOBS]
    assert {job.id for job in jobs} == set(LIVES) | UNREADABLE
    assert all(job.about for job in (*jobs, *content_migrations.JOBS))


@pytest.mark.parametrize("job", LIVES)
def test_a_job_has_no_key_that_canvas_does_not_send(canvas: Canvas, job: int) -> None:
    for seconds in (0, 4, 3, 120):
        canvas.clock.advance(seconds)
        document = canvas.client.get(path_of(job)).json()
        known = other.DOCUMENTS[kind_of(job).name]("created")
        assert document.keys() <= known.keys() | LATE
        assert kind_of(job).resembles(document) is not None or kind_of(job).name == "blueprint_sync"


@pytest.mark.parametrize(
    ("job", "after", "told"),
    [
        pytest.param(4003, 6, {"warnings": 4, "link": None}, id="the file of the warnings is not there yet"),
        pytest.param(4003, 7, {"link": "{base}/files/9003/download?verifier=made-up"}, id="then it is"),
        pytest.param(4005, 3, {"message": "Invalid byte sequence in UTF-8"}, id="an import without rows says why"),
        pytest.param(5003, 4, {"message": "Canvas gave no reason"}, id="a part that crashed says nothing"),
        pytest.param(5002, 4, {"message": "Failed, there is no file."}, id="a report says why"),
        pytest.param(6002, 4, {"warnings": 2}, id="rows that were skipped"),
        pytest.param(6004, 3, {"warnings": 25}, id="no more than 25 of them"),
    ],
)
def test_what_a_job_says_at_its_end(canvas: Canvas, job: int, after: float, told: dict[str, Any]) -> None:
    seen(canvas, job)
    ended = seen(canvas, job, after=after)
    link = str(told.get("link") or "").replace("{base}", str(canvas.client.base_url).rstrip("/"))
    expected = told | {"link": link} if link else told
    assert {name: getattr(ended, name) for name in told} == expected


@pytest.mark.parametrize(
    ("job", "after", "status"),
    [
        pytest.param(4001, 0, 200, id="an import that waits"),
        pytest.param(4006, 6, 200, id="an import that deletes"),
        pytest.param(4008, 0, 200, id="an import without its file"),
        pytest.param(4011, 0, 404, id="an import that is done"),
        pytest.param(4012, 5, 404, id="a restore"),
        pytest.param(4999, 0, 404, id="no import"),
        pytest.param(4013, 0, 403, id="an import of others"),
        pytest.param(5004, 2, 200, id="a report that runs"),
        pytest.param(5001, 5, 404, id="a report that is written"),
        pytest.param(5006, 0, 404, id="a report that waits"),
        pytest.param(5007, 0, 404, id="a report that is done"),
        pytest.param(6001, 2, 404, id="an outcome import"),
        pytest.param(7001, 2, 404, id="a sync"),
    ],
)
def test_an_abort_finds_what_canvas_would_find(canvas: Canvas, job: int, after: float, status: int) -> None:
    canvas.client.get(path_of(job))
    canvas.clock.advance(after)
    answer = canvas.client.put(f"{path_of(job)}/abort")
    assert answer.status_code == status
    if status == 200:
        assert seen(canvas, job).state == "aborted"
        assert answer.json() == canvas.client.get(path_of(job)).json()
        assert canvas.client.put(f"{path_of(job)}/abort").status_code == 404


@pytest.mark.parametrize(
    ("job", "after", "stages"),
    [
        pytest.param(4009, 30, [(0, "aborted", 30), (3, "aborted", 60)], id="the last chunk of rows comes in"),
        pytest.param(4010, 2, [(0, "aborted", 0), (1, "imported", 100)], id="imported over an abort"),
        pytest.param(5005, 2, [(0, "aborted", 0), (1, "complete", 100)], id="completed over an abort"),
        pytest.param(5004, 2, [(0, "aborted", 0), (999, "aborted", 0)], id="an abort that holds"),
    ],
)
def test_what_follows_an_abort(canvas: Canvas, job: int, after: float, stages: list[tuple[float, str, int]]) -> None:
    canvas.client.get(path_of(job))
    canvas.clock.advance(after)
    canvas.client.put(f"{path_of(job)}/abort")
    for seconds, state, percent in stages:
        now = seen(canvas, job, after=seconds)
        assert (now.state, now.completion) == (state, percent)


@pytest.mark.parametrize(("kind", "key"), [("sis_import", "sis_imports"), ("report", ""), ("blueprint_sync", "")])
def test_a_list_has_all_that_may_be_read_page_by_page_the_newest_first(canvas: Canvas, kind: str, key: str) -> None:
    ids: list[int] = []
    sizes: list[int] = []
    url: str | None = f"{other.COLLECTIONS[kind]}?per_page=4"
    while url is not None:
        answer = canvas.client.get(url)
        listed = answer.json()[key] if key else answer.json()
        assert len(OF[kind].parse_list(answer.text, other.COLLECTIONS[kind])) == len(listed)
        ids += [job["id"] for job in listed]
        sizes.append(len(listed))
        url = answer.links.get("next", {}).get("url")
        assert url is None or url.startswith(str(canvas.client.base_url))
    assert ids == sorted((job.id for job in MODULES[kind].JOBS if job.readable), reverse=True)
    assert set(sizes[:-1]) <= {4}


@pytest.mark.parametrize("page", ["", "?page=1", "?page=2"])
def test_ids_are_strings_on_any_page_when_the_client_asks_for_it(canvas: Canvas, page: str) -> None:
    headers = {"accept": "application/json+canvas-string-ids"}
    listed = canvas.client.get(f"{other.SIS}{page or '?per_page=100'}", headers=headers).json()["sis_imports"]
    assert listed
    assert all(isinstance(job["id"], str) for job in listed)


STRINGS: Final = {"errors": ["SIS imports can only be executed on root accounts"]}
MISSING: Final = {"errors": [{"message": "The specified resource does not exist."}]}


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("/api/v1/accounts/2/sis_imports/4001", 400, STRINGS, id="a sub-account"),
        pytest.param("/api/v1/accounts/2/sis_imports", 400, STRINGS, id="the list of a sub-account"),
        pytest.param("/api/v1/accounts/9/sis_imports/4001", 404, MISSING, id="no account"),
        pytest.param("/api/v1/accounts/1/sis_imports/4001", 200, None, id="the root account by its id"),
        pytest.param(f"{other.SIS}/4999", 404, MISSING, id="no import"),
        pytest.param("/api/v1/accounts/self/reports/grades_csv/5001", 404, MISSING, id="a report of another type"),
        pytest.param("/api/v1/accounts/2/reports/provisioning_csv/5001", 404, MISSING, id="another account"),
        pytest.param("/api/v1/accounts/self/reports/grades_csv", 200, [], id="no report of a type"),
        pytest.param("/api/v1/accounts/2/reports", 404, MISSING, id="the types of another account"),
        pytest.param("/api/v1/courses/6/blueprint_templates/default/migrations/7001", 404, MISSING, id="no blueprint"),
        pytest.param(
            f"{other.OUTCOMES}/6999", 404, {"message": "Couldn't find OutcomeImport with 'id'=6999"}, id="no outcomes"
        ),
        pytest.param("/api/v1/courses/5/outcome_imports/6001", 200, None, id="the outcomes of a course"),
        pytest.param(f"{other.OUTCOMES}/latest", 200, None, id="the latest outcomes"),
        pytest.param(f"{MIGRATION}/31", 200, None, id="a migration"),
        pytest.param(f"{MIGRATION}/99", 404, MISSING, id="no migration"),
        pytest.param("/api/v1/courses/6/content_migrations/31", 404, MISSING, id="a migration of another course"),
    ],
)
def test_what_is_at_a_path(canvas: Canvas, path: str, status: int, body: object) -> None:
    answer = canvas.client.get(path)
    assert answer.status_code == status
    assert body is None or answer.json() == body


@pytest.mark.parametrize("path", [*map(path_of, (4001, 5001, 6001, 7001)), f"{MIGRATION}/31", other.SIS, other.SYNCS])
def test_without_a_token_there_is_nothing(canvas: Canvas, path: str) -> None:
    del canvas.client.headers["authorization"]
    answer = canvas.client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("job", "after", "state", "progress"),
    [
        (31, 26, "completed", "completed"),
        (32, 11, "waiting_for_select", "completed"),
        (33, 15, "completed", "completed"),
        (34, 3, "failed", "queued"),
    ],
)
def test_a_migration_and_its_progress_may_differ(
    canvas: Canvas, job: int, after: float, state: str, progress: str
) -> None:
    first = canvas.client.get(f"{MIGRATION}/{job}").json()
    canvas.client.get(first["progress_url"])
    canvas.clock.advance(after)
    migration = canvas.client.get(f"{MIGRATION}/{job}").json()
    assert (first["workflow_state"], migration["workflow_state"]) == ("running", state)
    assert canvas.client.get(migration["progress_url"]).json()["workflow_state"] == progress
    assert migration.keys() <= other.content_migration("running").keys()
