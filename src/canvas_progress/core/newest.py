"""The newest jobs of a kind, where no id follows: `list KIND`, `watch --latest KIND` and `KIND:latest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canvas_progress.core.errors import NoSuchJobError, UsageError
from canvas_progress.core.json_values import string, value_in
from canvas_progress.core.kinds.registry import KINDS, kind_named, meant_by
from canvas_progress.core.refs import LATEST, kind_at, parse_account, parse_ref
from canvas_progress.core.wording import brief_span, in_words, quoted

if TYPE_CHECKING:
    from canvas_progress.core.answers import Answer
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


def check_age(answer: Answer, collection: str, since: float) -> None:
    """Refuse the newest job of a collection if it is older than so many seconds, by the server's clock.

    What was to be waited for has never begun then, and an earlier one would pass for it. Raises NoSuchJobError.
    """
    kind, job, now = kind_at(collection), answer.job, answer.about.date
    label, most = kind.label(collection, job.id), in_words(since)
    hint = "has the one that is meant been started?"
    if job.created_at is None or now is None:
        raise NoSuchJobError(f"Canvas does not say how old {label} is, which has to be within {most}", hint=hint)
    age = (now - job.created_at).total_seconds()
    if age > since:
        message = f"the newest {kind.noun}, {label}, was created {brief_span(age)} ago, not within {most}"
        raise NoSuchJobError(message, hint=hint)


def check_since(refs: tuple[JobRef, ...]) -> None:
    """Refuse a limit to the age of the newest job where none is named. Raises UsageError."""
    if not any(ref.collection and not ref.id for ref in refs):
        raise UsageError("`--since` is about the newest job of a kind", hint="such as `sis_import:latest`")


def parts_in(text: str) -> tuple[str, ...]:
    """Return the types that Canvas's list of them names. Raises UnreadableJobError."""
    listed = value_in(text)
    values = listed if isinstance(listed, list) else []
    return tuple(name for value in values if isinstance(value, dict) and (name := string(value.get("report"))))


def unknown_part(ref: JobRef, known: tuple[str, ...]) -> NoSuchJobError | None:
    """Return the error for a type that is none of those that Canvas knows; where it names none, nothing is known."""
    kind = kind_at(ref.collection)
    part = kind.part(ref.collection)
    if not known or part in known:
        return None
    from difflib import get_close_matches

    near = get_close_matches(part, known, n=1)
    hint = f"did you mean `{kind.name}:{near[0]}`?" if near else f"it has {', '.join(known)}"
    return NoSuchJobError(f"Canvas has no {kind.noun} of the {kind.part_name} {quoted(part)}", hint=hint)
