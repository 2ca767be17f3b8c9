"""SIS imports: `app/controllers/sis_imports_api_controller.rb` and `lib/api/v1/sis_import.rb`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.long_jobs import HERE, NOW, LongJob, Step, Steps, abort, answer, found, is_root, page
from canvas_progress.sandbox.routes import Route
from canvas_progress.sandbox.scripts import CALLER

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.sandbox.messages import Json
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange

_WAITING: Final[Step] = (0.0, {"workflow_state": "created", "progress": 0, "updated_at": NOW})
_FINAL: Final = frozenset(
    {
        "imported",
        "imported_with_messages",
        "failed",
        "failed_with_messages",
        "aborted",
        "restored",
        "partially_restored",
    }
)
_COUNTS: Final[dict[str, Json]] = {"courses": 412, "users": 9120, "enrollments": 38114, "error_count": 0}
_ROWS: Final[list[Json]] = [
    ["users.csv", "User jdoe7 has no e-mail address, row 12"],
    ["enrollments.csv", "User not found for enrollment (user_id: 88123, course: BIO-101)"],
    ["enrollments.csv", "Course not found for enrollment (course: CHEM-9)"],
    [None, "Some rows were skipped"],
]


def _file(id_: int, filename: str) -> Json:
    return {"id": id_, "filename": filename, "url": f"{HERE}/files/{id_}/download?verifier=made-up"}


def _importing(*steps: tuple[float, int], **last: Json) -> Steps:
    """Return an import that begins after two seconds and reports these percentages, with its end in the last second."""
    begins = (2.0, {"workflow_state": "importing", "started_at": NOW, "updated_at": NOW})
    climbs = tuple((at, {"progress": percent, "updated_at": NOW}) for at, percent in steps)
    ends = ((steps[-1][0] + 1, {"ended_at": NOW, "updated_at": NOW, **last}),) if last else ()
    return (_WAITING, begins, *climbs, *ends)


_ABORTED: Final[Steps] = ((0.0, {"workflow_state": "aborted"}), (3.0, {"progress": 60, "updated_at": NOW}))
_SMALL: Final[dict[str, Json]] = {"workflow_state": "imported", "progress": 100, "ended_at": NOW, "updated_at": NOW}
_COUNTED: Final[dict[str, Json]] = {"counts": _COUNTS, "completed_importers": ["course", "user", "enrollment"]}
_WARNED: Final[dict[str, Json]] = {"counts": {**_COUNTS, "warning_count": 4}}

JOBS: Final = (
    LongJob(4001, "imports 38,114 enrollments in 8 s, and shows 100 % while it is still importing",
            _importing((3, 20), (5, 60), (7, 100), workflow_state="imported", data=_COUNTED), _ABORTED),
    LongJob(4002, "is small: 0 % until it is done after 4 s", (_WAITING, (4.0, _SMALL)), _ABORTED),
    LongJob(4003, "ends with four warnings; the file of them appears a second later",
            (*_importing((3, 50), (5, 100), workflow_state="imported_with_messages", data=_WARNED,
                         processing_warnings=_ROWS),
             (7.0, {"errors_attachment": _file(9003, "sis_errors_attachment_4003.csv")})), _ABORTED),
    LongJob(4004, "fails with two messages, after other files were imported",
            _importing((3, 50), (5, 90), workflow_state="failed_with_messages", data={"counts": {"error_count": 2}},
                       processing_errors=[["courses.csv", "Missing column: course_id"], ["users.csv", "Not UTF-8"]],
                       errors_attachment=_file(9004, "sis_errors_attachment_4004.csv")), _ABORTED),
    LongJob(4005, "fails before its first row, without an end time",
            (_WAITING, (3.0, {"workflow_state": "failed", "updated_at": NOW,
                              "data": {"error_message": "Invalid byte sequence in UTF-8"}}))),
    LongJob(4006, "runs to 100 %, then begins again at 0 to delete what was not in the files",
            (*_importing((3, 50), (5, 100)), (6.0, {"workflow_state": "cleanup_batch"}), (7.0, {"progress": 5}),
             (9.0, {"progress": 70}),
             (11.0, {"workflow_state": "imported", "progress": 100, "ended_at": NOW, "updated_at": NOW,
                     "data": {"counts": {**_COUNTS, "batch_enrollments_deleted": 57}}})), _ABORTED),
    LongJob(4007, "is aborted by Canvas itself: too many rows would be deleted",
            _importing((3, 40), workflow_state="aborted",
                       processing_warnings=[["", "240 enrollments would be deleted, which is above the threshold"]])),
    LongJob(4008, "stays in initializing for ever: its file was refused",
            ((0.0, {"workflow_state": "initializing", "progress": 0, "updated_at": NOW}),), _ABORTED),
    LongJob(4009, "runs for two minutes: abort it; a last chunk of rows still comes in",
            _importing((5, 10), (20, 30), (60, 60), (120, 100), workflow_state="imported"), _ABORTED),
    LongJob(4010, "is small, and writes `imported` over an abort a second later",
            (_WAITING, (1.0, {"workflow_state": "importing", "started_at": NOW}), (60.0, _SMALL)),
            ((0.0, {"workflow_state": "aborted"}), (1.0, _SMALL))),
    LongJob(4011, "was imported an hour ago: an abort finds it no more",
            ((-3600.0, {**_SMALL, "data": _COUNTED}),), age=3700),
    LongJob(4012, "was imported an hour ago, and is restored from its 4th to its 8th second",
            ((-3600.0, _SMALL), (4.0, {"workflow_state": "restoring"}), (8.0, {"workflow_state": "restored"})),
            age=3700),
    LongJob(4013, "is not yours to see", (_WAITING,), readable=False),
    LongJob(4014, "is in a state that nobody has documented, then is imported after 6 s",
            (_WAITING, (2.0, {"workflow_state": "hibernating"}), (6.0, _SMALL))),
)  # fmt: skip


def _document(exchange: Exchange, job: LongJob) -> Json:
    """Return the import with the keys of Canvas's serializer: those of messages only where there are some."""
    row: dict[str, Json] = {"id": job.id, "started_at": None, "ended_at": None, "batch_mode": job.id == 4006}  # noqa: PLR2004
    defaults: dict[str, Json] = {"data": {}, "user": {"id": CALLER, "name": "SIS robot"}}
    return {**row, **defaults, "diffing_data_set_identifier": None, **job.columns(exchange)}


def _with_account(action: Callable[[Exchange], Reply]) -> Callable[[Exchange], Reply]:
    """Look at the account first, as Canvas does."""

    def checked(exchange: Exchange) -> Reply:
        if is_root(exchange):
            return action(exchange)
        if exchange.parameters["account"] == "2":  # a sub-account
            return replies.json_reply(400, {"errors": ["SIS imports can only be executed on root accounts"]})
        return replies.missing_record()

    return checked


def _show(exchange: Exchange) -> Reply:
    job = found(exchange, JOBS)
    return answer(exchange, _document(exchange, job)) if isinstance(job, LongJob) else job


def _list(exchange: Exchange) -> Reply:
    return page(exchange, JOBS, lambda job: _document(exchange, job), "sis_imports")


def _abort(exchange: Exchange) -> Reply:
    """Abort what has not ended: any other is no row that Canvas would find."""
    job = found(exchange, JOBS)
    if not isinstance(job, LongJob):
        return job
    if job.columns(exchange)["workflow_state"] in {*_FINAL, "restoring"}:
        return replies.missing_record()
    abort(exchange, job)
    return answer(exchange, _document(exchange, job))


_PATH: Final = "/api/v1/accounts/:account/sis_imports"
ROUTES: Final = (
    Route("GET", _PATH, _with_account(_list)),
    Route("GET", f"{_PATH}/:id", _with_account(_show)),
    Route("PUT", f"{_PATH}/:id/abort", _with_account(_abort)),
)
