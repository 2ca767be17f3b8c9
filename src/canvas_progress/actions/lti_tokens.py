"""Access tokens of an LTI tool: from the cache while they last, else exchanged with Canvas for the tool's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.canvas.lti.token import SCOPE, Tool, exchange
from canvas_progress.core.record import record
from canvas_progress.storage.private_file import read_key
from canvas_progress.storage.token_cache import TokenCache, TokenKey

if TYPE_CHECKING:
    from canvas_progress.canvas.client import HttpOptions
    from canvas_progress.clock import Clock
    from canvas_progress.core.credentials import LtiKey, Profile, Secret

_LOOK_AGAIN: Final = 30.0  # seconds for which a token is used without a look at the cache; shorter than its margin


@record
class LtiTokens:
    """Where the access tokens of tools come from."""

    cache: TokenCache
    options: HttpOptions
    clock: Clock

    def token_for(self, profile: Profile, key: LtiKey, *, refused: Secret | None = None) -> Secret:
        """Return a token that lasts for a while, and not the one that was refused. Raises CanvasProgressError."""
        tool, clock = Tool(profile.base, key, profile.name, profile.settings), self.clock
        return self.cache.get_or_exchange(
            _kept_as(tool),
            clock.now().timestamp(),
            lambda: exchange(tool, read_key(key.key_file), self.options, now=clock.now),
            refused=refused,
        )

    def drop(self, profile: Profile, key: LtiKey) -> None:
        """Forget the token of a profile that is removed. Raises CanvasProgressError."""
        self.cache.drop(_kept_as(Tool(profile.base, key, profile.name)))

    def renewed(self, profile: Profile, key: LtiKey) -> Renewed:
        """Return a token that renews itself, for commands that run for longer than an hour."""
        return Renewed(self, profile, key)


def _kept_as(tool: Tool) -> TokenKey:
    return TokenKey(tool.token_url, tool.key.client_id, SCOPE)


@record(frozen=False)
class Renewed:
    """A token that is looked up again now and then. Called from several threads, at worst it is looked up twice."""

    source: LtiTokens
    profile: Profile
    key: LtiKey
    _latest: tuple[float, Secret] | None = None

    def __call__(self, refused: Secret | None) -> Secret:
        """Return the token as it is good now; or another than one that Canvas refuses before its time.

        Canvas may have lost that with a restart, or its key was changed. Where it is brand-new, it is returned all the
        same. Raises CanvasProgressError.
        """
        now = self.source.clock.monotonic()
        if refused is not None or self._latest is None or now - self._latest[0] > _LOOK_AGAIN:
            self._latest = (now, self.source.token_for(self.profile, self.key, refused=refused))
        return self._latest[1]
