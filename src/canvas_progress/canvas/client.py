"""The endpoints of jobs, of every kind. Whatever goes wrong comes out as one of our errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from canvas_progress.canvas.connection import Connection, HttpOptions, Request
from canvas_progress.canvas.response import without
from canvas_progress.canvas.response_errors import RequestContext, error_in
from canvas_progress.core.answers import About, Answer
from canvas_progress.core.content_migrations import as_its_owner_says, knows_better, may_differ
from canvas_progress.core.errors import (
    AnswerError,
    CredentialError,
    JobError,
    NoSuchJobError,
    NotCanvasError,
    UnreadableJobError,
)
from canvas_progress.core.ids import is_same_id
from canvas_progress.core.json_values import object_in
from canvas_progress.core.links import job_behind, led_to
from canvas_progress.core.refs import LATEST, kind_at
from canvas_progress.core.targets import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from canvas_progress.canvas.response import Response
    from canvas_progress.core.credentials import Access, Secret
    from canvas_progress.core.kinds.kind import Kind
    from canvas_progress.core.refs import Target

V = TypeVar("V")

__all__ = ["Canvas", "Clients", "HttpOptions"]


class Canvas:
    """One Canvas, and the one token for it. May be used from several threads at once."""

    def __init__(self, access: Access, options: HttpOptions) -> None:
        """Raise UsageError where the profile's settings, or variables of the environment, make no sense."""
        self._access = access
        self._connection = Connection(access.base, options, settings=access.settings, profile=access.name)

    def read(self, target: Target) -> Answer:
        """Return the job as it is now. Raises CanvasProgressError."""
        answer = self._job(target, "GET", target.path)
        if target.parent_path is None or not may_differ(answer.job):
            return answer
        return self._with_owner(answer, target.parent_path)

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, and return it as Canvas then has it. Raises CanvasProgressError.

        Canvas has no guard here: look before you call this.
        """
        how = target.kind.cancel
        form = {"message": message} if how.takes_message else None
        try:
            return self._job(target, how.method, f"{target.path}{how.suffix}", form)
        except NoSuchJobError:
            if how.finds_ended:
                raise
            return replace(self.read(target), had_ended=True)  # maybe a moment before

    def find(self, link: Target) -> Found:
        """Return the job that a link leads to: that of the thing at its path, or the newest of a collection.

        Raises CanvasProgressError.
        """
        if link.collection:
            newest = self._newest(link.collection)
            if link.since is not None:
                from canvas_progress.core.newest import check_age

                check_age(newest, link.collection, link.since)
            return Found(led_to(link, newest.job.id), newest.about)
        response = self._good(RequestContext(self._access, link.link), "GET", link.link)
        return Found(job_behind(link, response.text), response.about)

    def page(self, collection: str, most: int, path: str | None = None) -> tuple[tuple[Answer, ...], str | None]:
        """Return one page of the jobs of a collection, the newest first, and the path of the next; at first no `path`.

        Raises CanvasProgressError.
        """
        from canvas_progress.canvas.paging import MOST_ON_A_PAGE, next_page

        kind = kind_at(collection)
        context = self._about(kind, f"list of {kind.noun}s")
        response = self._good(context, "GET", path or f"{collection}?per_page={min(most, MOST_ON_A_PAGE)}")
        jobs = self._parsed(context, response, lambda text: kind.parse_list(text, collection))
        answers = tuple(Answer(job, response.about) for job in jobs)
        return answers, next_page(response, collection, kind.address)

    def parts(self, collection: str) -> tuple[str, ...]:
        """Return all that such a collection may be about: the types of reports. Raises CanvasProgressError."""
        from canvas_progress.core.newest import parts_in

        kind = kind_at(collection)
        context = self._about(kind, f"the {kind.part_name}s of {kind.noun}s")
        response = self._good(context, "GET", collection.rpartition("/")[0])
        return self._parsed(context, response, parts_in)

    def check(self) -> About:
        """Prove the credential without needing a job: a good one gets the 404 of a record that never exists.

        Raises CredentialError and others.
        """
        # An LTI tool may read only in courses, and the course is looked for after the token was found good.
        lti = self._access.renewed is not None
        context = RequestContext(self._access, "progress 0", 0 if lti else None)
        response = self._send(context, "GET", "/api/lti/courses/0/progress/0" if lti else "/api/v1/progress/0")
        error = error_in(response, context)
        if error is None:
            raise NotCanvasError(f"{context.where} answered {response.status} for a job that no Canvas has")
        if not isinstance(error, NoSuchJobError):
            raise error
        return response.about

    @property
    def limit(self) -> float:
        """How many seconds a whole request may take. A body that goes on for longer fails before that."""
        return self._connection.limits.whole + 1.0

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()

    def _newest(self, collection: str) -> Answer:
        """Return the job of a collection that was made last."""
        kind = kind_at(collection)
        if kind.listed_below is None:
            context = self._about(kind, f"latest {kind.noun}")
            response = self._good(context, "GET", f"{collection}/{LATEST}")
            return Answer(self._parsed(context, response, lambda text: kind.parse(text, collection)), response.about)
        answers, _ = self.page(collection, 1)
        if not answers:
            raise NoSuchJobError(f"there is no {kind.noun_in(collection)} on {self._access.base.netloc} yet")
        return answers[0]

    def _with_owner(self, answer: Answer, path: str) -> Answer:
        """Return the answer about a job with what the thing at the path says of it."""
        context = RequestContext(self._access, path)
        try:
            response = self._good(context, "GET", path)
        except JobError:
            if knows_better(path):  # what it would have said may be the contrary of what its Progress says
                raise
            return answer  # it may not be there any more; the Progress is
        job = self._parsed(context, response, lambda text: as_its_owner_says(answer.job, object_in(text), path))
        return replace(answer, job=job)

    def _job(self, target: Target, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        kind = target.kind
        context = self._about(kind, f"{kind.noun} {target.id}", target.course)
        response = self._good(context, method, path, form)
        job = self._parsed(context, response, lambda text: kind.parse(text, target.collection))
        if not is_same_id(job.id, target.id):
            message = f"{context.where} answered with {kind.noun} {job.id} instead of {context.what}"
            raise UnreadableJobError(message)
        return Answer(job, response.about)

    def _about(self, kind: Kind, what: str, course: int | None = None) -> RequestContext:
        return RequestContext(self._access, what, course, kind)

    def _parsed(self, context: RequestContext, response: Response, parse: Callable[[str], V]) -> V:
        nonsense = f"{context.where} made no sense about {context.what}"
        try:
            return parse(response.body.decode("utf-8"))
        except AnswerError as error:
            raise type(error)(f"{nonsense}: {error.message}") from None
        except UnicodeDecodeError:
            raise UnreadableJobError(f"{nonsense}: it is not UTF-8") from None

    def _good(self, context: RequestContext, method: str, path: str, form: Mapping[str, str] | None = None) -> Response:
        """Return the response to a request. Raises the error that is in it."""
        response = self._send(context, method, path, form)
        if (error := error_in(response, context)) is not None:
            raise error
        return response

    def _send(self, context: RequestContext, method: str, path: str, form: Mapping[str, str] | None = None) -> Response:
        """Send a request with the token. One that was kept and is refused before its time is exchanged, once."""

        def sent(secret: Secret) -> Response:
            headers = {"Authorization": f"Bearer {secret.reveal()}"}
            return without(self._connection.send(Request(method, path, context.what, headers, form)), secret)

        renewed = self._access.renewed
        if renewed is None:
            return sent(self._access.secret)
        response = sent(secret := renewed(None))
        if isinstance(error_in(response, context), CredentialError) and (other := renewed(secret)) != secret:
            return sent(other)
        return response


class Clients:
    """One client for each Canvas of a command, to send each request to the right one, with the right token.

    All are made at once: a setting that makes no sense is reported before any request.
    """

    def __init__(self, accesses: tuple[Access, ...], options: HttpOptions) -> None:
        """Raise UsageError where the settings of a profile make no sense."""
        self._clients = {(access.base, access.name): Canvas(access, options) for access in accesses}

    def read(self, target: Target) -> Answer:
        """Return the Progress as it is now. Raises CanvasProgressError."""
        return self._clients[target.base, target.profile].read(target)

    def find(self, link: Target) -> Found:
        """Return the job that a link leads to. Raises CanvasProgressError."""
        return self._clients[link.base, link.profile].find(link)

    def cancel(self, target: Target, message: str) -> Answer:
        """Mark the job as canceled, without any guard. Raises CanvasProgressError."""
        return self._clients[target.base, target.profile].cancel(target, message)

    def limit(self, target: Target) -> float:
        """Return how many seconds a request to its Canvas may take."""
        return self._clients[target.base, target.profile].limit

    def close(self) -> None:
        """Give all connections back."""
        for client in self._clients.values():
            client.close()
