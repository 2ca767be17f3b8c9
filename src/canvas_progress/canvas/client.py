"""The three endpoints of a Progress. Whatever goes wrong comes out as one of our errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canvas_progress.canvas.connection import Connection, HttpOptions, Request
from canvas_progress.canvas.response import without
from canvas_progress.canvas.response_errors import RequestContext, error_in
from canvas_progress.core.answers import About, Answer
from canvas_progress.core.errors import (
    AnswerError,
    CredentialError,
    NoSuchJobError,
    NotAProgressError,
    NotCanvasError,
)
from canvas_progress.core.job import parse_job
from canvas_progress.core.refs import is_same_id

if TYPE_CHECKING:
    from canvas_progress.canvas.response import Response
    from canvas_progress.core.credentials import Access, Secret
    from canvas_progress.core.refs import Target

__all__ = ["Canvas", "HttpOptions"]


class Canvas:
    """One Canvas, asked with one token. May be used from several threads at once."""

    def __init__(self, access: Access, wire: HttpOptions) -> None:
        """Raise UsageError where the profile's settings, or variables of the environment, make no sense."""
        self._access = access
        self._connection = Connection(access.base, wire, settings=access.settings, profile=access.name)

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now. Raises CanvasProgressError."""
        return self._progress("GET", target.path, self._asked(target))

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, and return the Progress as Canvas then has it. Raises CanvasProgressError.

        Canvas has no guard here: look before you call this.
        """
        return self._progress("POST", f"{target.path}/cancel", self._asked(target), form={"message": message})

    def answer_at(self, path: str) -> str:
        """Return the JSON text of something else that Canvas has. Raises CanvasProgressError."""
        asked = RequestContext(self._access, path)
        response = self._send("GET", path, asked)
        if (error := error_in(response, asked)) is not None:
            raise error
        return response.text

    def check(self) -> About:
        """Prove the credential without needing a job: a good one gets the 404 of a record that never exists.

        Raises CredentialError and others.
        """
        # An LTI tool may ask only in courses, and the course is looked for after the token was found good.
        lti = self._access.renewed is not None
        asked = RequestContext(self._access, "progress 0", 0 if lti else None)
        response = self._send("GET", "/api/lti/courses/0/progress/0" if lti else "/api/v1/progress/0", asked)
        error = error_in(response, asked)
        if error is None:
            raise NotCanvasError(f"{asked.where} answered {response.status} for a job that no Canvas has")
        if not isinstance(error, NoSuchJobError):
            raise error
        return response.about

    @property
    def limit(self) -> float:
        """How many seconds a whole request may take. A body that goes on for longer is told apart before that."""
        return self._connection.limits.whole + 1.0

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()

    def _asked(self, target: Target) -> RequestContext:
        return RequestContext(self._access, f"progress {target.id}", target.course, target.id)

    def _progress(self, method: str, path: str, asked: RequestContext, *, form: dict[str, str] | None = None) -> Answer:
        response = self._send(method, path, asked, form=form)
        error = error_in(response, asked)
        if error is not None:
            raise error
        try:
            job = parse_job(response.body.decode("utf-8"))
        except AnswerError as unread:
            raise type(unread)(f"{asked.where} made no sense about {asked.what}: {unread.message}") from None
        except UnicodeDecodeError:
            raise NotAProgressError(f"{asked.where} made no sense about {asked.what}: it is not UTF-8") from None
        if not is_same_id(job.id, asked.id):
            raise NotAProgressError(f"{asked.where} answered with progress {job.id} instead of {asked.what}")
        return Answer(job, response.about)

    def _send(self, method: str, path: str, asked: RequestContext, *, form: dict[str, str] | None = None) -> Response:
        """Send a request with the token. One that was kept and is refused before its time is exchanged, once."""
        access = self._access
        secret = access.secret if access.renewed is None else access.renewed()
        response = self._send_with(secret, Request(method, path, asked.what, form=form))
        if access.renewed is not None and isinstance(error_in(response, asked), CredentialError):
            another = access.renewed.instead_of(secret)
            if another != secret:
                return self._send_with(another, Request(method, path, asked.what, form=form))
        return response

    def _send_with(self, secret: Secret, message: Request) -> Response:
        headers = {"Authorization": f"Bearer {secret.reveal()}"}
        return without(self._connection.send(replace(message, headers=headers)), secret)
