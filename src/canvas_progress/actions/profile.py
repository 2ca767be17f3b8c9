"""`profile`: add, list, choose, check and remove the stored Canvases and their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from canvas_progress.core.credentials import SANDBOX, KeyringToken, LtiKey, StoredToken, TokenCommand, TokenVariable
from canvas_progress.core.errors import CredentialError, RefusedError, UsageError
from canvas_progress.core.exit_codes import ExitCode
from canvas_progress.core.ids import short_id
from canvas_progress.core.profile_choice import PROFILE_VARIABLE, choose, environment_pair, preceding_variables
from canvas_progress.core.record import record
from canvas_progress.core.wording import command_line, quoted, visible, without_tokens
from canvas_progress.terminal.jsonl import json_line
from canvas_progress.terminal.symbols import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_progress.core.answers import About
    from canvas_progress.core.credentials import Access, Credential, Profile, Profiles, Secret
    from canvas_progress.core.profile_choice import Choice, Environment
    from canvas_progress.storage.keyring_store import KeyringStore
    from canvas_progress.storage.profiles import ProfileFile
    from canvas_progress.terminal.terminal import Terminal

_MADE_HERE: Final = "token of the built-in sandbox, made anew for each command"
_SANDBOX_URL: Final = "http://127.0.0.1"  # on another port for each command


@record
class Stores:
    """Where profiles and their tokens are kept."""

    file: ProfileFile
    keyring: KeyringStore
    drop_lti_token: Callable[[Profile, LtiKey], None]


def add(profile: Profile, token: Secret | None, stores: Stores, terminal: Terminal, *, about: About | None) -> ExitCode:
    """Store a profile whose credential was checked, with `about` as the proof; None when the check was left out.

    `token` is what goes into the keyring, for a profile that has it there. A profile of this name for the same Canvas
    gets the new credential, and the old one is left nowhere. Raises RefusedError if it is for another Canvas.
    """
    file = stores.file
    stored = file.load()
    before = next((known for known in stored.all if known.name == profile.name), None)
    if before is not None and before.base != profile.base:
        remove = command_line("canvas-progress", "profile", "remove", profile.name)
        raise RefusedError(
            f"profile `{profile.name}` is for {before.base}, not for {profile.base}",
            hint=f"choose another name, or first run {remove}",
        )
    if isinstance(profile.credential, KeyringToken) and token is not None:
        stores.keyring.write(profile, token.reveal())
    file.save(profile)
    if before is not None and before.credential != profile.credential:
        _forget_token(before, stores)
    done = "updated" if before is not None else "added"
    who = "not checked" if about is None else f"user {short_id(about.user_id)}" if about.user_id else "checked"
    terminal.note(f"profile `{profile.name}` {done}: {profile.base}, {who}, {where(profile.credential)}")
    if stored.default not in {None, profile.name}:
        use_it = command_line("canvas-progress", "profile", "use", profile.name)
        terminal.note(f"hint: {use_it} makes it the default")
    return ExitCode.OK


def listing(file: ProfileFile, terminal: Terminal, environment: Environment, *, option: str | None = None) -> ExitCode:
    """Print a line for each profile: name, URL, where its credential is, and of the one in use, why it is that one.

    `option` is the name after `-p`. The sandbox is among them where it is in use. Raises UsageError for a name that no
    profile has.
    """
    profiles = file.load()
    pair = environment_pair(environment)
    known = (*profiles.all, pair.profile) if pair else profiles.all
    used = _in_use(option, environment, profiles)
    rows = [
        (
            profile.name,
            str(profile.base),
            where(profile.credential),
            f"in use: {used.reason}" if used and used.profile == profile else "",
        )
        for profile in known
    ]
    if (environment.get(PROFILE_VARIABLE) if option is None else option) == SANDBOX:
        rows.append((SANDBOX, _SANDBOX_URL, _MADE_HERE, f"in use: {PROFILE_VARIABLE if option is None else '-p'}"))
    if not terminal.stdout_is_tty:
        for row in rows:
            terminal.data("\t".join(visible(cell) for cell in row))
        return ExitCode.OK
    if not rows:
        terminal.note(f"no profiles in {file.path}")
        terminal.note("hint: run `canvas-progress profile add NAME --url https://canvas.example.edu`")
        return ExitCode.OK
    from canvas_progress.terminal.profile_list import profile_list

    width = terminal.size_of(terminal.stdout)[0]
    terminal.print_table(profile_list(rows, width=width, unicode=terminal.can_encode(SYMBOLS)))
    return ExitCode.OK


def _in_use(option: str | None, environment: Environment, profiles: Profiles) -> Choice | None:
    """Return which of the profiles a command would use, if any. Raises UsageError for an option that names none."""
    if option is not None:
        return None if option == SANDBOX else choose(option, environment, lambda: profiles)
    try:
        return choose(None, environment, lambda: profiles)
    except (CredentialError, UsageError):  # what the variable names may be none of them
        return None


def use(name: str, file: ProfileFile, terminal: Terminal, environment: Environment) -> ExitCode:
    """Make this profile the default one, and say where the environment has precedence over any default."""
    file.use(name)
    terminal.note(f"profile `{name}` is now the default")
    if variables := preceding_variables(environment):
        are = "are" if " and " in variables else "is"
        terminal.note(f"warning: {variables} {are} set, and used instead of the default profile")
        terminal.note(f"hint: unset what is not wanted, or say {command_line('-p', name)}")
    return ExitCode.OK


def remove(name: str, stores: Stores, terminal: Terminal) -> ExitCode:
    """Forget a profile and its token. The token stays valid at Canvas until it is deleted there."""
    profile = stores.file.load().named(name)
    _forget_token(profile, stores)
    stores.file.remove(name)
    terminal.note(f"profile `{name}` removed")
    if isinstance(profile.credential, StoredToken | KeyringToken):
        terminal.note(f"hint: delete the token at {profile.base}/profile/settings too, if nothing else uses it")
    return ExitCode.OK


def _forget_token(profile: Profile, stores: Stores) -> None:
    """Forget what a profile has outside of the file."""
    if isinstance(profile.credential, KeyringToken):
        stores.keyring.remove(profile)
    if isinstance(profile.credential, LtiKey):
        stores.drop_lti_token(profile, profile.credential)


def check(profile: Profile, access: Access, about: About, terminal: Terminal, *, json: bool) -> ExitCode:
    """Print what the server said about a credential that works: who it is for, how fast, how much quota is left."""
    facts: list[tuple[str, str | int | float | None]] = [
        ("profile", access.name),
        ("chosen_by", access.reason),
        ("credential", _MADE_HERE if profile.name == SANDBOX else where(profile.credential)),
        ("url", str(access.base)),
        ("user_id", None if about.user_id is None else str(short_id(about.user_id))),
        ("global_user_id", None if about.user_id is None else str(about.user_id)),
        ("latency_ms", round(about.ms)),
        ("quota_left", None if about.quota is None else round(about.quota, 2)),
    ]
    if json:
        terminal.data(json_line(dict(facts)))
        return ExitCode.OK
    for name, value in facts:
        text = "unknown" if value is None else str(value)
        terminal.data(f"{name.replace('_', ' '):<14} {text}" if terminal.stdout_is_tty else f"{name}\t{text}")
    return ExitCode.OK


def where(credential: Credential) -> str:
    """Say where a credential is kept, never what it is."""
    match credential:
        case StoredToken():
            return "token as plain text in the file"
        case TokenVariable(variable):
            return f"token from ${variable}"
        case KeyringToken():
            return "token in the keyring"
        case TokenCommand(command):
            return f"token from the command {quoted(command.split()[0] if command.split() else '')}"
        case LtiKey(client_id, key_file):
            return f"LTI key {without_tokens(key_file)} of client {client_id}"
        case other:
            assert_never(other)
