"""The file of profiles: TOML that people edit too, so comments and order survive our changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.credentials import (
    Credential,
    Profile,
    Profiles,
    StoredToken,
    TokenVariable,
    checked_token,
)
from canvas_progress.core.errors import CredentialError, UsageError
from canvas_progress.storage.private_file import locked, read_private, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from tomlkit import TOMLDocument

_CREDENTIALS: Final = ("token", "token_env")
_HEADER: Final = "# Profiles of canvas-progress. Edit by hand or with `canvas-progress profile`.\n"


class ProfileFile:
    """The profiles on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Profiles:
        """Return all profiles, none where there is no file. Raises UsageError, which names the line or the profile."""
        import tomllib

        text = read_private(self.path)
        try:
            values = tomllib.loads(text or "")
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{self.path} is not valid TOML: {error}", hint="mend or remove it") from None
        tables, default = values.get("profiles", {}), values.get("default")
        if not isinstance(tables, dict) or not isinstance(default, str | None):
            raise UsageError(f"{self.path}: `default` must be a name, and `profiles` must hold [profiles.NAME] tables")
        return Profiles(tuple(self._profile(name, table) for name, table in tables.items()), default)

    def save(self, profile: Profile) -> None:
        """Add the profile, or replace the one of this name. The first one becomes the default."""
        import tomlkit

        with locked(self.path):
            document = self._document()
            tables = document.setdefault("profiles", tomlkit.table(is_super_table=True))
            table = tables.setdefault(profile.name, tomlkit.table())
            for key in (*_CREDENTIALS, "allow_http"):
                table.pop(key, None)
            table.update(_as_toml(profile))
            write_private(self.path, _with_default(document, document.get("default") or profile.name))

    def use(self, name: str) -> None:
        """Make this profile the default. Raises CredentialError if there is none of that name."""
        with locked(self.path):
            self.load().named(name)
            write_private(self.path, _with_default(self._document(), name))

    def remove(self, name: str) -> None:
        """Forget this profile and its token. Raises CredentialError if there is none of that name."""
        import tomlkit

        with locked(self.path):
            self.load().named(name)
            document = self._document()
            document["profiles"].pop(name)  # load() proved that it is a table
            if document.get("default") == name:
                document.pop("default")
            write_private(self.path, tomlkit.dumps(document))

    def _document(self) -> TOMLDocument:
        import tomlkit

        self.load()  # refuse to touch what cannot be read
        return tomlkit.parse(read_private(self.path) or _HEADER)

    def _profile(self, name: str, table: object) -> Profile:
        where = f"{self.path}: profile `{name}`"
        if not isinstance(table, dict) or not isinstance(table.get("url"), str):
            raise UsageError(f"{where} has no `url`")
        allow_http = table.get("allow_http", False) is True
        try:
            base = parse_base_url(table["url"], allow_http=allow_http)
        except UsageError as error:
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
        return Profile(name, base, _credential(table, where), allow_http)


def _credential(table: dict[str, Any], where: str) -> Credential:
    given = [key for key in _CREDENTIALS if key in table]
    if len(given) != 1 or not isinstance(table[given[0]], str):
        raise UsageError(f"{where} needs exactly one of {', '.join(f'`{key} = …`' for key in _CREDENTIALS)}")
    value = table[given[0]]
    if given[0] == "token_env":
        return TokenVariable(value)
    try:
        return StoredToken(checked_token(value, where=f"{where}: `token`"))
    except CredentialError as error:
        raise UsageError(error.message, hint=error.hint) from None


def _as_toml(profile: Profile) -> dict[str, str | bool]:
    values: dict[str, str | bool] = {"url": str(profile.base)}
    if profile.allow_http:
        values["allow_http"] = True
    if isinstance(profile.credential, StoredToken):
        return values | {"token": profile.credential.secret.reveal()}
    return values | {"token_env": profile.credential.variable}


def _with_default(document: TOMLDocument, name: str) -> str:
    """Return the text of the document with this default. A new key goes to the top, or a table would swallow it."""
    import tomlkit

    if "default" in document:
        document["default"] = name
        return tomlkit.dumps(document)
    return tomlkit.dumps({"default": name}) + tomlkit.dumps(document)
