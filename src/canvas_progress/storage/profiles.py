"""The file of profiles: TOML that people edit too, so comments and order survive our changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.credentials import Profile, Profiles
from canvas_progress.core.errors import UsageError
from canvas_progress.storage.private_file import locked, read_private, write_private
from canvas_progress.storage.profile_toml import CREDENTIAL_KEYS, profile_in, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from tomlkit import TOMLDocument

_HEADER: Final = "# Profiles of canvas-progress. Edit by hand or with `canvas-progress profile`.\n"


class ProfileFile:
    """The profiles on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Profiles:
        """Return all profiles, none where there is no file. Raises UsageError, which names the line or the profile."""
        import tomllib

        try:
            values = tomllib.loads(self._text() or "")
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{self.path} is not valid TOML: {error}", hint="fix or remove it") from None
        except ValueError:
            raise UsageError(f"{self.path} has a number of far too many digits", hint="fix or remove it") from None
        except RecursionError:
            raise UsageError(f"{self.path} is nested too deep", hint="fix or remove it") from None
        tables, default, history = values.get("profiles", {}), values.get("default"), values.get("history", True)
        if not isinstance(history, bool):
            raise UsageError(f"{self.path}: `history` must be true or false")
        if not isinstance(tables, dict) or not isinstance(default, str | None):
            raise UsageError(f"{self.path}: `default` must be a name, and `profiles` must hold [profiles.NAME] tables")
        return Profiles(
            tuple(profile_in(name, table, where=f"{self.path}: profile `{name}`") for name, table in tables.items()),
            default,
            history,
        )

    def save(self, profile: Profile) -> None:
        """Add the profile, or replace the one of this name. The first one becomes the default."""
        import tomlkit

        with locked(self.path):
            document = self._document()
            tables = document.setdefault("profiles", tomlkit.table(is_super_table=True))
            table = tables.setdefault(profile.name, tomlkit.table())
            for key in (*CREDENTIAL_KEYS, "allow_http"):
                table.pop(key, None)
            table.update(table_of(profile))
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

    def _text(self) -> str | None:
        """Return the text of the file, without the mark that some editors put before it."""
        text = read_private(self.path)
        return None if text is None else text.removeprefix("\ufeff")

    def _document(self) -> TOMLDocument:
        import tomlkit

        self.load()  # refuse to touch what cannot be read
        return tomlkit.parse(self._text() or _HEADER)


def _with_default(document: TOMLDocument, name: str) -> str:
    """Return the text of the document with this default. A new key goes to the top, or a table would swallow it."""
    import tomlkit

    if "default" in document:
        document["default"] = name
        return tomlkit.dumps(document)
    return tomlkit.dumps({"default": name}) + tomlkit.dumps(document)
