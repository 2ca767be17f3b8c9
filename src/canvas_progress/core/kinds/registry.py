"""All kinds of jobs. To add one, write its file and name it here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.core.kinds.blueprint_sync import BLUEPRINT_SYNC
from canvas_progress.core.kinds.outcome_import import OUTCOME_IMPORT
from canvas_progress.core.kinds.progress import PROGRESS
from canvas_progress.core.kinds.report import REPORT
from canvas_progress.core.kinds.sis_import import SIS_IMPORT

if TYPE_CHECKING:
    from canvas_progress.core.kinds.kind import Kind

KINDS: Final[tuple[Kind, ...]] = (PROGRESS, SIS_IMPORT, REPORT, OUTCOME_IMPORT, BLUEPRINT_SYNC)
