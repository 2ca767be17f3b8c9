"""A kind of job where no id follows: `list KIND` and `watch --latest KIND` are about the newest ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.errors import UsageError
from canvas_progress.core.kinds.registry import KINDS, kind_named, meant_by
from canvas_progress.core.refs import LATEST, parse_account, parse_ref
from canvas_progress.core.wording import quoted

if TYPE_CHECKING:
    from canvas_progress.core.refs import JobRef


def newest_of(text: str, account: str | None) -> JobRef:
    """Return the ref of the newest job of `sis_import` or `report:provisioning_csv`. Raises UsageError."""
    name, _, part = text.strip().partition(":")
    kind = kind_named(name)
    if kind is None:
        meant = meant_by(name)
        names = ", ".join(f"`{kind.example_of_all}`" for kind in KINDS if kind.listed_below is not None)
        hint = f"did you mean `{meant.name}`?" if meant else f"the kinds that Canvas has a list of are {names}"
        raise UsageError(f"{quoted(text, ref=True)} is not a kind of job", hint=hint)
    if kind.part_name and not part:
        wanted = f"`{name}:{kind.part_name.upper()}`"
        raise UsageError(f"{kind.article} {kind.noun} is found by its {kind.part_name}: {wanted}", hint=kind.part_hint)
    if part == LATEST:  # the ref itself, `sis_import:latest`
        text = name
    return parse_ref(f"{text.strip()}:{LATEST}", account=parse_account(account))
