"""Builders for what the core exchanges: a job from the JSON that Canvas would send, a target, an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from canvas_progress.core.answers import About, Answer
from canvas_progress.core.base_url import BaseUrl
from canvas_progress.core.kinds.progress import PROGRESS
from canvas_progress.core.refs import Target

if TYPE_CHECKING:
    from canvas_progress.core.job import Job

SCHOOL: Final = BaseUrl("https", "canvas.example.edu", 443)
COLLEGE: Final = BaseUrl("https", "canvas.example.org", 443)


def parse_job(text: str) -> Job:
    """Read a Progress."""
    return PROGRESS.parse(text, "")


def a_progress(**values: object) -> str:
    """Write a Progress the way Canvas does, with these keys changed or added."""
    usual: dict[str, object] = {
        "id": 1,
        "context_id": 812,
        "context_type": "Course",
        "user_id": 7,
        "tag": "course_batch_update",
        "completion": None,
        "workflow_state": "running",
        "created_at": "2026-11-23T03:00:00Z",
        "updated_at": "2026-11-23T03:00:00Z",
        "message": None,
        "url": "https://canvas.example.edu/api/v1/progress/1",
    }
    return json.dumps(usual | values)


def a_job(state: str = "running", **values: object) -> Job:
    """Return a job in this state."""
    return parse_job(a_progress(workflow_state=state, **values))


def a_target(id_: int = 1, *, base: BaseUrl = SCHOOL, course: int | None = None) -> Target:
    """Name a job of a Canvas."""
    return Target(str(id_), id_, base, course)


def a_link(id_: int = 7, *, base: BaseUrl = SCHOOL) -> Target:
    """Name the content migration of this id, which has a job."""
    path = f"/api/v1/courses/5/content_migrations/{id_}"
    return Target(f"{base}{path}", 0, base, is_named=True, parent_path=path, link=path)


def targets(number: int, *, base: BaseUrl = SCHOOL) -> tuple[Target, ...]:
    """Name the jobs from 1 to this number."""
    return tuple(a_target(id_, base=base) for id_ in range(1, number + 1))


def an_answer(state: str = "running", *, about: About = About(), **values: object) -> Answer:
    """Answer with a job in this state."""
    return Answer(a_job(state, **values), about)
