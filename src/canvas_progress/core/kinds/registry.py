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
# What has a Progress, and where it is: its id is not that of the job.
_BY_URL: Final = {
    "content_migration": "content_migrations",
    "migration": "content_migrations",
    "content_export": "content_exports",
    "epub_export": "epub_exports",
    "quiz_report": "quizzes/QUIZ/reports",
}
_SHORTEST_PART: Final = 3  # letters; fewer are in any name


def kind_named(name: str) -> Kind | None:
    """Return the kind whose short REFs begin so."""
    return next((kind for kind in KINDS if kind.name == name), None)


def refs_of(name: str) -> str | None:
    """Return the REFs to type instead of the bare name of a kind."""
    kind = kind_named(name)
    if kind is None:
        return None
    return f"say `{kind.example}`" + (f" or `{kind.example_of_all}:latest`" if kind.can_be_found else "")


def meant_by(name: str) -> Kind | None:
    """Return the kind that somebody may have meant by a name that is none: by a part of it, or in another spelling."""
    plain = name.lower().replace("-", "_")
    if len(plain) < _SHORTEST_PART:
        return None
    return next((kind for kind in KINDS if plain in kind.name or kind.name in plain), None)


def instead_of(name: str) -> str:
    """Return what to type in place of `name:ID`, where there is no such kind."""
    if place := _BY_URL.get(name.lower().replace("-", "_").removesuffix("s")):
        return f"give its URL, https://HOST/api/v1/courses/COURSE/{place}/ID: its id alone does not say where it is"
    meant = meant_by(name)
    names = ", ".join(kind.name for kind in KINDS)
    return f"did you mean {meant.example}?" if meant else f"before the colon comes one of {names}"
