"""The composition root: the only place where adapters are made, and where the environment and sys are read."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from canvas_progress.core.errors import UsageError
from canvas_progress.terminal.terminal import Color, Format, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canvas_progress.actions.lti_tokens import LtiTokens
    from canvas_progress.actions.profile import Stores
    from canvas_progress.actions.tokens import TokenSources
    from canvas_progress.canvas.client import Canvas, Wire
    from canvas_progress.core.answers import About, Exchange
    from canvas_progress.core.base_url import BaseUrl
    from canvas_progress.core.choice import Choice
    from canvas_progress.core.credentials import Access, Profile, Profiles, Secret
    from canvas_progress.storage.keyring_store import KeyringStore
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


def choice(common: Common, *, base: BaseUrl | None = None, seen_with: str | None = None) -> Choice:
    """Choose the profile for a command, or for jobs of this Canvas, which this machine may have seen with one."""
    from canvas_progress.core.choice import choose, choose_for_base

    if common.profile == "":
        raise UsageError("`-p` has an empty name", hint="is a variable unset? Leave `-p` out for the default profile")
    if base is None:
        return choose(common.profile, environment(), lambda: _stored(common))
    return choose_for_base(base, common.profile, environment(), lambda: _stored(common), seen_with=seen_with)


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

    return Stores(profile_file(), keyring(on), lambda profile, key: lti_tokens(common, on).drop(profile, key))


def keyring(on: Terminal) -> KeyringStore:
    """Return the keyring of this system; where it takes its time, that is said."""
    from canvas_progress.storage.keyring_store import KeyringStore

    return KeyringStore(lambda: on.note("waiting for the keyring of this system: it may ask for a password elsewhere"))


def token_sources(common: Common, on: Terminal) -> TokenSources:
    """Return where tokens can come from in this process."""
    from canvas_progress.actions.tokens import TokenSources
    from canvas_progress.processes import run

    return TokenSources(
        environment=environment(),
        keyring=keyring(on),
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
