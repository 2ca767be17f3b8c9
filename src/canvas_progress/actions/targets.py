"""From what the user calls a job to the job itself, its Canvas and the token for it. Links are followed."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from canvas_progress.actions.authorities import read_authorities
from canvas_progress.actions.driver import Call
from canvas_progress.actions.engine import fetch, fetch_each
from canvas_progress.actions.tokens import token_of
from canvas_progress.canvas.time_limits import Limits
from canvas_progress.core.backoff import ONE_ANSWER
from canvas_progress.core.credentials import Access, LtiKey, StoredToken, TokenVariable
from canvas_progress.core.errors import (
    CanvasProgressError,
    NoSuchJobError,
    RefusedError,
    TimeLimitError,
    UnreadableJobError,
    UsageError,
)
from canvas_progress.core.json_values import object_in
from canvas_progress.core.profile_choice import Choice, may_be
from canvas_progress.core.refs import parse_account, parse_id, parse_ref, target_of_each, targets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from canvas_progress.actions.driver import Driver
    from canvas_progress.actions.notes import Notes
    from canvas_progress.actions.tokens import TokenSources
    from canvas_progress.canvas.client import Canvas, HttpOptions
    from canvas_progress.core.answers import About, Answer
    from canvas_progress.core.backoff import RetryPolicy
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.credentials import Profile, Secret
    from canvas_progress.core.refs import JobRef, Target
    from canvas_progress.terminal.terminal import Terminal

V = TypeVar("V")
_TOKEN_LIMIT: Final = 58.0  # seconds; keyring and token commands have shorter limits of their own


def refs_in(
    texts: Sequence[str], terminal: Terminal, *, course: str | None = None, account: str | None = None
) -> tuple[JobRef, ...]:
    """Read the arguments of a command; `-` stands for all jobs that standard input names. Raises UsageError."""
    lti = None if course is None else parse_id(course, what="a course for `--course`")
    place = parse_account(account)
    refs: list[JobRef] = []
    for text in dict.fromkeys(texts):  # `-` twice is standard input once
        if text == "-":
            from canvas_progress.core.job_finder import jobs_in

            refs += jobs_in(terminal.all_input(), course=lti, account=place)
        else:
            refs.append(parse_ref(text, course=lti, account=place))
    return tuple(refs)


@dataclass(frozen=True, slots=True)
class Connector:
    """Finds the way to each job, once for each Canvas and profile: a token may cost a question or a program."""

    choose: Callable[[JobRef], Choice]
    sources: TokenSources
    http: HttpOptions
    driver: Driver
    notes: Notes
    verbose: bool = False
    writes: bool = False  # whether this is for `cancel`
    retry: RetryPolicy = ONE_ANSWER  # for what has to be requested before the jobs themselves
    _found: dict[tuple[BaseUrl, str], Access] = field(default_factory=dict)

    def connect(self, refs: tuple[JobRef, ...]) -> tuple[tuple[Target, ...], tuple[Access, ...]]:
        """Join each ref with the Canvas and the token that are right for it. A job that is named twice is one."""
        targets, _, accesses = self.connect_each(refs)
        return targets, accesses

    def connect_each(
        self, refs: tuple[JobRef, ...]
    ) -> tuple[tuple[Target, ...], tuple[Target, ...], tuple[Access, ...]]:
        """Return the jobs, the job of each ref, and the ways to them."""
        refs = self._followed(refs)
        accesses = tuple(self._access_for(ref) for ref in refs)
        for ref, access in zip(refs, accesses, strict=True):
            _check_lti(ref, access, writes=self.writes)
        places = tuple((access.base, access.name) for access in accesses)
        targets = targets_of(refs, places)
        return targets, target_of_each(refs, places, targets), tuple(self._found.values())

    def newest(self, ref: JobRef, most: int) -> tuple[dict[Target, Answer], CanvasProgressError | None]:
        """Return the newest jobs of a collection, the newest first, and the error that kept the rest from being read.

        A job that begins meanwhile pushes others to the next page, where they come again.
        """
        access = self._access_for(ref)
        _check_lti(ref, access, writes=False)
        with closing(self._client(access)) as client:
            return self._newest(ref, most, access, client)

    def _newest(
        self, ref: JobRef, most: int, access: Access, client: Canvas
    ) -> tuple[dict[Target, Answer], CanvasProgressError | None]:
        found: dict[Target, Answer] = {}
        path: str | None = None
        while len(found) < most:
            read = partial(client.page, ref.collection, most, path)
            try:
                answers, path = self._fetch(read, access.base, client.limit)
            except CanvasProgressError as error:
                return found, error
            refs = tuple(replace(ref, id=answer.job.id) for answer in answers)
            targets = targets_of(refs, ((access.base, access.name),) * len(refs))
            new = {replace(t, label=t.ref): answer for t, answer in zip(targets, answers, strict=False)}
            if path is None or not new.keys() - found.keys():
                return found | new, None
            found |= new
        return found, None

    def access_to(self, choice: Choice) -> Access:
        """Join a chosen profile with its token, from wherever that is kept. Raises CanvasProgressError."""
        profile = choice.profile
        if self.verbose:
            self.notes.note(f"using {profile.base}, profile `{profile.name}`, because of {choice.reason}")
        self._read_authorities(profile)
        token = self._token_of(profile)
        self.notes.hide(token.reveal())
        renewed = None
        if isinstance(profile.credential, LtiKey):
            renewed = self.sources.lti().renewed(profile, profile.credential)
        return Access(profile.base, token, profile.name, choice.reason, profile.settings, renewed)

    def _token_of(self, profile: Profile) -> Secret:
        """Return the token of a profile; where that may take its time, within the time limit of the command."""
        if isinstance(profile.credential, StoredToken | TokenVariable):
            return token_of(profile, self.sources)
        limit = _TOKEN_LIMIT
        if isinstance(profile.credential, LtiKey):  # two requests, where the clocks differ
            limit = 2 * Limits().scaled_to(profile.settings.timeout).whole + 1.0
        try:
            return self._fetch(lambda: token_of(profile, self.sources), profile.base, limit)
        except TimeLimitError:
            message = f"the time limit was over before there was a token for profile `{profile.name}`"
            raise TimeLimitError(message) from None

    def _read_authorities(self, profile: Profile) -> None:
        read_authorities(profile, self.http, self.driver, self.notes.note)

    def check(self, access: Access) -> About:
        """Prove a credential, and return what the server says of it. Raises CanvasProgressError."""
        with closing(self._client(access)) as client:
            return self._fetch(client.check, access.base, client.limit)

    def verify(self, profile: Profile, token: Secret | None) -> About:
        """Prove the credential of a profile that is not stored yet; `token` where it is not kept yet either."""
        choice = Choice(profile, "profile add")
        if token is None:
            return self.check(self.access_to(choice))
        self.notes.hide(token.reveal())
        self._read_authorities(profile)
        return self.check(Access(profile.base, token, profile.name, choice.reason, profile.settings))

    def _client(self, access: Access) -> Canvas:
        """Return a client for one Canvas."""
        from canvas_progress.canvas.client import Canvas

        return Canvas(access, self.http)

    def _fetch(self, make: Callable[[], V], base: BaseUrl, limit: float) -> V:
        return fetch(Call(make, base.netloc, limit), base, self.driver, self.notes.note, retry=self.retry)

    def _access_for(self, ref: JobRef) -> Access:
        choice = self.choose(ref)
        place = (choice.profile.base, choice.profile.name)
        if place not in self._found:
            self._found[place] = self.access_to(choice)
        return self._found[place]

    def _followed(self, refs: tuple[JobRef, ...]) -> tuple[JobRef, ...]:
        """Return the job of each thing that has one, the newest of its kind, and every other ref as it is.

        All are requested side by side: one that does not answer holds up no other.
        """
        links = {ref: self._access_for(ref) for ref in refs if not ref.id}
        for ref, access in links.items():
            _check_lti(ref, access, writes=self.writes)
        with ExitStack() as stack:
            calls = {ref: self._requesting(ref, access, stack) for ref, access in links.items()}
            answers = fetch_each(calls, self.driver, self.notes.note, retry=self.retry)
        jobs = {ref: self._jobs_in(answer, ref, links[ref]) for ref, answer in answers.items()}
        return tuple(job for ref in refs for job in ((ref,) if ref.id else jobs[ref]))

    def _requesting(self, ref: JobRef, access: Access, stack: ExitStack) -> tuple[Call[int | str], BaseUrl]:
        """Return how to request the id of the newest of a collection, or the thing that has a job."""
        client = stack.enter_context(closing(self._client(access)))
        path = ref.parent_path or ""
        make = partial(client.newest, ref.collection) if ref.collection else partial(client.answer_at, path)
        return Call(make, access.base.netloc, client.limit), access.base

    def _jobs_in(self, answer: int | str, ref: JobRef, access: Access) -> tuple[JobRef, ...]:
        if isinstance(answer, int):
            return (replace(ref, id=answer),)
        from canvas_progress.core.job_finder import linked_job

        text, path = answer, ref.parent_path or ""
        try:
            found = linked_job(text, path)
        except UnreadableJobError as error:
            raise UnreadableJobError(
                f"{access.base.netloc} made no sense about `{ref.text}`: {error.message}"
            ) from None
        if not found and object_in(text).get("workflow_state") == "failed":
            raise NoSuchJobError(f"`{ref.text}` failed before it had a job")
        if not found:
            hint = "Canvas makes it when the work is queued: try again later"
            raise UsageError(f"`{ref.text}` has no job yet", hint=hint)
        for job in found:
            if job.base is not None and not may_be(job.base, access.base):
                message = f"{access.base} answered with a job of another Canvas, {job.base}"
                raise RefusedError(message, hint="if that is right, name the job itself")
        # The guards of `cancel` look at the Progress itself: that is what a cancellation would overwrite.
        parent = None if self.writes else path
        return tuple(replace(job, base=access.base, is_written=False, parent_path=parent) for job in found)


def _check_lti(ref: JobRef, access: Access, *, writes: bool) -> None:
    """Refuse what an LTI tool cannot do before Canvas does, with a clearer reason."""
    if access.renewed is None:
        return
    if writes:
        raise RefusedError(
            f"profile `{access.name}` is an LTI tool, and Canvas has no endpoint to cancel through LTI",
            hint="use a profile with the token of the user who started the job",
        )
    if ref.collection or ref.parent_path:
        raise RefusedError(f"profile `{access.name}` is an LTI tool, which sees only the Progress jobs of a course")
    if ref.course is None:
        raise UsageError(
            f"profile `{access.name}` is an LTI tool, which sees jobs only in a course", hint="add `--course ID`"
        )
