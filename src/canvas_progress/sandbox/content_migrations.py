"""Content migrations, which have a Progress each and know better than it: `lib/api/v1/content_migration.rb`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.long_jobs import LongJob, Step, Steps, answer, found
from canvas_progress.sandbox.routes import Route

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange

_RUNNING: Final[Step] = (0.0, {"workflow_state": "running", "migration_issues_count": 0})


def _ends(at: float, state: str, issues: int = 0) -> Steps:
    return (_RUNNING, (at, {"workflow_state": state, "migration_issues_count": issues}))


_PROGRESS: Final = {31: 2, 32: 26, 33: 35, 34: 29}  # of each, by the ids in the table of the other jobs
JOBS: Final = (
    LongJob(31, "ends as its Progress does", _ends(26.0, "completed")),
    LongJob(32, "waits for a selection, when its Progress is already completed", _ends(11.0, "waiting_for_select")),
    LongJob(33, "is completed with three issues", _ends(15.0, "completed", 3)),
    LongJob(
        34,
        "fails after 3 s for want of a worker, and its Progress stays queued",
        _ends(3.0, "failed", 1),
    ),
)


def _show(exchange: Exchange) -> Reply:
    job = found(exchange, JOBS if exchange.parameters["course"] == "5" else ())
    if not isinstance(job, LongJob):
        return job
    url = f"http://{exchange.host}/api/v1/progress/{_PROGRESS[job.id]}"
    document: dict[str, Json] = {"id": job.id, "migration_type": "course_copy_importer", "progress_url": url}
    return answer(exchange, {**document, **job.columns(exchange)})


ROUTES: Final = (Route("GET", "/api/v1/courses/:course/content_migrations/:id", _show),)
