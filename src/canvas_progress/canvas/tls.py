"""Whom to trust: the operating system's store, since schools run their own authorities, or whom the user names."""

from __future__ import annotations

import os
import re
import ssl
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from canvas_progress.core.credentials import Settings
from canvas_progress.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE_VARIABLE: Final = "SSL_CERT_FILE"
FOLDER_VARIABLE: Final = "SSL_CERT_DIR"
# Where truststore looks on systems that have no store but files, after the places that OpenSSL was built with.
_BUNDLES: Final = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.[0-9]", re.IGNORECASE)  # the only names that OpenSSL finds in a folder


def trust(
    *,
    encrypted: bool,
    settings: Settings = Settings(),
    profile: str = "",
    environment: Mapping[str, str] = MappingProxyType({}),
    stores: Iterable[str] | None = None,
) -> ssl.SSLContext:
    """Return a context that trusts the profile's `ca_bundle`, else SSL_CERT_FILE and SSL_CERT_DIR, else the system.

    A variable that names nothing counts as not set. `stores` are the places that make up the system's store where it
    consists of files; if none is there, certifi's list takes its place. A context that is never used for TLS trusts
    nobody, and costs nothing to make. Raises UsageError for a file that is no use.
    """
    if not encrypted:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.ca_bundle is not None:
        what = f"the `ca_bundle` of profile `{profile}`"
        return _trusting(settings.ca_bundle, None, what, "name a PEM file of authorities, or take the line out")
    file = environment.get(FILE_VARIABLE)
    file = file if file and Path(file).exists() else None
    folder = os.pathsep.join(filter(_is_hashed, environment.get(FOLDER_VARIABLE, "").split(os.pathsep)))
    if file or folder:
        return _trusting(file, folder or None, FILE_VARIABLE, "name a PEM file of authorities, or unset it")
    return _trusting_the_system(_places() if stores is None else stores)


def names_files(settings: Settings, environment: Mapping[str, str]) -> bool:
    """Whether somebody has named files of authorities. Those may be pipes, or on a disk that hangs."""
    return settings.ca_bundle is not None or not {FILE_VARIABLE, FOLDER_VARIABLE}.isdisjoint(environment)


def _trusting_the_system(stores: Iterable[str]) -> ssl.SSLContext:
    if sys.platform in {"win32", "darwin"} or any(Path(store).is_file() or _is_hashed(store) for store in stores):
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import certifi

    return _trusting(certifi.where(), None, "certifi", "install the package `ca-certificates` of your system")


def _trusting(file: str | None, folder: str | None, what: str, hint: str) -> ssl.SSLContext:
    """Return a context for exactly these authorities. `what` names the setting that the file comes from."""
    # Not ssl.create_default_context: since Python 3.13 it is strict about details that many a school's authority lacks.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # whoever is named is trusted, also without a root above
    path = None if file is None else str(Path(file).expanduser())
    try:
        context.load_verify_locations(path, folder)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        why = "there is no certificate in it" if isinstance(error, ssl.SSLError) else why
        raise UsageError(f"{what} cannot be used: {path}: {why}", hint=hint) from None
    return context


def _places() -> tuple[str, ...]:
    built_in = ssl.get_default_verify_paths()
    return (built_in.openssl_cafile, built_in.openssl_capath, *_BUNDLES)


def _is_hashed(folder: str) -> bool:
    try:
        return bool(folder) and any(_HASHED.fullmatch(path.name) for path in Path(folder).iterdir())
    except OSError:
        return False
