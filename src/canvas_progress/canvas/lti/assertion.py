"""The signed statement by which an LTI tool proves to Canvas who it is. The only user of the JOSE library."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Final

from canvas_progress.core.errors import CredentialError
from canvas_progress.core.wording import command_line

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from canvas_progress.core.credentials import LtiKey, Secret

_LIFETIME: Final = 240  # seconds; Canvas takes none that is older than 300
_SHORTEST: Final = 2048  # bits, by RFC 7518
_EXTRA: Final = "run `pip install 'canvas-progress[lti]'`"


def signed(key: LtiKey, private: RSAPrivateKey, audiences: tuple[str, ...], issued: datetime) -> str:
    """Return a signed assertion for whoever accepts one of these audiences; `issued` is by the server's clock."""
    import jwt

    now = int(issued.timestamp())
    claims = {
        "iss": key.client_id,
        "sub": key.client_id,
        "aud": audiences[0] if len(audiences) == 1 else [*audiences],
        "iat": now,
        "exp": now + _LIFETIME,
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(claims, private, algorithm="RS256", headers={"kid": key.key_id} if key.key_id else None)


def private_key(key: LtiKey, pem: Secret) -> RSAPrivateKey:
    """Read a private key. Raises CredentialError for what cannot sign, and where the library is not installed."""
    try:
        import jwt  # noqa: F401  # to miss it here, where there are words for it
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise CredentialError("LTI keys need a library that is not installed", hint=_EXTRA) from None
    try:
        private = load_pem_private_key(pem.reveal().encode(), password=None)
    except TypeError:
        decrypt = command_line("openssl", "pkey", "-in", key.key_file, "-out", "KEY.pem")
        raise CredentialError(
            f"{key.key_file} is encrypted, and there is nobody to ask for its password",
            hint=f"write a decrypted copy with {decrypt}, readable by you alone",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CredentialError(f"{key.key_file} holds no private key in PEM", hint=_hint(pem)) from None
    if not isinstance(private, RSAPrivateKey):
        raise CredentialError(f"{key.key_file} holds a private key that is not RSA", hint=_NEW_KEY)
    if private.key_size < _SHORTEST:
        raise CredentialError(f"the RSA key in {key.key_file} has only {private.key_size} bits", hint=_NEW_KEY)
    return private


_NEW_KEY: Final = "Canvas takes RS256 only: make a key with `openssl genrsa -out KEY.pem 2048` or more bits"


def _hint(pem: Secret) -> str:
    """Return what else the file may be, by its first words, which are no secret."""
    text = pem.reveal()
    if "BEGIN OPENSSH PRIVATE KEY" in text:
        return "it is in the format of OpenSSH: turn a copy of it into PEM with `ssh-keygen -p -m PEM -f COPY`"
    if re.search("BEGIN ((RSA )?PUBLIC KEY|CERTIFICATE)", text):
        return "it is the public half, which goes into the developer key; name the file of the private one"
    if text.lstrip().startswith("{"):
        return "it looks like a JWK: name a PEM file, which starts with -----BEGIN PRIVATE KEY-----"
    return "a PEM file starts with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----"
