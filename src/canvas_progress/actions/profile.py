"""`profile`: add, list, choose, check and remove the stored Canvases and their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from canvas_progress.core.choice import choose, environment_pair
from canvas_progress.core.credentials import KeyringToken, LtiKey, StoredToken, TokenCommand, TokenVariable
from canvas_progress.core.errors import CredentialError, GuardError
from canvas_progress.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from canvas_progress.core.answers import About
    from canvas_progress.core.choice import Choice, Environment
    from canvas_progress.core.credentials import Access, Credential, Profile, Profiles
    from canvas_progress.storage.profiles import ProfileFile
    from canvas_progress.terminal.terminal import Terminal


def add(profile: Profile, file: ProfileFile, terminal: Terminal, *, about: About | None) -> ExitCode:
    """Store a profile whose credential was checked, with `about` as the proof; None when the check was left out.

    A profile of this name for the same Canvas gets the new credential. Raises GuardError if it is for another one.
    """
    stored = file.load()
    before = next((known for known in stored.all if known.name == profile.name), None)
    if before is not None and before.base.origin != profile.base.origin:
        raise GuardError(
            f"profile `{profile.name}` is for {before.base}, not for {profile.base}",
            hint=f"choose another name, or first run `canvas-progress profile remove {profile.name}`",
        )
    file.save(profile)
    done = "updated" if before is not None else "added"
    who = "not checked" if about is None else f"user {about.user_id}" if about.user_id else "checked"
    terminal.note(f"profile `{profile.name}` {done}: {profile.base}, {who}, {where(profile.credential)} in {file.path}")
    if stored.default not in {None, profile.name}:
        terminal.note(f"hint: `canvas-progress profile use {profile.name}` makes it the default")
    return ExitCode.OK


def listing(file: ProfileFile, terminal: Terminal, environment: Environment) -> ExitCode:
    """Print a line for each profile: name, URL, where its credential is, and of the one in use, why it is that one."""
    profiles = file.load()
    pair = environment_pair(environment)
    known = (*profiles.all, pair.profile) if pair else profiles.all
    used = _in_use(environment, profiles)
    rows = [
        (
            profile.name,
            str(profile.base),
            where(profile.credential),
            f"in use: {used.reason}" if used and used.profile == profile else "",
        )
        for profile in known
    ]
    if not terminal.reads_tables:
        for row in rows:
            terminal.data("\t".join(row))
        return ExitCode.OK
    if not rows:
        terminal.note(f"no profiles in {file.path}")
        terminal.note("hint: run `canvas-progress profile add NAME --url https://canvas.example.edu`")
        return ExitCode.OK
    from canvas_progress.terminal.table import profile_table

    terminal.print_table(profile_table(rows))
    return ExitCode.OK


def _in_use(environment: Environment, profiles: Profiles) -> Choice | None:
    """Return what a command without `-p` would use, if anything."""
    try:
        return choose(None, environment, lambda: profiles)
    except CredentialError:
        return None


def use(name: str, file: ProfileFile, terminal: Terminal) -> ExitCode:
    """Make this profile the default one."""
    file.use(name)
    terminal.note(f"profile `{name}` is now the default")
    return ExitCode.OK


def remove(name: str, file: ProfileFile, terminal: Terminal) -> ExitCode:
    """Forget a profile. Its token stays valid at Canvas until it is deleted there."""
    profile = file.load().named(name)
    file.remove(name)
    terminal.note(f"profile `{name}` removed")
    if isinstance(profile.credential, StoredToken):
        terminal.note(f"hint: delete the token at {profile.base}/profile/settings too, if nothing else uses it")
    return ExitCode.OK


def check(access: Access, about: About, terminal: Terminal) -> ExitCode:
    """Print what the server said about a credential that works: who it is for, how fast, how much quota is left."""
    facts = [
        ("profile", access.name),
        ("chosen by", access.reason),
        ("url", str(access.base)),
        ("user", str(about.user_id) if about.user_id is not None else "not told"),
        ("latency", f"{about.ms:.0f} ms"),
        ("quota left", f"{about.quota:.0f}" if about.quota is not None else "not told"),
    ]
    for name, value in facts:
        terminal.data(f"{name:<11} {value}" if terminal.reads_tables else f"{name}\t{value}")
    return ExitCode.OK


def where(credential: Credential) -> str:
    """Tell where a credential is kept, never what it is."""
    match credential:
        case StoredToken():
            return "token as plain text"
        case TokenVariable(variable):
            return f"token from ${variable}"
        case KeyringToken():
            return "token in the keyring"
        case TokenCommand(command):
            return f"token from `{command}`"
        case LtiKey(client_id, key_file):
            return f"LTI key {key_file} of client {client_id}"
        case other:
            assert_never(other)
