"""Blueprint syncs: `app/controllers/master_courses/master_templates_controller.rb`. No percentage, no abort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.long_jobs import NOW, LongJob, Step, answer, found, page
from canvas_progress.sandbox.routes import Route
from canvas_progress.sandbox.scripts import CALLER

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange

_QUEUED: Final[Step] = (0.0, {"workflow_state": "queued"})
_EXPORTS: Final[Step] = (1.0, {"workflow_state": "exporting", "exports_started_at": NOW})
_IMPORTS: Final[Step] = (3.0, {"workflow_state": "imports_queued", "imports_queued_at": NOW})

JOBS: Final = (
    LongJob(7001, "is completed after 6 s",
            (_QUEUED, _EXPORTS, _IMPORTS, (6.0, {"workflow_state": "completed", "imports_completed_at": NOW}))),
    LongJob(7002, "fails while it exports", (_QUEUED, _EXPORTS, (3.0, {"workflow_state": "exports_failed"}))),
    LongJob(7003, "fails in one of the associated courses",
            (_QUEUED, _EXPORTS, _IMPORTS, (5.0, {"workflow_state": "imports_failed"}))),
)  # fmt: skip


def _document(exchange: Exchange, job: LongJob) -> Json:
    row: dict[str, Json] = {"id": job.id, "template_id": 4, "user_id": CALLER}
    times: dict[str, Json] = dict.fromkeys(("exports_started_at", "imports_queued_at", "imports_completed_at"))
    return {**row, **times, "comment": "Fixed question 3", **job.columns(exchange)}


def _in_course(exchange: Exchange) -> tuple[LongJob, ...]:
    return JOBS if exchange.parameters["course"] == "5" else ()


def _show(exchange: Exchange) -> Reply:
    job = found(exchange, _in_course(exchange))
    return answer(exchange, _document(exchange, job)) if isinstance(job, LongJob) else job


def _list(exchange: Exchange) -> Reply:
    return page(exchange, _in_course(exchange), lambda job: _document(exchange, job))


_PATH: Final = "/api/v1/courses/:course/blueprint_templates/default/migrations"
ROUTES: Final = (Route("GET", _PATH, _list), Route("GET", f"{_PATH}/:id", _show))
