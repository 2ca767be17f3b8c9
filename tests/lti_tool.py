"""An LTI tool of the tests: its RSA keys, and the simulated Canvas in which it is registered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from canvas_progress.sandbox import scenarios
from canvas_progress.sandbox.installation import Installation, LtiCourse, LtiTool, Scenario

CLIENT_ID: Final = "10000000000042"
SCOPE: Final = "https://canvas.instructure.com/lti-ags/progress/scope/show"


@dataclass(frozen=True)
class KeyPair:
    """A private key, and its two halves as PEM."""

    key: rsa.RSAPrivateKey

    @cached_property
    def private(self) -> str:
        """The half that stays with the tool."""
        return self.private_as(serialization.PrivateFormat.PKCS8)

    @cached_property
    def public(self) -> str:
        """The half that Canvas is given."""
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()

    def private_as(self, form: serialization.PrivateFormat, password: bytes | None = None) -> str:
        """Return the private half in one of the ways in which key files are written."""
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def new_keys(bits: int = 2048) -> KeyPair:
    """Make a pair of keys; a module makes one and keeps it, since that takes a while."""
    return KeyPair(rsa.generate_private_key(public_exponent=65537, key_size=bits))


def installed(tool: LtiTool) -> Scenario:
    """Return the default scenario with a tool."""
    courses = (LtiCourse(id=5), LtiCourse(id=8, key_enabled=False))
    return replace(scenarios.default(), installation=Installation(lti_tools=(tool,), lti_courses=courses))
