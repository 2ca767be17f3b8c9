"""Jobs below an account or a course that are no Progress objects: what their rows hold when, and how they are answered.

Unlike a Progress each has columns of its own, so that a script writes these as Canvas names them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox import replies
from canvas_progress.sandbox.access import denied
from canvas_progress.sandbox.ids import read_id
from canvas_progress.sandbox.routes import Identity
from canvas_progress.sandbox.scripts import Cancel
from canvas_progress.sandbox.serializer import json_answer, timestamp

if TYPE_CHECKING:
    from canvas_progress.sandbox.messages import Json
    from canvas_progress.sandbox.replies import Reply
    from canvas_progress.sandbox.routes import Exchange

NOW: Final = "now"  # in a column of times: when it was written
HERE: Final = "http://sandbox"  # at the beginning of a URL: where the sandbox is
ROOT_ACCOUNT: Final = "1"
_ON_A_PAGE: Final = 10

Step = tuple[float, Mapping[str, "Json"]]
Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class LongJob:
    """One job: what it writes how many seconds after it was first requested, and what instead once it is aborted.

    `place` is the last part of the path of its collection, where there are several of a kind. With `age` it was made so
    long before that.
    """

    id: int
    about: str
    steps: Steps
    after_abort: Steps = ()
    place: str = ""
    age: float = 0.0
    readable: bool = True

    def columns(self, exchange: Exchange) -> dict[str, Json]:
        """Return the row as it is now, with `created_at`."""
        exchange.state.see(self.id, exchange.now)
        record = exchange.state.jobs[self.id]
        aborted = record.cancels[0].at - record.first_seen if record.cancels else math.inf
        steps = (
            *(step for step in self.steps if step[0] <= aborted),
            *((aborted + at, columns) for at, columns in (self.after_abort if record.cancels else ())),
        )
        row: dict[str, Json] = {"created_at": timestamp(record.first_seen - self.age)}
        for at, columns in steps:
            if at <= exchange.now - record.first_seen:
                written = timestamp(record.first_seen + at)
                row |= {key: _filled_in(value, written, exchange.host) for key, value in columns.items()}
        return row


def _filled_in(value: Json, written: str, host: str) -> Json:
    """Return the value of a column, with the time and the address that no script can know."""
    if isinstance(value, dict):
        return {key: _filled_in(inner, written, host) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    return written if value == NOW else value.replace(HERE, f"http://{host}")


def is_root(exchange: Exchange) -> bool:
    """Whether the account in the path is the root account."""
    return exchange.parameters["account"] in {ROOT_ACCOUNT, "self", "default"}


def found(exchange: Exchange, jobs: tuple[LongJob, ...]) -> LongJob | Reply:
    """Return the job that the path names, or what Canvas answers where there is none to read."""
    if exchange.identity is Identity.ANONYMOUS:
        return replies.unauthenticated()
    id_ = read_id(exchange.parameters["id"])
    job = next((job for job in jobs if job.id == id_), None)
    if job is None:
        return replies.missing_record()
    return job if job.readable else denied(exchange)


def abort(exchange: Exchange, job: LongJob) -> None:
    """Note that somebody has aborted a job."""
    exchange.state.cancel(job.id, Cancel(exchange.now, None))


def answer(exchange: Exchange, document: Json, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Answer with JSON, its ids as the client wants them."""
    return json_answer(exchange.request, document, headers)


def page(exchange: Exchange, jobs: tuple[LongJob, ...], render: Callable[[LongJob], Json], key: str = "") -> Reply:
    """Answer with one page of a list, the newest first, with a link to the next one and none to the last."""
    if exchange.identity is Identity.ANONYMOUS:
        return replies.unauthenticated()
    number, size = _number(exchange, "page", 1), _number(exchange, "per_page", _ON_A_PAGE)
    newest = sorted((job for job in jobs if job.readable), key=lambda job: -job.id)
    shown: Json = [render(job) for job in newest[(number - 1) * size : number * size]]
    url = f"http://{exchange.host}{exchange.request.path}?page={number + 1}&per_page={size}"
    link = (("link", f'<{url}>; rel="next"'),) if len(newest) > number * size else ()
    return answer(exchange, {key: shown} if key else shown, link)


def _number(exchange: Exchange, name: str, otherwise: int) -> int:
    text = exchange.request.query(name) or ""
    return min(int(text), 100) if text.isdecimal() and int(text) > 0 else otherwise
