"""The private key of an LTI tool, from the file that the profile names."""

from __future__ import annotations

from pathlib import Path

from canvas_progress.core.credentials import Secret
from canvas_progress.core.errors import CredentialError


def read_key(name: str) -> Secret:
    """Return the text of a key file. Raises CredentialError, which names the file and never what is in it."""
    path = Path(name).expanduser()
    try:
        return Secret(path.read_text("utf-8"))
    except OSError as error:
        raise CredentialError(f"the key file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CredentialError(f"the key file {path} is not a PEM file: it is no text at all") from None
