"""The access tokens that the simulated Canvas hands to LTI tools: JWTs that it alone can sign, and read again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from canvas_progress.sandbox.messages import Json

OAUTH_PATH: Final = "/login/oauth2/token"
LIFETIME: Final = 3600  # seconds
REQUIRED: Final = ("sub", "aud", "exp", "iat", "jti", "iss")
_ANY_ACCOUNT: Final = frozenset({"canvas.instructure.com", "sso.canvaslms.com"})  # grant tokens for every Canvas
_ALGORITHM: Final = "HS256"
_PARTS: Final = 3
_EVER: Final = 1e12  # seconds; also keeps out what is no finite number


@dataclass(frozen=True, slots=True)
class Jwt:
    """A JWT taken apart, and not verified yet."""

    header: Mapping[str, Json]
    claims: Mapping[str, Json]
    signed: bytes
    signature: bytes


def read_jwt(text: str) -> Jwt | None:
    """Take a JWT apart, or return None for a string that is none."""
    parts = text.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        header, claims = (json.loads(_unpacked(part)) for part in parts[:2])
        signature = _unpacked(parts[2])
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return Jwt(header, claims, text.rpartition(".")[0].encode(), signature)


def access_token(token: str, claims: Mapping[str, Json]) -> str:
    """Sign the claims with the secret of the sandbox that has this API token."""
    header = {"typ": "JWT", "alg": _ALGORITHM}
    signed = b".".join(_packed(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return b".".join((signed, _packed(_signature(token, signed)))).decode()


def is_ours(token: str, jwt: Jwt) -> bool:
    """Return whether the sandbox that has this API token has signed it."""
    return jwt.header.get("alg") == _ALGORITHM and hmac.compare_digest(_signature(token, jwt.signed), jwt.signature)


def verify(token: str, carried: str, *, host: str, now: float) -> Mapping[str, Json] | str:
    """Return the claims of a token that was sent to a host, or why the LTI services refuse it, in their words."""
    jwt = read_jwt(carried)
    if jwt is None:
        return f"Invalid access token {'signature' if carried.count('.') == _PARTS - 1 else 'format'}"
    if jwt.header.get("alg") != _ALGORITHM:
        return "Access token signature algorithm not allowed"
    if not is_ours(token, jwt):
        return "Access token invalid - signature likely incorrect"
    expires = number(jwt.claims.get("exp"))
    if expires is not None and expires < now:
        return "Access token expired"
    known = {f"http://{one}{OAUTH_PATH}" for one in (host, *_ANY_ACCOUNT)}
    problem = missing(jwt.claims) or ("" if known & set(audiences(jwt.claims)) else "the 'aud' is invalid")
    return f"Invalid access token field/s: {problem}" if problem else jwt.claims


def missing(claims: Mapping[str, Json]) -> str:
    """Name the claims that Canvas wants and does not get, if any."""
    names = [name for name in REQUIRED if name not in claims]
    return f"the following assertions are missing: {','.join(names)}" if names else ""


def audiences(claims: Mapping[str, Json]) -> Iterator[str]:
    """Yield for whom a JWT is: one, or any of a list."""
    value = claims.get("aud")
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def number(value: Json) -> float | None:
    """Return a JSON number that can be a time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < _EVER else None


def _signature(token: str, signed: bytes) -> bytes:
    secret = hashlib.sha256(f"LTI access tokens of {token}".encode()).digest()
    return hmac.digest(secret, signed, "sha256")


def _packed(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _unpacked(part: str) -> bytes:
    """Decode base64url without padding. Raises ValueError, of which binascii's error is one."""
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
