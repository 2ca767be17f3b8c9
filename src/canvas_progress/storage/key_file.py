"""The private key of an LTI tool, from the file that the profile names."""

from __future__ import annotations

from pathlib import Path

from canvas_progress.core.credentials import Secret
from canvas_progress.core.errors import CredentialError, FileError
from canvas_progress.storage.private_file import read_private


def read_key(name: str) -> Secret:
    """Return the text of a key file. Raises CredentialError, which names the file and never what is in it.

    Raises RefusedError for one that others can read.
    """
    path = Path(name).expanduser()
    try:
        text = read_private(path)
    except FileError as error:
        raise CredentialError(f"the key file cannot be used: {error.message}") from None
    if text is None:
        raise CredentialError(f"the key file {path} cannot be read: No such file or directory")
    return Secret(text)
