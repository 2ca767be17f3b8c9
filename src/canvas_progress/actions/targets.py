"""From what the user calls a job to its Canvas and the token for it. Links are followed by those who read the jobs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from canvas_progress.actions.authorities import read_authorities
from canvas_progress.actions.driver import Call
from canvas_progress.actions.engine import fetch
from canvas_progress.actions.tokens import token_of
from canvas_progress.canvas.time_limits import Limits
from canvas_progress.core.backoff import ONE_ANSWER
from canvas_progress.core.credentials import Access, LtiKey, StoredToken, TokenVariable
from canvas_progress.core.errors import CanvasProgressError, RefusedError, TimeLimitError, UsageError
from canvas_progress.core.profile_choice import Choice
from canvas_progress.core.record import record
from canvas_progress.core.refs import parse_account, parse_id, parse_ref
from canvas_progress.core.targets import target_of_each, targets_of

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


@record
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
    since: float | None = None  # seconds; how old the newest job of a kind may be
    _found: dict[tuple[BaseUrl, str], Access] = field(default_factory=dict)

    def connect(self, refs: tuple[JobRef, ...]) -> tuple[tuple[Target, ...], tuple[Access, ...]]:
        """Join each ref with the Canvas and the token that are right for it. A job that is named twice is one."""
        targets, _, accesses = self.connect_each(refs)
        return targets, accesses

    def connect_each(
        self, refs: tuple[JobRef, ...]
    ) -> tuple[tuple[Target, ...], tuple[Target, ...], tuple[Access, ...]]:
        """Return the jobs, the job of each ref, and the ways to them."""
        if self.since is not None:
            from canvas_progress.core.newest import check_since

            check_since(refs)
        accesses = tuple(self._access_for(ref) for ref in refs)
        for ref, access in zip(refs, accesses, strict=True):
            _check_lti(ref, access, writes=self.writes)
        places = tuple((access.base, access.name) for access in accesses)
        targets = targets_of(refs, places)
        each = target_of_each(refs, places, targets)
        return self._as_wanted(targets), self._as_wanted(each), tuple(self._found.values())

    def _as_wanted(self, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """Return the jobs, the newest of a kind with how old it may be, and for `cancel` without what they belong to.

        Its guards look at the Progress itself: that is what a cancellation would overwrite.
        """
        aged = tuple(replace(one, since=self.since) if one.link and one.collection else one for one in targets)
        return tuple(replace(target, parent_path=None) for target in aged) if self.writes else aged

    def newest(self, ref: JobRef, most: int) -> tuple[dict[Target, Answer], CanvasProgressError | None]:
        """Return the newest jobs of a collection, the newest first, and the error that kept the rest from being read.

        A job that begins meanwhile pushes others to the next page, where they come again.
        """
        access = self._access_for(ref)
        _check_lti(ref, access, writes=False)
        with closing(self._client(access)) as client:
            return self._newest(ref, most, access, client)

    def parts(self, ref: JobRef) -> tuple[str, ...]:
        """Return all that such a collection may be about: the types of reports. Raises CanvasProgressError."""
        access = self._access_for(ref)
        with closing(self._client(access)) as client:
            return self._fetch(partial(client.parts, ref.collection), access.base, client.limit)

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
