"""Profiles: a Canvas and the one credential for it. A secret is never shown by `repr`."""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import CredentialError, UsageError
from canvas_progress.core.record import record
from canvas_progress.core.wording import MASK, SHORTEST_SECRET, command_line, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.core.base_url import BaseUrl

SANDBOX: Final = "sandbox"
ENVIRONMENT: Final = "environment"  # the name of the profile that the environment pair makes
ARGUMENTS: Final = "the arguments"  # of the one that a call from Python brings along; no stored one can be called so
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN: Final = re.compile(r"[!-~]+")
ADD_PROFILE: Final = "run `canvas-progress profile add NAME --url https://canvas.example.edu`, or try `-p sandbox`"


class Store(StrEnum):
    """Where a token that we are given may be kept."""

    KEYRING = "keyring"
    FILE = "file"


@record
class Secret:
    """A token. Only `reveal` gives it out, so that a search for that word finds every use."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the token itself."""
        return self._value

    def masked_in(self, text: str) -> str:
        """Return foreign text without the token in it: servers echo what they were sent.

        Whichever of its characters are escaped as in JSON, in JSON inside of JSON, in a URL or in HTML. Too short a
        secret is no token of Canvas, and would mask half of everything.
        """
        if len(self._value) < SHORTEST_SECRET:
            return text
        masked = _without(text, self._value)
        # Its shard may be spelled in ways without number: what follows is secret enough.
        rest = self._value.partition("~")[2]
        return _without(masked, rest) if len(rest) >= SHORTEST_SECRET else masked


@record
class StoredToken:
    """A token in the configuration file."""

    secret: Secret


@record
class TokenVariable:
    """A token in an environment variable."""

    variable: str


@record
class KeyringToken:
    """A token in the operating system's keyring, under the names of the profile and of its Canvas."""


@record
class TokenCommand:
    """A token that a program prints, such as a password manager. It is run without a shell."""

    command: str


@record
class LtiKey:
    """A private key for which Canvas hands out access tokens of an LTI tool.

    `token_url` is where, if not at the Canvas itself. `key_id` is for keys that Canvas reads from a JWKS URL.
    """

    client_id: str
    key_file: str
    key_id: str | None = None
    token_url: str | None = None


Credential = StoredToken | TokenVariable | KeyringToken | TokenCommand | LtiKey


@record
class Settings:
    """How to reach a Canvas, where the usual way will not do.

    `timeout` is the seconds without a byte after which a request is given up. `ca_bundle` is a file of authorities to
    trust instead of the operating system's, `proxy` the URL of a proxy.
    """

    timeout: float | None = None
    ca_bundle: str | None = None
    proxy: str | None = field(default=None, repr=False)  # it may have a password in it


@record
class Profile:
    """A Canvas and the one credential for it."""

    name: str
    base: BaseUrl
    credential: Credential
    allow_http: bool = False
    settings: Settings = Settings()


@record
class Profiles:
    """All stored profiles, in the order of the file, the name of the default one, and whether jobs are remembered."""

    all: tuple[Profile, ...] = ()
    default: str | None = None
    history: bool = True

    def named(self, name: str) -> Profile:
        """Return the profile of this name. Raises UsageError with the names there are."""
        for profile in self.all:
            if profile.name == name:
                return profile
        if name == SANDBOX:
            raise UsageError("`sandbox` is built in, and stored nowhere", hint="say `-p sandbox`")
        known = ", ".join(f"`{profile.name}`" for profile in self.all)
        raise UsageError(f"there is no profile {quoted(name)}", hint=f"there is {known}" if known else ADD_PROFILE)


@record
class Access:
    """A Canvas and the token for it, with the words for where they came from. They travel together or not at all.

    Where tokens do not last, `renewed` returns the one that is good now: another than the one that was refused, if one
    was and there is another. It raises CanvasProgressError.
    """

    base: BaseUrl
    secret: Secret
    name: str
    reason: str = ""
    settings: Settings = Settings()
    renewed: Callable[[Secret | None], Secret] | None = field(default=None, repr=False, compare=False)


def _without(text: str, token: str) -> str:
    if token in text and "\\" in text:  # where one begins within an escape, half of that would be no JSON
        within = rf"(?<!\\)((?:\\\\)*)\\(?:u[0-9A-Fa-f]{{0,3}})?{re.escape(token)}"
        text = re.sub(within, lambda match: match[1] + MASK, text)
    masked = text.replace(token, MASK)
    if not any(sign in masked for sign in "\\%&"):
        return masked
    spelled, spelled_or_escape = _patterns(token)
    if spelled.search(masked) is None:  # as it nearly always is, and megabytes of escapes cost memory below
        return masked
    # Any other escape is gone over as a whole: what begins within one is no token, and without that it is no JSON.
    return spelled_or_escape.sub(lambda match: match[1] or MASK, masked)


@lru_cache(maxsize=8)
def _patterns(token: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return a pattern for all the ways in which a token may be spelled, and one for these or any other escape.

    The group of the latter is an escape that is none of the token. A row of backslashes is tried from its start alone.
    """
    spelled = "".join(_spellings(part) for part in re.findall(r"\\+|[^\\]", token))
    return re.compile(rf"(?<!\\)(?:{spelled})"), re.compile(rf"{spelled}|(\\+(?:u[0-9A-Fa-f]{{4}})?)")


def _spellings(part: str) -> str:
    """Return a pattern for the ways in which JSON, a URL or HTML may spell a character, or a row of backslashes."""
    if part.startswith("\\"):
        return r"(?:\\++(?:u005[Cc])?+|%5[Cc]|&#0*92;|&#[xX]0*5[Cc];)++"
    code = f"{ord(part):02x}"
    in_json = rf"\\*+(?:u00(?i:{code})|{re.escape(part)})"
    return rf"(?:{in_json}|%(?i:{code})|&#0*{ord(part)};|&#[xX]0*(?i:{code});)"


def checked_name(name: str) -> str:
    """Return the name if a profile may be called so. Raises UsageError."""
    if name in {SANDBOX, ENVIRONMENT}:
        raise UsageError(f"`{name}` is a built-in name", hint="choose another name for your profile")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{quoted(name)} is not a profile name", hint="use letters, digits, `.`, `_` and `-`")
    return name


def checked_variable(name: str, *, where: str) -> TokenVariable:
    """Return the variable if it may be one. Raises UsageError, which does not quote what may be a token by mistake."""
    if not _VARIABLE.fullmatch(name):
        raise UsageError(
            f"{where} is not the name of a variable", hint="give a name such as CANVAS_TOKEN, not the token"
        )
    return TokenVariable(name)


def adding(name: str, base: BaseUrl) -> str:
    """Return the command line that adds a profile, or gives it another credential, in backticks."""
    return command_line("canvas-progress", "profile", "add", name, "--url", str(base))


def checked_token(text: str, *, where: str) -> Secret:
    """Return the token without surrounding white space. Raises CredentialError, which never quotes it."""
    token = text.strip()
    if not token:
        raise CredentialError(f"{where} has no token in it")
    if not _TOKEN.fullmatch(token):
        hint = "give the token alone, without the word Bearer" if token.lower().startswith("bearer ") else None
        raise CredentialError(f"{where} contains characters that no token can have", hint=hint)
    return Secret(token)
