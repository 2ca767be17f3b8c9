"""Access tokens of an LTI tool: from the cache while they last, else exchanged with Canvas for the tool's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from canvas_progress.canvas.lti.token import SCOPE, Tool, exchange
from canvas_progress.storage.private_file import read_key
from canvas_progress.storage.token_cache import TokenCache, TokenKey

if TYPE_CHECKING:
    from canvas_progress.canvas.client import HttpOptions
    from canvas_progress.clock import Clock
    from canvas_progress.core.credentials import LtiKey, Profile, Secret

_LOOK_AGAIN: Final = 30.0  # seconds for which a token is used without a look at the cache; shorter than its margin


@dataclass(frozen=True, slots=True)
class LtiTokens:
    """Where the access tokens of tools come from."""

    cache: TokenCache
    options: HttpOptions
    clock: Clock

    def token_for(self, profile: Profile, key: LtiKey, *, refused: Secret | None = None) -> Secret:
        """Return a token that lasts for a while, and not the one that was refused. Raises CanvasProgressError."""
        tool = Tool(profile.base, key, profile.name, profile.settings)

        def exchanged() -> tuple[Secret, float]:
            grant = exchange(tool, read_key(key.key_file), self.options, now=self.clock.now)
            return grant.secret, grant.expires_in

        return self.cache.get_or_exchange(_kept_as(tool), self.clock.now().timestamp(), exchanged, refused=refused)

    def drop(self, profile: Profile, key: LtiKey) -> None:
        """Forget the token of a profile that is removed. Raises CanvasProgressError."""
        self.cache.drop(_kept_as(Tool(profile.base, key, profile.name)))

    def renewed(self, profile: Profile, key: LtiKey) -> Renewed:
        """Return a token that renews itself, for commands that run for longer than an hour."""
        return Renewed(self, profile, key)


def _kept_as(tool: Tool) -> TokenKey:
    return TokenKey(tool.token_url, tool.key.client_id, SCOPE)


@dataclass(slots=True)
class Renewed:
    """A token that is looked up again now and then. Called from several threads, at worst it is looked up twice."""

    source: LtiTokens
    profile: Profile
    key: LtiKey
    _latest: tuple[float, Secret] | None = None

    def __call__(self) -> Secret:
        """Return the token as it is good now. Raises CanvasProgressError."""
        now = self.source.clock.monotonic()
        if self._latest is None or now - self._latest[0] > _LOOK_AGAIN:
            self._latest = (now, self.source.token_for(self.profile, self.key))
        return self._latest[1]

    def instead_of(self, refused: Secret) -> Secret:
        """Return another token than one that Canvas refuses before its time, or the same where that is brand-new.

        Canvas may have lost it with a restart, or its key was changed. Raises CanvasProgressError.
        """
        secret = self.source.token_for(self.profile, self.key, refused=refused)
        self._latest = (self.source.clock.monotonic(), secret)
        return secret
