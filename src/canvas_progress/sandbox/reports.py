"""Account reports: `app/controllers/account_reports_controller.rb` and `lib/api/v1/account_report.rb`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.long_jobs import HERE, NOW, LongJob, Step, Steps, abort, answer, found, is_root, page
from canvas_progress.sandbox.routes import Identity, Route

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange

_TYPE: Final = "provisioning_csv"
_TYPES: Final = ((_TYPE, "Provisioning"), ("grade_export_csv", "Grade Export"), ("sis_export_csv", "SIS Export"))
_CREATED: Final[Step] = (0.0, {"status": "created", "progress": 0})
_RUNS: Final[Step] = (1.0, {"status": "running", "started_at": NOW})
_ABORTED: Final[Steps] = ((0.0, {"status": "aborted"}),)
_FILE: Final[Json] = {
    "id": 9501,
    "filename": "provisioning_csv_20_Aug_2026_5001.zip",
    "size": 1_840_221,
    "url": f"{HERE}/files/9501/download?verifier=made-up",
}
_READY: Final[dict[str, Json]] = {
    "status": "complete",
    "progress": 100,
    "file_url": f"{HERE}/accounts/1/files/9501/download",
    "attachment": _FILE,
}

JOBS: Final = (
    LongJob(5001, "climbs to 99 %, falls to 0 while the file is written, and is ready after 8 s",
            (_CREATED, _RUNS, (2.0, {"progress": 40, "current_line": 4000}),
             (4.0, {"progress": 99, "current_line": 9000}),
             (5.0, {"status": "compiling", "progress": 0, "current_line": 0}),
             (7.0, {"progress": 60, "current_line": 6000}), (8.0, _READY), (9.0, {"ended_at": NOW})), _ABORTED),
    LongJob(5002, "fails after 4 s, at 100 %, and says why",
            (_CREATED, _RUNS, (4.0, {"status": "error", "progress": 100, "ended_at": NOW,
             "parameters": {"locale": "en", "extra_text": "Failed, there is no file."}})), _ABORTED),
    LongJob(5003, "fails after 4 s because a part of it crashed: without a reason or an end time",
            (_CREATED, _RUNS, (3.0, {"progress": 40}), (4.0, {"status": "error"})), _ABORTED),
    LongJob(5004, "runs for two minutes: abort it",
            (_CREATED, _RUNS, (60.0, {"progress": 50}), (120.0, _READY)), _ABORTED),
    LongJob(5005, "runs for two minutes, and is completed over an abort a second later",
            (_CREATED, _RUNS, (120.0, _READY)), ((0.0, {"status": "aborted"}), (1.0, {**_READY, "ended_at": NOW}))),
    LongJob(5006, "waits for its turn for ever: an abort does not find it", (_CREATED,)),
    LongJob(5007, "was completed an hour ago", ((-3600.0, {**_READY, "started_at": NOW, "ended_at": NOW}),), age=3700),
)  # fmt: skip


def _document(exchange: Exchange, job: LongJob) -> Json:
    row: dict[str, Json] = {"id": job.id, "report": _TYPE, "parameters": {"locale": "en"}, "current_line": None}
    return {**row, "started_at": None, "ended_at": None, "file_url": None, **job.columns(exchange)}


def _named(exchange: Exchange) -> LongJob | Reply:
    """Return the report of the path: a right id below another type is none."""
    is_there = is_root(exchange) and exchange.parameters["report"] == _TYPE
    return found(exchange, JOBS if is_there else ())


def _show(exchange: Exchange) -> Reply:
    job = _named(exchange)
    return answer(exchange, _document(exchange, job)) if isinstance(job, LongJob) else job


def _list(exchange: Exchange) -> Reply:
    is_there = is_root(exchange) and exchange.parameters["report"] == _TYPE
    return page(exchange, JOBS if is_there else (), lambda job: _document(exchange, job))


def _types(exchange: Exchange) -> Reply:
    """List what an account may have reports of, whether it has any or not."""
    if exchange.identity is Identity.ANONYMOUS:
        return replies.unauthenticated()
    if not is_root(exchange):
        return replies.missing_record()
    listed: Json = [{"report": name, "title": title, "parameters": None, "last_run": None} for name, title in _TYPES]
    return answer(exchange, listed)


def _abort(exchange: Exchange) -> Reply:
    """Abort a report that is running: Canvas looks for no other."""
    job = _named(exchange)
    if not isinstance(job, LongJob):
        return job
    if job.columns(exchange)["status"] != "running":
        return replies.missing_record()
    abort(exchange, job)
    return answer(exchange, _document(exchange, job))


_PATH: Final = "/api/v1/accounts/:account/reports/:report"
ROUTES: Final = (
    Route("GET", "/api/v1/accounts/:account/reports", _types),
    Route("GET", _PATH, _list),
    Route("GET", f"{_PATH}/:id", _show),
    Route("PUT", f"{_PATH}/:id/abort", _abort),
)
