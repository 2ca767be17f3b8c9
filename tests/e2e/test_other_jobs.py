"""The installed command and the jobs that are no Progress, against what Canvas's serializers and controllers say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any, Final

import pytest

import other_canvas as other
from canvas_progress import show, wait
from command import Command, Ran
from other_canvas import NOT_FOUND, OtherCanvas, Said, Script, at, blueprint_sync, outcome_import, report, said
from other_canvas import sis_import as sis

TOKEN: Final = "S3CRET-marked-token"
FILE: Final = {"id": 9, "filename": "x.zip", "size": 1_840_221, "url": "{base}/files/9/download?verifier=made-up"}
WARNINGS: Final = [["users.csv", "User jdoe7 has no e-mail address"], [None, "Ada Lovelace was skipped"]]
SKIPPED: Final = [[14, "Points for rating tier 2 not present"]]


@contextmanager
def serving(command: Command, script: Script) -> Iterator[OtherCanvas]:
    with other.other_canvas(script) as canvas:
        command.environment |= {"CANVAS_PROGRESS_URL": canvas.url, "CANVAS_PROGRESS_TOKEN": TOKEN}
        yield canvas


def ran(command: Command, script: Script, *arguments: str, typed: str = "") -> tuple[Ran, OtherCanvas]:
    """Run one command line on a server of its own."""
    with serving(command, script) as canvas:
        return command.run(*arguments, typed=typed), canvas


def outcome(of: Ran) -> str:
    return of.out.splitlines()[-1].split("\t")[1]


def answers(kind: str, *documents: dict[str, Any]) -> Script:
    """Answer about one job of a kind with these in turn."""
    return {at(kind): [said(document) for document in documents]}


ENDS: Final = [
    pytest.param("sis_import", sis("imported", progress=100), "completed", 0, id="sis imported"),
    pytest.param(
        "sis_import", sis("imported_with_messages", errors_attachment=FILE), "completed", 0, id="sis with warnings"
    ),
    pytest.param("sis_import", sis("restored"), "completed", 0, id="sis restored"),
    pytest.param("sis_import", sis("partially_restored"), "completed", 0, id="sis restored in part"),
    pytest.param("sis_import", sis("failed_with_messages", errors_attachment=FILE), "failed", 3, id="sis with errors"),
    pytest.param("sis_import", sis("failed", data={"stack_trace": "x.rb:1"}), "failed", 3, id="sis failed"),
    pytest.param("sis_import", sis("aborted", progress=40), "canceled", 9, id="sis aborted without ended_at"),
    pytest.param("report", report("complete", attachment=FILE, progress=100), "completed", 0, id="report complete"),
    pytest.param("report", report("error", progress=100), "failed", 3, id="report in error at 100 %"),
    pytest.param("report", report("aborted", progress=100), "canceled", 9, id="report aborted at 100 %"),
    pytest.param("outcome_import", outcome_import("succeeded", progress=100), "completed", 0, id="outcomes"),
    pytest.param(
        "outcome_import", outcome_import("succeeded", processing_errors=SKIPPED), "completed", 0, id="rows skipped"
    ),
    pytest.param("outcome_import", outcome_import("failed"), "failed", 3, id="outcomes failed"),
    pytest.param("blueprint_sync", blueprint_sync("completed"), "completed", 0, id="sync without child courses"),
    pytest.param("blueprint_sync", blueprint_sync("exports_failed"), "failed", 3, id="sync not exported"),
    pytest.param("blueprint_sync", blueprint_sync("imports_failed"), "failed", 3, id="sync not imported"),
]


@pytest.mark.parametrize(("kind", "document", "ended", "code"), ENDS)
def test_a_final_state_is_an_outcome_and_an_exit_code_after_one_request(
    command: Command, kind: str, document: dict[str, Any], ended: str, code: int
) -> None:
    for arguments, expected in ((("watch",), code), (("show", "--exit-status"), code), (("show",), 0)):
        did, canvas = ran(command, answers(kind, document), *arguments, other.REFS[kind])
        assert (did.code, outcome(did), canvas.lines()) == (expected, ended, [at(kind)]), arguments
        assert did.out.startswith(f"{other.REFS[kind]}\t")
        assert "stack_trace" not in did.out + did.err
        assert bool(did.err) == (expected != 0 or arguments == ("watch",))


_QUEUED: Final = {"created": "queued", "initializing": "queued"}
PENDING: Final = {
    "sis_import": {"importing": "running", "cleanup_batch": "running", "restoring": "running", **_QUEUED},
    "report": {"created": "queued", "running": "running", "compiling": "running"},
    "outcome_import": {"importing": "running", **_QUEUED},
    "blueprint_sync": {"created": "queued", "queued": "queued", "exporting": "running", "imports_queued": "running"},
}


@pytest.mark.parametrize("kind", PENDING)
def test_every_other_state_is_pending_whatever_the_percentage_and_the_end_time(command: Command, kind: str) -> None:
    states = PENDING[kind] | {"dreaming": "unknown (dreaming)"}
    document, ref = other.DOCUMENTS[kind], other.REFS[kind].removesuffix("77")
    script = {
        at(kind, id_): said(document(state, id_) | {"ended_at": "2026-08-20T02:17:51Z", "progress": 100})
        for id_, state in enumerate(states, 77)
    }
    did, canvas = ran(command, script, "show", "--exit-status", *(f"{ref}{77 + place}" for place in range(len(states))))
    assert (did.code, len(canvas.requests)) == (8, len(states))
    assert [line.split("\t")[1] for line in did.out.splitlines()] == list(states.values())


@pytest.mark.parametrize("state", ["initializing", "hibernating"])
def test_a_watch_of_what_never_ends_ends_by_its_timeout(command: Command, state: str) -> None:
    did, _ = ran(command, answers("sis_import", sis(state)), "watch", "--timeout", "1", "sis_import:77")
    assert did.code == 124
    assert "the time limit" in did.err


WATCHES: Final = [
    pytest.param(
        "sis_import",
        [
            sis("importing", progress=100),
            sis("cleanup_batch", progress=100),
            sis("cleanup_batch", progress=3),
            sis("imported", progress=100),
        ],
        0,
        4,
        id="100 % twice, the second time while it deletes",
    ),
    pytest.param("sis_import", [sis("created"), sis("imported", progress=100)], 0, 2, id="a small import: 0, then 100"),
    pytest.param(
        "report",
        [report("running", progress=99), report("compiling"), report("complete", progress=100, attachment=FILE)],
        0,
        3,
        id="99 % falls to 0 while a report is written",
    ),
    pytest.param("report", [report("running"), report("error", progress=100)], 3, 2, id="100 % of a failed report"),
    pytest.param("report", [said(report("running")), NOT_FOUND], 5, 2, id="a report deleted while it is watched"),
    pytest.param("report", [report("deleted")], 5, 1, id="a report deleted just now"),
    pytest.param(
        "blueprint_sync",
        [blueprint_sync("exporting"), blueprint_sync("imports_queued"), blueprint_sync("imports_failed")],
        3,
        3,
        id="the phases of a sync",
    ),
    pytest.param(
        "sis_import",
        [sis("imported_with_messages"), sis("imported_with_messages", errors_attachment=FILE)],
        0,
        2,
        id="the error file comes after the end",
    ),
    pytest.param("sis_import", [sis("failed_with_messages")] * 9, 3, 2, id="an error file that never comes: one read"),
    pytest.param("sis_import", [sis("hibernating"), sis("imported")], 0, 2, id="a state that nobody knows passes"),
    pytest.param("sis_import", [sis("importing", progress="40"), sis("imported")], 0, 2, id="a percentage as text"),
    pytest.param("sis_import", [sis("importing", progress=None, data=None), sis("aborted")], 9, 2, id="nulls of old"),
]


@pytest.mark.parametrize(("kind", "documents", "code", "requests"), WATCHES)
def test_a_watch_goes_by_the_state_alone(
    command: Command, kind: str, documents: Sequence[dict[str, Any] | Said], code: int, requests: int
) -> None:
    script = {at(kind): [each if isinstance(each, Said) else said(each) for each in documents]}
    did, canvas = ran(command, script, "watch", "--json", "--interval", "1", other.REFS[kind])
    assert (did.code, canvas.lines()) == (code, [at(kind)] * requests)
    events = [json.loads(line) for line in did.out.splitlines()]
    assert {event["kind"] for event in events[:-1]} == {kind}
    last = events[-2]["job"] if code != 5 else None
    assert last is None or last == json.loads(json.dumps(documents[requests - 1]).replace("{base}", canvas.url))


def test_an_import_that_canvas_aborts_by_itself_says_why(command: Command) -> None:
    why = [["users.csv", "first"], ["enrollments.csv", "240 enrollments would be deleted"]]
    document = sis("aborted", processing_warnings=why, ended_at="2026-08-20T02:17:51Z")
    did, _ = ran(command, answers("sis_import", document), "watch", "sis_import:77")
    assert did.code == 9
    assert "enrollments.csv: 240 enrollments would be deleted" in did.err


COUNTED: Final[dict[str, Any]] = {"data": {"counts": {"warning_count": 200}}, "errors_attachment": FILE}


@pytest.mark.parametrize(
    ("kind", "document", "code"),
    [
        pytest.param("sis_import", sis("imported_with_messages", **COUNTED), 3, id="warnings of an import"),
        pytest.param("outcome_import", outcome_import("succeeded", processing_errors=SKIPPED), 3, id="rows skipped"),
        pytest.param("sis_import", sis("imported_with_messages"), 3, id="warnings that are not counted"),
        pytest.param("sis_import", sis("imported"), 0, id="no warning"),
        pytest.param("outcome_import", outcome_import("succeeded"), 0, id="no row skipped"),
        pytest.param("sis_import", sis("aborted", processing_warnings=WARNINGS), 9, id="an abort stays one"),
    ],
)
def test_for_strict_a_job_with_warnings_has_failed(
    command: Command, kind: str, document: dict[str, Any], code: int
) -> None:
    for arguments in (("watch", "--strict"), ("show", "--exit-status", "--strict")):
        did, _ = ran(command, answers(kind, document), *arguments, other.REFS[kind])
        assert did.code == code
        assert ("completed with" in did.err) == (code == 3)
        assert ("200 warnings" in did.err) == ("errors_attachment" in document)


ABORT: Final = at("sis_import", method="PUT", action="/abort")
ABORT_REPORT: Final = at("report", method="PUT", action="/abort")
SIS: Final = at("sis_import")
REPORT: Final = at("report")
LOST: Final = Said("", lost=True)
NO_WAY: Final = "Canvas has no way to abort"
CANCELS: Final = [
    pytest.param(
        {SIS: said(sis("importing")), ABORT: said(sis("aborted"))}, 0, "rows already imported stay", 1, id="an import"
    ),
    pytest.param({SIS: said(sis("created")), ABORT: said(sis("aborted"))}, 0, "marked as canceled", 1, id="waiting"),
    pytest.param({REPORT: said(report("running")), ABORT_REPORT: said(report("aborted"))}, 0, "may", 1, id="a report"),
    pytest.param({REPORT: said(report("created"))}, 7, "only a report that is running", 0, id="a waiting report"),
    pytest.param({REPORT: said(report("compiling"))}, 7, "only a report that is running", 0, id="a compiling report"),
    pytest.param({REPORT: said(report("complete"))}, 7, "already ended (complete)", 0, id="a report that is done"),
    pytest.param({SIS: said(sis("imported"))}, 7, "already ended (imported)", 0, id="an import that is done"),
    pytest.param({SIS: said(sis("aborted"))}, 7, "already ended (aborted)", 0, id="an import that is aborted"),
    pytest.param({SIS: said(sis("restoring"))}, 7, "being restored", 0, id="a restore"),
    pytest.param({at("outcome_import"): said(outcome_import("importing"))}, 7, NO_WAY, 0, id="an outcome import"),
    pytest.param({at("blueprint_sync"): said(blueprint_sync("exporting"))}, 7, NO_WAY, 0, id="a sync"),
    pytest.param({SIS: NOT_FOUND}, 5, "there is no SIS import 77", 0, id="an unknown import"),
    pytest.param(
        {SIS: [said(sis("importing")), said(sis("imported"))], ABORT: NOT_FOUND},
        7,
        "Canvas found no job to abort any more; it is imported",
        1,
        id="too late: a read after the 404 says so",
    ),
    pytest.param(
        {REPORT: [said(report("running")), said(report("compiling"))], ABORT_REPORT: NOT_FOUND},
        7,
        "Canvas found no job to abort any more; it is compiling",
        1,
        id="a report begins to be written meanwhile",
    ),
    pytest.param(
        {SIS: [said(sis("importing")), said(sis("aborted"))], ABORT: NOT_FOUND},
        7,
        "Canvas found no job to abort any more; it is aborted",
        1,
        id="somebody else aborts it meanwhile",
    ),
    pytest.param(
        {SIS: [said(sis("importing")), NOT_FOUND], ABORT: NOT_FOUND}, 5, "no SIS import 77", 1, id="gone meanwhile"
    ),
    pytest.param(
        {SIS: [said(sis("importing")), said(sis("aborted"))], ABORT: LOST}, 0, "marked as canceled", 1, id="answer lost"
    ),
    pytest.param(
        {SIS: said(sis("importing")), ABORT: [LOST, said(sis("aborted"))]}, 0, "marked as", 2, id="request lost"
    ),
    pytest.param(
        {SIS: [said(sis("importing")), said(sis("imported"))], ABORT: LOST},
        7,
        "already ended (imported)",
        1,
        id="answer lost, and it was too late",
    ),
    pytest.param(
        {SIS: said(sis("importing")), ABORT: other.FORBIDDEN}, 5, "does not permit", 1, id="no right to abort"
    ),
]


@pytest.mark.parametrize(("script", "code", "words", "aborts"), CANCELS)
def test_a_cancel_reads_aborts_and_says_what_became_of_it(
    command: Command, script: Script, code: int, words: str, aborts: int
) -> None:
    first = next(iter(script))
    ref = next(ref for kind, ref in other.REFS.items() if at(kind) == first)
    did, canvas = ran(command, script, "cancel", "--yes", ref)
    assert (did.code, words in did.err) == (code, True), did.err
    assert canvas.lines()[0] == first
    assert len(canvas.lines("PUT")) == aborts
    assert canvas.lines("POST") == []
    assert all(heard.body == "" for heard in canvas.requests)


@pytest.mark.parametrize("option", ["--force", "--dry-run"])
def test_neither_force_nor_a_dry_run_aborts_what_has_ended(command: Command, option: str) -> None:
    did, canvas = ran(command, {SIS: said(sis("imported"))}, "cancel", "--yes", option, "sis_import:77")
    assert (did.code, canvas.lines()) == (7, [SIS])


@pytest.mark.parametrize(
    ("kind", "then", "code", "words"),
    [
        pytest.param("sis_import", sis("imported"), 7, "wrote over the cancellation and completed", id="imported"),
        pytest.param("sis_import", sis("failed"), 3, "wrote over the cancellation: failed", id="failed"),
        pytest.param("report", report("complete"), 7, "wrote over the cancellation and completed", id="report"),
    ],
)
def test_a_cancel_that_waits_sees_what_is_written_over_the_abort(
    command: Command, kind: str, then: dict[str, Any], code: int, words: str
) -> None:
    document = other.DOCUMENTS[kind]
    running = "importing" if kind == "sis_import" else "running"
    script: Script = {
        at(kind): [said(document(running)), said(document("aborted")), said(then)],
        at(kind, method="PUT", action="/abort"): said(document("aborted")),
    }
    did, canvas = ran(command, script, "cancel", "--yes", "--wait", other.REFS[kind])
    assert (did.code, words in did.err, len(canvas.lines("PUT"))) == (code, True, 1), did.err


def _page(ids: range, headers: str = "") -> Said:
    return said({"sis_imports": [sis("imported", id_) for id_ in ids]}, headers=headers)


COLLECTION: Final = f"GET {other.SIS}"
PAGE_2: Final = f"{other.SIS}?page=2&per_page=2"


@pytest.mark.parametrize(
    ("link", "most", "ids", "requests"),
    [
        pytest.param("{base}" + PAGE_2, "4", [9, 8, 7, 6], 2, id="as many pages as are wanted"),
        pytest.param("{base}" + PAGE_2, "3", [9, 8, 7], 2, id="no more than are wanted"),
        pytest.param("{base}" + PAGE_2, "2", [9, 8], 1, id="no page that is not wanted"),
        pytest.param("{base}" + PAGE_2, "9", [9, 8, 7, 6, 5], 3, id="to the end"),
        pytest.param("https" + PAGE_2, "4", [9, 8, 7, 6], 2, id="a link without a host"),
    ],
)
def test_a_list_follows_its_pages(command: Command, link: str, most: str, ids: list[int], requests: int) -> None:
    first = other.link(("current", "{base}" + other.SIS), ("next", link), ("first", "{base}" + other.SIS))
    third = f"{other.SIS}?page=3&per_page=2"
    script = {
        COLLECTION: _page(range(9, 7, -1), first),
        f"GET {PAGE_2}": _page(range(7, 5, -1), other.link(("next", "{base}" + third))),
        f"GET {third}": _page(range(5, 4, -1)),
    }
    did, canvas = ran(command, script, "list", "sis_import", "-n", most)
    assert did.code == 0
    assert [line.split("\t")[0] for line in did.out.splitlines()] == [f"sis_import:{id_}" for id_ in ids]
    assert len(canvas.requests) == requests


@pytest.mark.parametrize(
    ("pages", "ids", "requests"),
    [
        pytest.param([range(99, 97, -1), range(97, 95, -1), range(95, 93, -1)], [99, 98, 97, 96, 95], 3, id="no end"),
        pytest.param([range(9, 7, -1)], [9, 8], 2, id="one page again and again"),
        pytest.param([range(9, 7, -1), range(8, 6, -1)], [9, 8, 7], 3, id="a job begins meanwhile"),
        pytest.param([range(9, 7, -1), range(0)], [9, 8], 2, id="an empty page"),
    ],
)
def test_a_list_is_read_as_far_as_it_has_other_jobs(
    command: Command, pages: list[range], ids: list[int], requests: int
) -> None:
    next_ = other.link(("next", "{base}" + PAGE_2))
    script = {COLLECTION: [_page(ids, next_) for ids in pages]}
    did, canvas = ran(command, script, "list", "sis_import", "-n", "5")
    assert did.code == 0
    assert [line.split("\t")[0] for line in did.out.splitlines()] == [f"sis_import:{id_}" for id_ in ids]
    assert len(canvas.requests) == requests


@pytest.mark.parametrize("elsewhere", ["{other}", "//{netloc}", "http://127.0.0.1@{netloc}"])
def test_no_request_and_no_token_follows_a_page_to_another_host(command: Command, elsewhere: str) -> None:
    with other.other_canvas({COLLECTION: _page(range(7, 5, -1))}) as theirs:
        there = elsewhere.replace("{other}", theirs.url).replace("{netloc}", theirs.url.removeprefix("http://"))
        script = {COLLECTION: _page(range(9, 7, -1), other.link(("next", f"{there}{PAGE_2}")))}
        did, canvas = ran(command, script, "list", "sis_import", "-n", "9")
        assert theirs.requests == []
    assert (did.code, len(did.out.splitlines()), len(canvas.requests)) == (0, 2, 2)  # of ours
    assert TOKEN not in did.out + did.err


LISTS: Final = [
    pytest.param(f"report:{report('running')['report']}", other.REPORTS, [report("running"), report("complete", 76)]),
    pytest.param("blueprint_sync:5", other.SYNCS, [blueprint_sync("queued"), blueprint_sync("completed", 76)]),
    pytest.param("sis_import", other.SIS, {"sis_imports": [sis("created"), sis("imported", 76)]}),
]


@pytest.mark.parametrize(
    "types",
    [NOT_FOUND, other.refusal("403 Forbidden", "user not authorized to perform that action"), said({"reports": "x"})],
    ids=["no such list", "not permitted", "nonsense"],
)
def test_where_the_types_of_reports_cannot_be_read_an_empty_list_is_one(command: Command, types: Said) -> None:
    script: Script = {f"GET {other.REPORTS}": said([]), f"GET {other.REPORTS.rpartition('/')[0]}": types}
    did, canvas = ran(command, script, "list", "report:provisioning_csv")
    assert (did.code, len(canvas.requests)) == (0, 2)
    assert did.err == "there is no account report of the type `provisioning_csv` yet\n"


@pytest.mark.parametrize(("kind", "path", "listed"), LISTS)
def test_a_list_is_filtered_here_and_not_by_canvas(command: Command, kind: str, path: str, listed: object) -> None:
    did, canvas = ran(command, {f"GET {path}": said(listed)}, "list", kind, "--pending")
    assert did.code == 0
    assert [line.split("\t")[0] for line in did.out.splitlines()] == [f"{kind}:77"]
    assert "workflow_state" not in canvas.requests[0].line


@pytest.mark.parametrize(("kind", "path", "listed"), LISTS)
def test_the_newest_of_a_kind_is_the_first_of_its_list(
    command: Command, kind: str, path: str, listed: list[dict[str, Any]] | dict[str, list[dict[str, Any]]]
) -> None:
    first = (listed["sis_imports"] if isinstance(listed, dict) else listed)[0]
    ended = first | {"workflow_state": "completed", "status": "complete"}
    script = {f"GET {path}": said(listed), f"GET {path}/77": said(ended | {"workflow_state": "imported"})}
    if kind != "sis_import":
        script[f"GET {path}/77"] = said(ended)
    for arguments in (("watch", "--latest", kind), ("watch", f"{kind}:latest")):
        did, canvas = ran(command, script, *arguments)
        assert (did.code, canvas.lines()) == (0, [f"GET {path}", f"GET {path}/77"])
        assert did.out.startswith(f"{kind}:77\tcompleted")


@pytest.mark.parametrize(
    ("kind", "script", "code", "words"),
    [
        pytest.param("sis_import", {COLLECTION: said({"sis_imports": []})}, 5, "there is no SIS import", id="none"),
        pytest.param("report:x_csv", {}, 5, "has no account report API at that path", id="no such route"),
        pytest.param(
            "outcome_import",
            {at("outcome_import", "latest"): other.NO_LATEST_OUTCOME_IMPORT},
            5,
            "there is no latest outcome import",
            id="no outcome import",
        ),
        pytest.param("report", {}, 2, "is found by its type: `report:TYPE`", id="the type is missing"),
        pytest.param("progress", {}, 2, "does not say which progress is the newest", id="a Progress has no list"),
    ],
)
def test_without_a_newest_one_it_is_said_so(command: Command, kind: str, script: Script, code: int, words: str) -> None:
    did, _ = ran(command, script, "watch", "--latest", kind)
    assert (did.code, words in did.err) == (code, True), did.err


@pytest.mark.parametrize("kind", other.COLLECTIONS)
def test_a_newest_one_that_was_made_too_long_ago_is_missing(command: Command, kind: str) -> None:
    document = other.DOCUMENTS[kind]("completed")
    ref = other.REFS[kind].removesuffix("77") + "latest"
    listed = {"sis_imports": [document]} if kind == "sis_import" else [document]
    date = f"Date: {formatdate(usegmt=True)}\r\n"
    script: Script = {
        f"GET {other.COLLECTIONS[kind]}": said(listed, headers=date),
        at(kind, "latest"): said(document, headers=date),
        at(kind): said(document),
    }
    for name in ("show", "watch"):
        did, canvas = ran(command, script, name, "--since", "6h", ref)
        assert (did.code, "completed" in did.out, len(canvas.requests)) == (5, False, 1)
        assert re.search(f"the newest .*, {other.REFS[kind]}, was created .* ago, not within 6 h\n", did.err)
    assert ran(command, script, "show", "--since", "175200h", ref)[0].out  # twenty years


def test_what_is_resumed_may_be_no_older_either(command: Command) -> None:
    down = other.refusal("503 Service Unavailable", "later")
    did, _ = ran(
        command, {SIS.rpartition("/")[0]: down}, "watch", "--timeout", "1", "--since", "30m", "sis_import:latest"
    )
    assert did.code == 124
    assert "resume with `canvas-progress watch --since 1800 sis_import:latest`" in did.err


def test_the_latest_outcome_import_is_asked_for_by_its_route(command: Command) -> None:
    script = {at("outcome_import", "latest"): said(outcome_import("created"))} | dict(
        answers("outcome_import", outcome_import("succeeded"))
    )
    did, canvas = ran(command, script, "watch", "--latest", "outcome_import")
    assert (did.code, canvas.lines()) == (0, [at("outcome_import", "latest"), at("outcome_import")])


@pytest.mark.parametrize(
    ("started", "ended", "ref"),
    [
        pytest.param(sis("created"), {SIS: said(sis("imported"))}, "sis_import:77", id="SIS import"),
        pytest.param(
            report("created", ended_at=None), {REPORT: said(report("complete"))}, other.REFS["report"], id="report"
        ),
        pytest.param(
            outcome_import("created"),
            {at("outcome_import"): said(outcome_import("succeeded"))},
            "outcome_import:77",
            id="outcome import",
        ),
        pytest.param(
            other.content_migration("running", progress_url="{base}/api/v1/progress/9"),
            {
                "GET /api/v1/progress/9": said(other.progress("completed")),
                f"GET {other.MIGRATIONS}/77": said(other.content_migration("completed")),
            },
            "9",
            id="content migration",
        ),
        pytest.param(blueprint_sync("queued"), {}, None, id="blueprint sync: it does not name its course"),
        pytest.param({"sis_imports": [sis("created")]}, {SIS: said(sis("imported"))}, "sis_import:77", id="a list"),
    ],
)
def test_what_canvas_answers_to_the_start_of_a_job_can_be_piped_in(
    command: Command, started: dict[str, Any], ended: Script, ref: str | None
) -> None:
    with serving(command, ended) as canvas:
        did = command.run("watch", "-", typed=json.dumps(started).replace("{base}", canvas.url))
    assert (did.code, did.out.split("\t")[0]) == ((0, ref) if ref else (2, ""))
    assert ref or "the JSON on standard input has no job in it" in did.err


ACCOUNT_3: Final = "/api/v1/accounts/3/sis_imports"


@pytest.mark.parametrize(
    ("words", "path"),
    [
        pytest.param(["sis_import:77"], f"{other.SIS}/77", id="the account of the token"),
        pytest.param(["--account", "3", "sis_import:77"], f"{ACCOUNT_3}/77", id="another account"),
        pytest.param(
            ["--account", "sis_account_id:bio-1", "sis_import:77"],
            "/api/v1/accounts/sis_account_id:bio-1/sis_imports/77",
            id="an account by its SIS id",
        ),
        pytest.param(["{base}" + ACCOUNT_3 + "/77"], f"{ACCOUNT_3}/77", id="a URL"),
        pytest.param(["{base}" + ACCOUNT_3 + "/77.json"], f"{ACCOUNT_3}/77", id="a URL with .json"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/lms"])
def test_a_job_is_asked_for_in_its_account(command: Command, words: list[str], path: str, prefix: str) -> None:
    with other.other_canvas({f"GET {prefix}{path}": said(sis("imported"))}) as canvas:
        base = f"{canvas.url}{prefix}"
        command.environment |= {"CANVAS_PROGRESS_URL": base, "CANVAS_PROGRESS_TOKEN": TOKEN}
        did = command.run("show", *(word.replace("{base}", base) for word in words))
        again = json.loads(command.run("recent", "--json").out)
        shown = command.run("show", again["url"])
    assert (did.code, shown.code, outcome(did)) == (0, 0, "completed")
    assert canvas.lines() == [f"GET {prefix}{path}"] * 2
    assert {heard.token for heard in canvas.requests} == {TOKEN}


def test_a_url_of_another_canvas_gets_no_request_and_no_token(command: Command) -> None:
    with other.other_canvas({}) as theirs:
        did, canvas = ran(command, {}, "show", f"{theirs.url}{ACCOUNT_3}/77")
        assert (did.code, canvas.requests, theirs.requests) == (7, [], [])


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        pytest.param(other.BAD_TOKEN, 4, "Invalid access token", id="401 with a realm"),
        pytest.param(other.FORBIDDEN_OF_OLD, 5, "does not permit SIS import 77", id="401 without one"),
        pytest.param(
            other.NO_SCOPE, 5, "needs url:GET|/api/v1/accounts/:account_id/sis_imports/", id="401 for a scope"
        ),
        pytest.param(other.FORBIDDEN, 5, "does not permit SIS import 77", id="403"),
        pytest.param(other.SIS_IS_OFF, 5, "SIS imports are not enabled for this account", id="403 strings"),
        pytest.param(other.NOT_ROOT, 5, "SIS imports can only be executed on root accounts", id="400 strings"),
        pytest.param(NOT_FOUND, 5, "there is no SIS import 77", id="404"),
        pytest.param(other.NO_OUTCOME_IMPORT, 5, "there is no SIS import 77", id="404 in the words of Rails"),
        pytest.param(other.NO_ROUTE, 5, "has no SIS import API at that path", id="404 of the router"),
        pytest.param(said(sis("imported", 78)), 1, "answered with SIS import 78", id="another import"),
        pytest.param(said([sis("imported")]), 1, "JSON, but not an object", id="a list"),
        pytest.param(said({"id": 77, "status": "x"}), 1, "not a SIS import", id="another object"),
    ],
)
def test_an_error_ends_show_and_watch_at_once(command: Command, answer: Said, code: int, words: str) -> None:
    may_pass = code == 1 and answer is not other.NO_ROUTE  # an answer that makes no sense is asked for again
    for arguments in (("show",), ("watch", "--give-up-after", "1")):
        did, canvas = ran(command, {SIS: answer}, *arguments, "sis_import:77")
        assert (did.code, words in did.err) == (code, True), did.err
        assert canvas.lines() == [SIS] * (len(canvas.lines()) if may_pass else 1)
        assert TOKEN not in did.out + did.err


def test_the_hook_gets_the_json_of_the_job_and_what_names_it(command: Command) -> None:
    document = sis("imported_with_messages", processing_warnings=WARNINGS, errors_attachment=FILE)
    hook = "bash -c 'cat; echo; env | grep ^CANVAS_PROGRESS_ | sort'"
    did, canvas = ran(command, answers("sis_import", document), "watch", "--exec", hook, "sis_import:77")
    assert did.code == 0
    handed = next(line for line in did.err.splitlines() if '"workflow_state"' in line)
    assert json.loads(handed[handed.index("{") :]) == json.loads(json.dumps(document).replace("{base}", canvas.url))
    assert "CANVAS_PROGRESS_OUTCOME=completed" in did.err
    assert "CANVAS_PROGRESS_KIND=sis_import" in did.err
    assert "CANVAS_PROGRESS_TAG=sis_import" in did.err
    assert f"CANVAS_PROGRESS_URL={canvas.url}{other.SIS}/77" in did.err
    assert TOKEN not in did.err


def test_show_prints_the_job_as_canvas_sent_it_also_in_a_list(command: Command) -> None:
    odd = sis("imported", data={"note": "\x7f\u202e<b>\ud800", "big": 10**20})
    script = {SIS: Said(json.dumps(odd)), COLLECTION: Said(json.dumps({"sis_imports": [odd]}))}
    shown, _ = ran(command, script, "show", "--json", "sis_import:77")
    listed, _ = ran(command, script, "list", "--json", "sis_import")
    assert (shown.code, listed.code) == (0, 0)
    assert json.loads(shown.out) == json.loads(listed.out) == odd
    assert shown.out.isascii()
    assert listed.out.isascii()


def test_personal_data_is_shown_and_never_kept(command: Command) -> None:
    private = ("jdoe7", "Ada Lovelace", "SIS robot", "Ada Admin", "tier 2", "Fixed question", "verifier")
    script = {
        SIS: said(sis("failed_with_messages", processing_errors=WARNINGS, errors_attachment=FILE)),
        REPORT: said(report("complete", attachment=FILE)),
        at("outcome_import"): said(outcome_import("failed", processing_errors=SKIPPED)),
        at("blueprint_sync"): said(blueprint_sync("completed")),
    }
    did, _ = ran(command, script, "show", "--json", *other.REFS.values())
    watched, _ = ran(command, script, "watch", *other.REFS.values())
    assert (did.code, watched.code) == (0, 3)
    assert all(text in did.out for text in private)
    assert "jdoe7" in watched.err
    files = [path for path in command.home.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    assert b"sis_import" in kept
    assert [text for text in private if text.encode() in kept] == []


def test_recent_names_these_jobs_so_that_they_are_found_again(command: Command) -> None:
    script: Script = {
        SIS: [said(sis("importing")), said(sis("imported"))],
        f"GET {ACCOUNT_3}/77": said(sis("created")),
        "GET /api/v1/progress/77": said(other.progress("running", 77)),
        at("blueprint_sync"): said(blueprint_sync("exporting")),
    }
    with serving(command, script) as canvas:
        command.run("show", "sis_import:77")
        command.run("show", "77", "blueprint_sync:5:77")
        command.run("show", "--account", "3", "sis_import:77")
        entries = [json.loads(line) for line in command.run("recent", "--json").out.splitlines()]
        command.run("recent", "--refresh")
        pending = [line.split("\t")[0] for line in command.run("recent", "--pending").out.splitlines()]
    found = {(entry["kind"], entry["url"].removeprefix(canvas.url)) for entry in entries}
    assert found == {
        ("sis_import", f"{other.SIS}/77"),
        ("sis_import", f"{ACCOUNT_3}/77"),
        ("progress", "/api/v1/progress/77"),
        ("blueprint_sync", f"{other.SYNCS}/77"),
    }
    assert len(pending) == 3
    assert "blueprint_sync:5:77" in pending


def test_tab_offers_what_names_the_job_and_no_other(command: Command) -> None:
    script = {
        SIS: said(sis("importing")),
        f"GET {ACCOUNT_3}/78": said(sis("created", 78)),
        "GET /api/v1/progress/9": said(other.progress("running")),
    }
    with serving(command, script) as canvas:
        command.run("show", "sis_import:77", "9")
        command.run("show", "--account", "3", "sis_import:78")
        offered = {}
        for typed in ("", "sis", "7", "http"):
            line = f"canvas-progress watch {typed}"
            command.environment |= {
                "_CANVAS_PROGRESS_COMPLETE": "complete_bash",
                "COMP_WORDS": line,
                "COMP_CWORD": "2",
            }
            offered[typed] = set(command.run().out.split())
    elsewhere = f"{canvas.url}{ACCOUNT_3}/78"
    assert offered == {"": {"sis_import:77", "9", elsewhere}, "sis": {"sis_import:77"}, "7": set(), "http": {elsewhere}}


MIGRATION: Final = f"GET {other.MIGRATIONS}/77"
PROGRESS: Final = "GET /api/v1/progress/9"


@pytest.mark.parametrize(
    ("migration", "state", "code", "told"),
    [
        pytest.param(
            "waiting_for_select", "completed", 8, ("waiting", "waiting for you to select content"), id="select"
        ),
        pytest.param(
            "failed", "queued", 3, ("failed", "the migration failed, and its job never started"), id="unworked"
        ),
        pytest.param("failed", "completed", 3, ("failed", "the migration failed"), id="failed a moment later"),
        pytest.param("completed", "completed", 0, ("completed", ""), id="both completed"),
        pytest.param("running", "running", 8, ("running", ""), id="both running"),
        pytest.param("running", "failed", 3, ("failed", ""), id="a failed Progress does not change the migration"),
    ],
)
def test_a_migration_that_knows_better_than_its_progress_is_believed(
    command: Command, migration: str, state: str, code: int, told: tuple[str, str]
) -> None:
    script = {MIGRATION: said(other.content_migration(migration)), PROGRESS: said(other.progress(state))}
    with serving(command, script) as canvas:
        did = command.run("show", "--exit-status", f"{canvas.url}{other.MIGRATIONS}/77")
    fields = did.out.rstrip("\n").split("\t")
    assert (did.code, fields[1], fields[6]) == (code, *told)


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        pytest.param("pre_processing", 2, "has no job yet", id="its files are still coming"),
        pytest.param("failed", 5, "failed before it had a job", id="its files never came"),
    ],
)
def test_a_migration_without_a_progress_says_whether_there_will_be_one(
    command: Command, state: str, code: int, words: str
) -> None:
    document = other.content_migration(state)
    del document["progress_url"]
    with serving(command, {MIGRATION: said(document)}) as canvas:
        did = command.run("watch", f"{canvas.url}{other.MIGRATIONS}/77")
    assert (did.code, words in did.err) == (code, True)


def test_the_issues_of_a_migration_are_warnings(command: Command) -> None:
    document = other.content_migration("completed", migration_issues_count=3)
    script = {MIGRATION: said(document), PROGRESS: said(other.progress("completed"))}
    with serving(command, script) as canvas:
        ref = f"{canvas.url}{other.MIGRATIONS}/77"
        plain, strict = command.run("watch", ref), command.run("watch", "--strict", ref)
    assert (plain.code, strict.code) == (0, 3)
    assert "3 issues" in plain.err


def test_a_migration_that_waits_does_not_open_its_completed_progress_to_a_cancel(command: Command) -> None:
    script = {
        MIGRATION: said(other.content_migration("waiting_for_select")),
        PROGRESS: said(other.progress("completed", completion=100)),
    }
    with serving(command, script) as canvas:
        did = command.run("cancel", "-y", f"{canvas.url}{other.MIGRATIONS}/77")
    assert (did.code, canvas.lines("POST")) == (7, [])
    assert "it has already completed" in did.err


def test_a_migration_that_goes_on_hides_no_progress_that_wrote_over_its_cancellation(command: Command) -> None:
    marked, done = other.progress("failed", message="canceled"), other.progress("completed", message="canceled")
    script: Script = {
        MIGRATION: said(other.content_migration("running")),
        PROGRESS: [said(other.progress("running")), said(done)],
        f"POST {other.API}/progress/9/cancel": said(marked),
    }
    with serving(command, script) as canvas:
        did = command.run("cancel", "-y", "--wait", f"{canvas.url}{other.MIGRATIONS}/77")
    assert (did.code, outcome(did)) == (7, "completed")
    assert "9: the job wrote over the cancellation and completed" in did.err
    assert canvas.lines().count(MIGRATION) == 1  # to find the job


def test_a_job_that_was_named_twice_is_declined_once(command: Command) -> None:
    script = {MIGRATION: said(other.content_migration("running")), PROGRESS: said(other.progress("running"))}
    with serving(command, script) as canvas:
        arguments = ("cancel", "--json", "9", f"{canvas.url}{other.MIGRATIONS}/77")
        typed: list[bytes] = []

        def react(seen: str) -> bytes | None:
            if "[y/N]" not in seen or typed:
                return None
            typed.append(b"n\n")
            return typed[0]

        did = command.on_screen(*arguments, react=react)
    assert did.code == 7
    assert did.out.count('"action"') == 1


def test_a_migration_that_waits_waits_also_when_it_is_resumed(command: Command) -> None:
    script = {
        MIGRATION: said(other.content_migration("waiting_for_select")),
        PROGRESS: said(other.progress("completed")),
    }
    with serving(command, script) as canvas:
        url = f"{canvas.url}{other.MIGRATIONS}/77"
        did = command.run("watch", "--timeout", "1", url)
        shown = command.run("show", "--exit-status", "9", url)
    assert did.code == 124
    assert f"resume with `canvas-progress watch {url}`" in did.err
    assert shown.code == 8  # the job that is named twice is read with its migration


@pytest.mark.parametrize(
    ("migration", "state", "code", "ended"),
    [
        pytest.param("waiting_for_select", "completed", 124, "waiting", id="it waits"),
        pytest.param("failed", "queued", 3, "failed", id="no worker took it"),
    ],
)
def test_a_migration_that_is_piped_in_or_handed_over_is_read_as_by_its_url(
    command: Command, migration: str, state: str, code: int, ended: str
) -> None:
    document = other.content_migration(migration)
    script = {MIGRATION: said(document), PROGRESS: said(other.progress(state))}
    with serving(command, script) as canvas:
        typed = json.dumps(document).replace("{base}", canvas.url)
        did = command.run("watch", "--timeout", "1", "-", typed=typed)
        (result,) = show(json.loads(typed), url=canvas.url, token=TOKEN)
    assert (did.code, outcome(did), result.outcome) == (code, ended, ended)


def test_whatever_takes_up_a_job_that_was_named_by_its_migration_reads_that_too(command: Command) -> None:
    script = {
        MIGRATION: said(other.content_migration("waiting_for_select")),
        PROGRESS: said(other.progress("completed")),
    }
    waits = ("--timeout", "1")
    with serving(command, script) as canvas:
        url = f"{canvas.url}{other.MIGRATIONS}/77"
        watched = command.run("watch", "--json", *waits, url)
        recent, plain = command.run("recent", "--json"), command.run("recent")
        piped = [command.run("watch", *waits, "-", typed=typed.out) for typed in (watched, recent, plain)]
        resumed = command.on_screen("watch", *waits)
        command.run("recent", "--refresh")
        refreshed = json.loads(command.run("recent", "--json").out)
        command.run("show", "9")  # by its id; it still belongs to the migration
        shown = json.loads(command.run("recent", "--json").out)
        (result,) = show(url, url=canvas.url, token=TOKEN)
        with pytest.raises(TimeoutError):
            wait(result, url=canvas.url, token=TOKEN, timeout=0.5)
    assert [ran.code for ran in (watched, *piped, resumed)] == [124] * 5
    assert [json.loads(line)["url"] for line in watched.out.splitlines()[:-1]] == [url]
    assert (json.loads(recent.out)["url"], plain.out.split("\t")[0], result.url) == (url, url, url)
    assert (refreshed["outcome"], refreshed["url"], shown["url"]) == ("waiting", url, url)


def test_what_a_migration_says_is_an_event_and_a_line_though_its_progress_stays_as_it_is(command: Command) -> None:
    states = ("running", "running", "waiting_for_select", "failed")
    script: Script = {
        MIGRATION: [said(other.content_migration(state)) for state in states],
        PROGRESS: said(other.progress("completed")),
    }
    words = ("watch", "--interval", "1", "--stall-timeout", "1m")
    with serving(command, script) as canvas:
        did = command.run(*words, "--json", f"{canvas.url}{other.MIGRATIONS}/77")
    with serving(command, script) as canvas:
        logged = command.run(*words, f"{canvas.url}{other.MIGRATIONS}/77")
    events = [(event["event"], event.get("outcome")) for event in map(json.loads, did.out.splitlines())]
    assert events[:4] == [("seen", "running"), ("changed", "waiting"), ("changed", "failed"), ("finished", "failed")]
    assert "waiting for you to select content" in logged.err


@pytest.mark.parametrize(
    ("answer", "code", "ended"),
    [
        pytest.param(other.NOT_FOUND, 5, "gone", id="404"),
        pytest.param(other.FORBIDDEN, 5, "unread", id="403"),
        pytest.param(other.FORBIDDEN_OF_OLD, 5, "unread", id="401"),
        pytest.param(other.BAD_TOKEN, 4, "unread", id="401 for the token"),
    ],
)
def test_a_migration_that_is_refused_is_not_completed_whatever_its_progress_says(
    command: Command, answer: Said, code: int, ended: str
) -> None:
    script: Script = {
        MIGRATION: [said(other.content_migration("running")), answer],
        PROGRESS: said(other.progress("completed")),
    }
    with serving(command, script) as canvas:
        did = command.run("watch", f"{canvas.url}{other.MIGRATIONS}/77")
    assert (did.code, outcome(did)) == (code, ended)


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(Said("<html><title>Maintenance</title></html>", headers="Content-Type: text/html\r\n"), id="page"),
        pytest.param(Said("<html><title>No</title></html>", "404 Not Found"), id="a 404 that is a page"),
        pytest.param(Said("", "302 Found", "Location: /login\r\n"), id="a redirect"),
        pytest.param(Said(""), id="nothing"),
        pytest.param(Said("{}"), id="no state"),
        pytest.param(Said("[]"), id="a list"),
        pytest.param(said(other.content_migration("running", 78)), id="another migration"),
    ],
)
def test_one_bad_answer_about_a_migration_is_asked_for_again(command: Command, nonsense: Said) -> None:
    waits = said(other.content_migration("waiting_for_select"))
    script: Script = {
        MIGRATION: [waits, waits, nonsense, waits, said(other.content_migration("failed"))],
        PROGRESS: said(other.progress("completed")),
    }
    with serving(command, script) as canvas:
        did = command.run("watch", "--interval", "1", f"{canvas.url}{other.MIGRATIONS}/77")
    assert (did.code, outcome(did)) == (3, "failed")
    assert "retrying in 1 s" in did.err


def test_an_export_that_is_gone_is_as_its_progress_says(command: Command) -> None:
    export = "/api/v1/courses/5/content_exports/77"
    script: Script = {
        f"GET {export}": [said(other.content_migration("running")), other.NOT_FOUND],
        PROGRESS: said(other.progress("completed")),
    }
    with serving(command, script) as canvas:
        did = command.run("watch", f"{canvas.url}{export}")
    assert (did.code, outcome(did)) == (0, "completed")


@pytest.mark.parametrize("dots", ["..", "%2e%2e", "%2E.", ".%2e"])
def test_no_token_leaves_its_canvas_by_dots_in_a_path(command: Command, dots: str) -> None:
    with serving(command, {}) as canvas:
        url = f"{canvas.url}/api/v1/{dots}/{dots}/b/api/v1/accounts/1/sis_imports/77"
        for words in (("show", url), ("cancel", "-y", url), ("show", url.replace("sis_imports", "content_migrations"))):
            assert command.run(*words).code == 2
    assert canvas.requests == []


@pytest.mark.parametrize("part", ["..", "x?y=", "x#y", "a\nb", "a:b", "a%2Fb", "\u202e"])
def test_no_type_of_a_report_on_standard_input_leads_to_another_path(command: Command, part: str) -> None:
    typed = json.dumps({"id": 5, "report": part, "status": "running", "progress": 1})
    did, canvas = ran(command, {}, "cancel", "-y", "-", typed=typed)
    assert (did.code, canvas.requests) == (2, [])


def test_a_message_that_canvas_does_not_take_is_said_not_to_be_sent(command: Command) -> None:
    script = {SIS: said(sis("importing")), ABORT: said(sis("aborted"))}
    did, _ = ran(command, script, "cancel", "-y", "-m", "wrong files", other.REFS["sis_import"])
    assert (did.code, "your message was not sent" in did.err) == (0, True)


def test_an_api_that_a_canvas_lacks_loses_no_other_job(command: Command) -> None:
    script = {SIS: said(sis("imported", progress=100)), PROGRESS: said(other.progress("completed"))}
    did, _ = ran(command, script, "show", "report:zzz:1", "9", other.REFS["sis_import"])
    assert (did.code, len(did.out.splitlines())) == (5, 2)
