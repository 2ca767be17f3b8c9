"""Which profile a command uses: by option, environment, default or the host of a URL, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from canvas_progress.core.base_url import BaseUrl, parse_base_url
from canvas_progress.core.credentials import (
    ADD_PROFILE,
    ENVIRONMENT,
    Profile,
    Profiles,
    Secret,
    TokenVariable,
    adding,
)
from canvas_progress.core.errors import CredentialError, RefusedError, UsageError
from canvas_progress.core.record import record
from canvas_progress.core.wording import command_line

if TYPE_CHECKING:
    from canvas_progress.core.refs import JobRef

PROFILE_VARIABLE: Final = "CANVAS_PROGRESS_PROFILE"
_OWN_PAIR: Final = (("CANVAS_PROGRESS_URL",), ("CANVAS_PROGRESS_TOKEN",))
_USUAL_PAIR: Final = (
    ("CANVAS_API_URL", "CANVAS_BASE_URL", "CANVAS_URL"),
    ("CANVAS_API_TOKEN", "CANVAS_API_KEY", "CANVAS_TOKEN"),
)

Environment = Mapping[str, str]


@record
class Choice:
    """The profile that a command uses, and in words why this one."""

    profile: Profile
    reason: str


def choose(option: str | None, environment: Environment, stored: Callable[[], Profiles]) -> Choice:
    """Pick the profile: option, then CANVAS_PROGRESS_PROFILE, then the environment pair, then the default.

    `stored` is called only where the stored profiles matter, so that a broken file is no hindrance otherwise.
    Raises CredentialError with the command to run next, also where the environment names another Canvas and has no
    token for it; and UsageError for a name that no profile has.
    """
    if option is not None:
        return Choice(stored().named(option), "-p")
    if name := environment.get(PROFILE_VARIABLE):
        return Choice(stored().named(name), PROFILE_VARIABLE)
    if pair := environment_pair(environment):
        return _undisputed(pair, environment)
    profiles = stored()
    if profiles.default is not None:
        return _undisputed(Choice(profiles.named(profiles.default), "the default profile"), environment)
    if profiles.all:
        hint = f"run {command_line('canvas-progress', 'profile', 'use', profiles.all[0].name)}"
        raise CredentialError("no profile is the default", hint=hint)
    raise CredentialError("no Canvas and no token are set up", hint=_lonely_variable(environment) or ADD_PROFILE)


def choose_for_base(
    base: BaseUrl,
    option: str | None,
    environment: Environment,
    stored: Callable[[], Profiles],
    *,
    seen_with: str | None = None,
) -> Choice:
    """Pick the profile for a URL: only one of that very Canvas will do.

    A job that this machine has seen keeps the profile it was `seen_with`, as long as that is for its Canvas.
    Raises RefusedError, since a token never leaves its Canvas.
    """
    if option is not None:
        profile = stored().named(option)
        if profile.base != base:
            fits = any(known.base == base for known in stored().all)
            raise RefusedError(
                f"profile `{option}` is for {profile.base}, not for {base}",
                hint="leave out `-p`" if fits else f"run {adding('NAME', base)}",
            )
        return Choice(profile, "-p")
    pair = environment_pair(environment)
    pair = pair if pair is not None and pair.profile.base == base else None
    if seen_with == ENVIRONMENT and pair is not None:
        return pair
    for profile in stored().all if seen_with is not None else ():
        if (profile.name, profile.base) == (seen_with, base):
            return Choice(profile, "the profile that the job was seen with")
    if (name := environment.get(PROFILE_VARIABLE)) and stored().named(name).base == base:
        return Choice(stored().named(name), PROFILE_VARIABLE)
    return pair or Choice(_only_one_for(base, stored()), "the Canvas of the URL")


def choose_given(given: Profile, ref: JobRef | None, *, exact: bool = False) -> Choice:
    """Return the Canvas that the caller brought along with its token, if the job is there. Raises RefusedError."""
    choice = Choice(given, "the arguments")
    if ref is None or ref.base is None or ref.base == given.base:
        return choice
    if ref.is_written and may_be(ref.base, given.base, exact=exact):
        return choice
    message = f"the token is for {given.base}, not for {ref.base}: it goes to no other Canvas than its own"
    raise RefusedError(message, hint="pass the `url` and the `token` of that Canvas, or its `profile`")


def as_reached(
    written: BaseUrl,
    option: str | None,
    environment: Environment,
    stored: Callable[[], Profiles],
    *,
    exact: bool = False,
) -> BaseUrl:
    """Return the base by which users reach the Canvas that wrote this one. Raises RefusedError for several.

    Behind a proxy Canvas may write http for https, and leave out the path that the proxy takes away. Where the very
    base is known, or has to be `exact`, no path is added to it.
    """
    pair = environment_pair(environment)
    known = tuple(profile.base for profile in (*((pair.profile,) if pair else ()), *stored().all))
    if written in known:
        return written
    if option is not None:
        named = stored().named(option).base
        return named if may_be(written, named) else written
    fitting = tuple(dict.fromkeys(base for base in known if may_be(written, base, exact=exact)))
    if len(fitting) > 1:
        names = ", ".join(str(base) for base in fitting)
        raise RefusedError(f"{written} may be any of {names}", hint="name the profile with `-p`")
    return fitting[0] if fitting else written


def may_be(written: BaseUrl, reached: BaseUrl, *, exact: bool = False) -> bool:
    """Whether a Canvas that is reached by one base may write the other one about itself."""
    same_port = written.port == reached.port or (written.has_usual_port and reached.has_usual_port)
    prefixes = {reached.prefix} if exact else {"", reached.prefix}
    return written.host == reached.host and same_port and written.prefix in prefixes


def environment_pair(environment: Environment) -> Choice | None:
    """Return the Canvas that the environment names, if it has both a URL and a token."""
    for urls, tokens in (_OWN_PAIR, _USUAL_PAIR):
        url, token = _first_set(urls, environment), _first_set(tokens, environment)
        if url and token:
            profile = Profile(ENVIRONMENT, _base_url_in(url, environment), TokenVariable(token))
            return Choice(profile, f"{url} and {token}")
    return None


def preceding_variables(environment: Environment) -> str | None:
    """Return the variables that have precedence over the default profile, None where it is used."""
    if environment.get(PROFILE_VARIABLE):
        return PROFILE_VARIABLE
    pair = environment_pair(environment)
    return pair.reason if pair else None


def _undisputed(choice: Choice, environment: Environment) -> Choice:
    """Return a choice, unless a URL without a token names another Canvas: then its token was forgotten, or is empty."""
    for urls, tokens in (_OWN_PAIR, _USUAL_PAIR):
        url = _first_set(urls, environment)
        if url and _first_set(tokens, environment):
            break  # what comes after this pair has no say
        if url and (base := _base_url_in(url, environment)) != choice.profile.base:
            is_not = f"the Canvas of {choice.reason} is {choice.profile.base}"
            raise CredentialError(
                f"{url} is set to {base}, but {_none_of(tokens)}; {is_not}",
                hint=f"set {tokens[0]} too, or unset {url}, or name the profile with `-p`",
            )
    return choice


def _only_one_for(base: BaseUrl, profiles: Profiles) -> Profile:
    fitting = [profile for profile in profiles.all if profile.base == base]
    if not fitting:
        hint = f"run {adding('NAME', base)}"
        raise RefusedError(f"no profile is for {base}, and a token goes to no other Canvas than its own", hint=hint)
    for profile in fitting:
        if len(fitting) == 1 or profile.name == profiles.default:
            return profile
    names = " or ".join(command_line("-p", profile.name) for profile in fitting)
    raise RefusedError(f"{len(fitting)} profiles are for {base}", hint=f"say {names}")


def _first_set(names: tuple[str, ...], environment: Environment) -> str | None:
    return next((name for name in names if environment.get(name, "").strip()), None)


def _base_url_in(variable: str, environment: Environment) -> BaseUrl:
    try:
        return parse_base_url(environment[variable])
    except UsageError as error:
        raise UsageError(f"the environment variable {variable}: {error.message}", hint=error.hint) from error


def _lonely_variable(environment: Environment) -> str | None:
    for urls, tokens in (_OWN_PAIR, _USUAL_PAIR):
        if name := _first_set(tokens, environment):
            return f"{name} is set, but {_none_of(urls)}: a token needs its URL beside it"
        if name := _first_set(urls, environment):
            return f"{name} is set, but {_none_of(tokens)}"
    return None


def _none_of(names: tuple[str, ...]) -> str:
    return f"none of {', '.join(names)}" if len(names) > 1 else f"not {names[0]}"


def without_tokens(environment: Environment, secrets: tuple[Secret, ...]) -> dict[str, str]:
    """Return the environment for other programs: without the variables that are for tokens, or hold one of these."""
    values = {secret.reveal() for secret in secrets}
    names = {*_OWN_PAIR[1], *_USUAL_PAIR[1], "CANVAS_ACCESS_TOKEN"}
    return {
        name: value
        for name, value in environment.items()
        if name not in names and not any(token in value for token in values)
    }
