"""What a simulated world is made of: its jobs, its faults, and the settings in which installations of Canvas differ."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from canvas_progress.sandbox.bucket import Throttle
from canvas_progress.sandbox.scripts import row_at

if TYPE_CHECKING:
    from canvas_progress.sandbox.faults import Fault
    from canvas_progress.sandbox.scripts import Script

LTI_SCOPE: Final = "https://canvas.instructure.com/lti-ags/progress/scope/show"


@dataclass(frozen=True, slots=True, kw_only=True)
class LtiCourse:
    """A course as the LTI service sees it."""

    id: int
    concluded: bool = False
    key_enabled: bool = True
    has_tool: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LtiTool:
    """A developer key of an LTI tool; `key_id` is given where Canvas reads its public key from a JWKS URL."""

    client_id: str
    public_key: str  # PEM
    key_id: str | None = None
    jwks_readable: bool = True
    scopes: frozenset[str] = frozenset({LTI_SCOPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """How one Canvas is set up, wherever installations are known to differ."""

    throttle: Throttle = field(default_factory=Throttle)
    denial_status: int = 403  # 401 on older ones
    denial_word: str = "unauthorized"  # translated on some, e.g. "unauthorised"
    denial_text: str = "user not authorized to perform that action"
    scopes: frozenset[str] | None = None  # None: the developer key does not enforce any
    lti_courses: tuple[LtiCourse, ...] = (LtiCourse(id=5),)
    lti_tools: tuple[LtiTool, ...] = ()
    lti_key_active: bool = True
    lti_scope: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole simulated world."""

    name: str
    about: str
    jobs: tuple[Script, ...]
    faults: tuple[Fault, ...] = ()
    installation: Installation = field(default_factory=Installation)

    @property
    def expected(self) -> dict[int, str]:
        """Return the final states of jobs that are left alone, without those that vanish."""
        ends = {job.id: row_at(job, math.inf) for job in self.jobs}
        return {id_: row.state for id_, row in ends.items() if row is not None}
