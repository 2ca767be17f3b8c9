"""The composition root: the only place where adapters are made, and where the environment and sys are read."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canvas_progress.core.errors import GuardError, UsageError
from canvas_progress.terminal.terminal import Color, Format, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.actions.lti_tokens import LtiTokens
    from canvas_progress.actions.profile import Stores
    from canvas_progress.actions.tokens import TokenSources
    from canvas_progress.canvas.client import Canvas, Wire
    from canvas_progress.core.answers import About, Exchange
    from canvas_progress.core.choice import Choice
    from canvas_progress.core.credentials import Access, Profile, Profiles, Secret
    from canvas_progress.core.refs import JobRef, Target
    from canvas_progress.storage.profiles import ProfileFile


_HIDDEN: set[bytes] = set()  # secrets that no terminal of this process may show


@dataclass(frozen=True, slots=True)
class Common:
    """The options that every command has."""

    profile: str | None = None
    verbose: bool = False
    color: Color = Color.AUTO


def environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ


def terminal(color: Color = Color.AUTO) -> Terminal:
    """Return the terminal of this process."""
    return Terminal(sys.stdin, sys.stdout, sys.stderr, environment(), color, _HIDDEN)


def profile_file() -> ProfileFile:
    """Return the file of profiles."""
    from canvas_progress.storage.locations import config_file
    from canvas_progress.storage.profiles import ProfileFile

    return ProfileFile(config_file(environment()))


def output_format(wanted: Format | None, *, json: bool, on: Terminal) -> Format:
    """Return the format asked for; without a wish, tables for people and plain lines for programs."""
    if json:
        return Format.JSON
    return wanted or (Format.TABLE if on.reads_tables else Format.PLAIN)


def connect(
    texts: list[str], common: Common, on: Terminal, *, course: str | None = None, writes: bool = False
) -> tuple[tuple[Target, ...], Adapters]:
    """Turn REFs into targets, each with the Canvas and the token that are right for it. `writes` is for `cancel`."""
    from canvas_progress.core.refs import parse_id, targets_of

    lti = None if course is None else parse_id(course, what="a course for `--course`")
    named = dict.fromkeys(texts)  # `-` twice is standard input once
    refs = tuple(ref for text in named for ref in _refs_in(text, lti, on))
    accesses: dict[str | None, Access] = {}
    refs = tuple(found for ref in refs for found in _followed(ref, accesses, common, on))
    for origin in dict.fromkeys(ref.origin for ref in refs):
        _access_for(origin, accesses, common, on)
    for ref in refs:
        _check_lti(ref, accesses[ref.origin], writes=writes)
    targets = targets_of(refs, tuple(accesses[ref.origin].base for ref in refs))

    from canvas_progress.actions.adapters import Adapters
    from canvas_progress.canvas.clients import Clients
    from canvas_progress.cli.wiring_programs import programs
    from canvas_progress.cli.wiring_recent import remembering
    from canvas_progress.clock import SystemClock

    used = tuple(accesses.values())
    jobs = remembering(Clients(used, wire(common, on)), used, on)
    return targets, Adapters(jobs, on, SystemClock(), programs(used))


def _access_for(origin: str | None, accesses: dict[str | None, Access], common: Common, on: Terminal) -> Access:
    """Return the way to a Canvas, found once: a token may cost a question or a program."""
    if origin not in accesses:
        accesses[origin] = access_to(choice(common, origin=origin), common, on)
    return accesses[origin]


def _followed(ref: JobRef, accesses: dict[str | None, Access], common: Common, on: Terminal) -> tuple[JobRef, ...]:
    """Return the job of something that has one, as Canvas tells it; every other ref as it is."""
    if ref.through is None:
        return (ref,)
    from canvas_progress.core.job_finder import jobs_in

    text = canvas(_access_for(ref.origin, accesses, common, on), common, on).answer_at(ref.through)
    try:
        return jobs_in(text)
    except UsageError:
        hint = "Canvas makes it when the work is queued: try again later"
        raise UsageError(f"`{ref.text}` has no job yet", hint=hint) from None


def _check_lti(ref: JobRef, access: Access, *, writes: bool) -> None:
    """Refuse what an LTI tool cannot do before Canvas does, with less to go by."""
    if access.renewed is None:
        return
    if writes:
        raise GuardError(
            f"profile `{access.name}` is an LTI tool, and Canvas has no endpoint to cancel through LTI",
            hint="use a profile with the token of the user who started the job",
        )
    if ref.course is None:
        raise UsageError(
            f"profile `{access.name}` is an LTI tool, which sees jobs only in a course", hint="add `--course ID`"
        )


def _refs_in(text: str, course: int | None, on: Terminal) -> tuple[JobRef, ...]:
    """Read one argument; `-` stands for all that standard input names."""
    from canvas_progress.core.refs import parse_ref

    if text != "-":
        return (parse_ref(text, course=course),)
    from canvas_progress.core.job_finder import jobs_in

    return jobs_in(on.all_input(), course=course)


def choice(common: Common, *, origin: str | None = None) -> Choice:
    """Choose the profile for a command, or for URLs of this origin."""
    from canvas_progress.core.choice import choose, choose_for_origin

    if common.profile == "":
        raise UsageError("`-p` has an empty name", hint="is a variable unset? Leave `-p` out for the default profile")
    if origin is None:
        return choose(common.profile, environment(), lambda: _stored(common))
    return choose_for_origin(origin, common.profile, environment(), lambda: _stored(common))


def access_to(chosen: Choice, common: Common, on: Terminal) -> Access:
    """Join a chosen profile with its token, from wherever that is kept. Raises CredentialError."""
    from canvas_progress.actions.tokens import token_of
    from canvas_progress.core.credentials import Access, LtiKey

    profile = chosen.profile
    if common.verbose:
        on.note(f"using {profile.base}, profile `{profile.name}`, because of {chosen.reason}")
    token = token_of(profile, token_sources(common, on))
    on.hide(token.reveal())
    renewed = None
    if isinstance(profile.credential, LtiKey):
        renewed = lti_tokens(common, on).renewed(profile, profile.credential)
    return Access(profile.base, token, profile.name, chosen.reason, profile.settings, renewed)


def canvas(access: Access, common: Common, on: Terminal) -> Canvas:
    """Return a client for one Canvas."""
    from canvas_progress.canvas.client import Canvas

    return Canvas(access, wire(common, on))


def checked(profile: Profile, token: Secret | None, common: Common, on: Terminal) -> About:
    """Prove the credential of a profile that is not stored yet; `token` is given where it is not kept yet either."""
    from canvas_progress.core.choice import Choice
    from canvas_progress.core.credentials import Access

    if token is not None:
        on.hide(token.reveal())
    if token is None:
        access = access_to(Choice(profile, "profile add"), common, on)
    else:
        access = Access(profile.base, token, profile.name, "profile add", profile.settings)
    return canvas(access, common, on).check()


def stores(common: Common, on: Terminal) -> Stores:
    """Return where profiles and their tokens are kept."""
    from canvas_progress.actions.profile import Stores
    from canvas_progress.storage.keyring_store import KeyringStore

    return Stores(profile_file(), KeyringStore(), lambda profile, key: lti_tokens(common, on).drop(profile, key))


def token_sources(common: Common, on: Terminal) -> TokenSources:
    """Return where tokens can come from in this process."""
    from canvas_progress.actions.tokens import TokenSources
    from canvas_progress.processes import run
    from canvas_progress.storage.keyring_store import KeyringStore

    return TokenSources(
        environment=environment(),
        keyring=KeyringStore(),
        run=lambda words, seconds: run(words, seconds, environment()),
        lti=lambda profile, key: lti_tokens(common, on).token_for(profile, key),
    )


def lti_tokens(common: Common, on: Terminal) -> LtiTokens:
    """Return where the access tokens of LTI tools come from."""
    from canvas_progress.actions.lti_tokens import LtiTokens
    from canvas_progress.clock import SystemClock
    from canvas_progress.storage.locations import token_folder
    from canvas_progress.storage.token_cache import TokenCache

    return LtiTokens(TokenCache(token_folder()), wire(common, on), SystemClock())


def wire(common: Common, on: Terminal) -> Wire:
    """Return how clients reach the network; with `--verbose` each exchange is told."""
    from canvas_progress.canvas.client import Wire
    from canvas_progress.clock import SystemClock

    def tell(exchange: Exchange) -> None:
        on.note(exchange.in_words())

    return Wire(SystemClock().monotonic, tell if common.verbose else lambda _: None, environment=environment())


def long_running() -> None:
    """Collect garbage again, in a command that may run for days."""
    import gc

    gc.freeze()
    gc.enable()


def _stored(common: Common) -> Profiles:
    """Load the stored profiles; the sandbox is one too, and needs no file."""
    from canvas_progress.core.choice import PROFILE_VARIABLE
    from canvas_progress.core.credentials import SANDBOX, Profiles

    if (common.profile or environment().get(PROFILE_VARIABLE)) == SANDBOX:
        from canvas_progress.cli.wiring_sandbox import sandbox_profile

        return Profiles((sandbox_profile(),), SANDBOX)
    return profile_file().load()
