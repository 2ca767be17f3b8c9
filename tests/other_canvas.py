"""A Canvas that answers about jobs that are no Progress, spelled as its serializers spell them, and as it is told to.

A script names a request, `GET /path`, and its answers in turn; the last one is given again and again. `{base}` in an
answer is the address of the server. What no script names is no route of this Canvas.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from raw_server import reply, serving

if TYPE_CHECKING:
    import socket

API: Final = "/api/v1"
SIS: Final = f"{API}/accounts/self/sis_imports"
REPORTS: Final = f"{API}/accounts/self/reports/provisioning_csv"
OUTCOMES: Final = f"{API}/accounts/self/outcome_imports"
SYNCS: Final = f"{API}/courses/5/blueprint_templates/default/migrations"
MIGRATIONS: Final = f"{API}/courses/5/content_migrations"
COLLECTIONS: Final = {
    "sis_import": SIS,
    "report": REPORTS,
    "outcome_import": OUTCOMES,
    "blueprint_sync": SYNCS,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer. A `lost` one is never sent: the connection ends in its place."""

    body: str
    status: str = "200 OK"
    headers: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """One request: `line` is its method and path, with the query."""

    line: str
    head: str
    body: str

    @property
    def token(self) -> str | None:
        """The bearer token, if one was sent."""
        found = re.search(r"(?im)^authorization: bearer (\S+)", self.head)
        return found[1] if found else None


Script = Mapping[str, Said | Sequence[Said]]


@dataclass(slots=True)
class OtherCanvas:
    """A running server: its address, and what it was asked."""

    script: Script
    url: str = ""
    requests: list[Heard] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lines(self, method: str = "") -> list[str]:
        """Return the requests of a method, or all, without their queries."""
        return [heard.line.partition("?")[0] for heard in self.requests if heard.line.startswith(method)]

    def answer(self, connection: socket.socket, text: str) -> None:
        """Read the rest of a request, record it, and give the next answer of its script."""
        head, _, body = text.partition("\r\n\r\n")
        length = re.search(r"(?im)^content-length: *(\d+)", head)
        while len(body.encode()) < (int(length[1]) if length else 0):
            body += connection.recv(65536).decode()
        said = self._next(Heard(" ".join(head.split(maxsplit=2)[:2]), head, body))
        if not said.lost:
            body, headers = (part.replace("{base}", self.url) for part in (said.body, said.headers))
            reply(connection, body, status=said.status, headers=headers)

    def _next(self, heard: Heard) -> Said:
        with self._lock:
            self.requests.append(heard)
            key = next((key for key in (heard.line, heard.line.partition("?")[0]) if key in self.script), None)
            if key is None:
                return NO_ROUTE
            of_this = self.script[key]
            answers = [of_this] if isinstance(of_this, Said) else of_this
            asked = sum(key in {other.line, other.line.partition("?")[0]} for other in self.requests)
            return answers[min(asked, len(answers)) - 1]


@contextmanager
def other_canvas(script: Script) -> Iterator[OtherCanvas]:
    """Serve a script on a free port."""
    canvas = OtherCanvas(script)
    with serving(canvas.answer) as url:
        canvas.url = url
        yield canvas


def said(document: object, status: str = "200 OK", headers: str = "", *, lost: bool = False) -> Said:
    """Answer with a document, escaped as Rails escapes it."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Said(text, status, headers, lost)


def refusal(code: str, message: str, headers: str = "", **others: object) -> Said:
    """Answer with an error as most of Canvas spells it."""
    return said({**others, "errors": [{"message": message}]}, code, headers)


_REALM: Final = 'WWW-Authenticate: Bearer realm="canvas-lms"\r\n'
NO_ROUTE: Final = said({"errors": [{"message": "An error occurred.", "error_code": "not_found"}]}, "404 Not Found")
NOT_FOUND: Final = refusal("404 Not Found", "The specified resource does not exist.")
NO_OUTCOME_IMPORT: Final = said({"message": "Couldn't find OutcomeImport with 'id'=77"}, "404 Not Found")
NO_LATEST_OUTCOME_IMPORT: Final = said({"message": "OutcomeImport"}, "404 Not Found")
NOT_ROOT: Final = said({"errors": ["SIS imports can only be executed on root accounts"]}, "400 Bad Request")
SIS_IS_OFF: Final = said({"errors": ["SIS imports are not enabled for this account"]}, "403 Forbidden")
BAD_TOKEN: Final = refusal("401 Unauthorized", "Invalid access token.", _REALM)
NO_SCOPE: Final = refusal("401 Unauthorized", "Insufficient scopes on access token.")
_FORBIDDEN: Final = "user not authorized to perform that action"
FORBIDDEN: Final = refusal("403 Forbidden", _FORBIDDEN, status="unauthorized")
FORBIDDEN_OF_OLD: Final = refusal("401 Unauthorized", _FORBIDDEN, status="unauthorized")


def link(*relations: tuple[str, str]) -> str:
    """Write the header of pages, as pairs of relation and URL."""
    pages = ",".join(f'<{url}>; rel="{relation}"' for relation, url in relations)
    return f"Link: {pages}\r\n"


def sis_import(state: str, id_: int = 77, **values: object) -> dict[str, Any]:
    """Write a SIS import. `processing_…`, `errors_attachment` and much of `data` are absent until there are some."""
    return {
        "id": id_,
        "created_at": "2026-08-20T02:00:04Z",
        "started_at": None if state in {"initializing", "created"} else "2026-08-20T02:00:09Z",
        "ended_at": None,
        "updated_at": "2026-08-20T02:17:51Z",
        "progress": 0,
        "workflow_state": state,
        "data": {"import_type": "instructure_csv"},
        "batch_mode": None,
        "batch_mode_term_id": None,
        "multi_term_batch_mode": None,
        "override_sis_stickiness": None,
        "add_sis_stickiness": None,
        "clear_sis_stickiness": None,
        "update_sis_id_if_login_claimed": None,
        "diffing_data_set_identifier": None,
        "diffing_remaster": None,
        "diffed_against_import_id": None,
        "skip_deletes": False,
        "change_threshold": None,
        "diff_row_count_threshold": None,
        "user": {"id": 7, "name": "SIS robot"},
        "csv_attachments": [],
        **values,
    }


def report(state: str, id_: int = 77, **values: object) -> dict[str, Any]:
    """Write an account report. It has no `updated_at` and no `user`; `attachment` is absent without a file."""
    return {
        "id": id_,
        "report": "provisioning_csv",
        "status": state,
        "progress": 0,
        "current_line": None,
        "parameters": {"users": "true", "locale": "en"},
        "created_at": "2026-08-20T06:00:01Z",
        "started_at": None if state == "created" else "2026-08-20T06:00:20Z",
        "ended_at": None,
        "file_url": None,
        **values,
    }


def outcome_import(state: str, id_: int = 77, **values: object) -> dict[str, Any]:
    """Write an outcome import. `ended_at` is never set, and `processing_errors` always there."""
    return {
        "id": id_,
        "created_at": "2026-08-20T09:00:00Z",
        "ended_at": None,
        "updated_at": "2026-08-20T09:00:31Z",
        "progress": 0,
        "workflow_state": state,
        "data": {"import_type": "instructure_csv"},
        "processing_errors": [],
        "user": {"id": 7, "name": "Ada Admin"},
        **values,
    }


def blueprint_sync(state: str, id_: int = 77, **values: object) -> dict[str, Any]:
    """Write a sync of a blueprint course. It has no percentage and no text of an error."""
    return {
        "id": id_,
        "template_id": 4,
        "user_id": 7,
        "workflow_state": state,
        "created_at": "2026-08-20T10:00:00Z",
        "exports_started_at": None if state in {"created", "queued"} else "2026-08-20T10:00:05Z",
        "imports_queued_at": None,
        "imports_completed_at": None,
        "comment": "Fixed question 3",
        **values,
    }


def content_migration(state: str, id_: int = 77, **values: object) -> dict[str, Any]:
    """Write a content migration. `progress_url` is absent before its files are there."""
    return {
        "id": id_,
        "user_id": 7,
        "workflow_state": state,
        "started_at": "2026-08-20T11:00:00Z",
        "finished_at": None,
        "migration_type": "course_copy_importer",
        "created_at": "2026-08-20T11:00:00Z",
        "migration_issues_url": f"{{base}}{MIGRATIONS}/{id_}/migration_issues",
        "migration_issues_count": 0,
        "settings": {"source_course_id": 4},
        "migration_type_title": "Course Copy",
        "progress_url": f"{{base}}{API}/progress/9",
        **values,
    }


def progress(state: str, id_: int = 9, **values: object) -> dict[str, Any]:
    """Write a Progress, such as a content migration has."""
    return {
        "id": id_,
        "context_id": 77,
        "context_type": "ContentMigration",
        "user_id": 7,
        "tag": "content_migration",
        "completion": None,
        "workflow_state": state,
        "created_at": "2026-08-20T11:00:00Z",
        "updated_at": "2026-08-20T11:00:00Z",
        "message": None,
        "url": f"{{base}}{API}/progress/{id_}",
        **values,
    }


DOCUMENTS: Final = {
    "sis_import": sis_import,
    "report": report,
    "outcome_import": outcome_import,
    "blueprint_sync": blueprint_sync,
}
REFS: Final = {
    "sis_import": "sis_import:77",
    "report": "report:provisioning_csv:77",
    "outcome_import": "outcome_import:77",
    "blueprint_sync": "blueprint_sync:5:77",
}


def at(kind: str, id_: int | str = 77, *, method: str = "GET", action: str = "") -> str:
    """Name the request about a job of a kind."""
    return f"{method} {COLLECTIONS[kind]}/{id_}{action}"
