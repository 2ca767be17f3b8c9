"""Outcome imports: `app/controllers/outcome_imports_api_controller.rb`. No list, no abort, and no end time, ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.long_jobs import NOW, LongJob, Step, answer, found
from canvas_progress.sandbox.routes import Identity, Route
from canvas_progress.sandbox.scripts import CALLER

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange

_CREATED: Final[Step] = (0.0, {"workflow_state": "created", "progress": 0, "processing_errors": [], "updated_at": NOW})
_RUNS: Final[Step] = (1.0, {"workflow_state": "importing", "updated_at": NOW})


def _ends(at: float, state: str, *errors: Json) -> Step:
    progress: dict[str, Json] = {"progress": 100} if state == "succeeded" else {}
    return (at, {"workflow_state": state, "processing_errors": list(errors), "updated_at": NOW, **progress})


def _bad(row: int) -> Json:
    return [row, "Invalid parent"]


JOBS: Final = (
    LongJob(6001, "succeeds after 4 s", (_CREATED, _RUNS, (2.0, {"progress": 40}), _ends(4.0, "succeeded"))),
    LongJob(6002, "succeeds, but for two rows",
            (_CREATED, _RUNS, (2.0, {"progress": 40}),
             _ends(4.0, "succeeded", [14, "Points for rating tier 2 not present"], [15, "No title"]))),
    LongJob(6003, "fails because of its file", (_CREATED, _RUNS, _ends(3.0, "failed", [1, "Invalid CSV File"]))),
    LongJob(6004, "succeeds, but for so many rows that Canvas does not list them all",
            (_CREATED, _RUNS, _ends(3.0, "succeeded", *(_bad(row) for row in range(2, 27))))),
)  # fmt: skip


def _document(exchange: Exchange, job: LongJob) -> Json:
    user: Json = {"id": CALLER, "name": "Ada Admin"}
    data: Json = {"import_type": "instructure_csv"}
    return {"id": job.id, "ended_at": None, "data": data, "user": user, **job.columns(exchange)}


def _show(exchange: Exchange) -> Reply:
    if exchange.parameters["id"] == "latest" and exchange.identity is not Identity.ANONYMOUS:
        return answer(exchange, _document(exchange, JOBS[-1]))
    job = found(exchange, JOBS)
    if isinstance(job, LongJob):
        return answer(exchange, _document(exchange, job))
    if job.status == replies.missing_record().status:
        return replies.json_reply(
            404, {"message": f"Couldn't find OutcomeImport with 'id'={exchange.parameters['id']}"}
        )
    return job


ROUTES: Final = (
    Route("GET", "/api/v1/accounts/:account/outcome_imports/:id", _show),
    Route("GET", "/api/v1/courses/:course/outcome_imports/:id", _show),
)
