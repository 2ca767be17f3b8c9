"""Jobs and profiles as Rich tables. What a server says is shown as text, never as markup."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from canvas_progress.core.cancel_conclusion import Action
from canvas_progress.core.kinds.progress_guards import is_same_user
from canvas_progress.core.wording import brief_span, glimpse, in_words, one_line, percent, visible, without_signatures
from canvas_progress.terminal.drawing import NOTHING, drawn_by_job, is_room_for, room_below
from canvas_progress.terminal.file_row import file_rows
from canvas_progress.terminal.layout import LEAST_EXPLANATION, Column, explanations
from canvas_progress.terminal.symbols import SYMBOL_OF, bar, outcome_word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.console import RenderableType

    from canvas_progress.core.answers import Answer
    from canvas_progress.core.cancel_conclusion import Conclusion
    from canvas_progress.core.history import HistoryEntry
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.refs import Target
    from canvas_progress.core.watched import Watched

_BAR, _SHORT_BAR, _LEAST_BAR = 24, 8, 4
_OUTCOME, _LONGEST_OUTCOME = 11, 24  # of `✓ completed`, and of a state that this version does not know
_TAG, _LEAST_TAG = 28, 16  # of all but very few tags, and of enough to distinguish them
_TEXT: Final = 20  # of what wraps: no id is longer than a line of it
_MOST_TEXT: Final = 20_000  # characters of a message or of results in a table; the rest is in the JSON
_LONG: Final = 40  # of the longest kind of context, with the longest id
_DETAILS: Final = 14  # columns around the values of a single job
_PLAN: Final = "plan"


def details(  # noqa: PLR0913  # all but three by keyword
    target: Target, answer: Answer, now: datetime, *, width: int, unicode: bool, linked: bool = False
) -> Group:
    """Return everything about one job. `now` is by the server's clock where that is known.

    `linked` makes the address of a file a hyperlink, which only a terminal reads.
    """
    job = answer.job
    now = answer.about.date or now
    title = f" {target.title} on {target.base.netloc}"
    lines = textwrap.wrap(title, width, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
    table = Table(box=None, show_header=False, pad_edge=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("state", state(job.outcome, job, unicode=unicode)),
        ("completion", _completion(job, width - _DETAILS, unicode=unicode)),
        ("tag", _text(job.tag)),
        ("context", _text(job.context)),
        ("started by", Text(_started_by(target, answer))),
        ("created", Text(_moment(job.created_at, now))),
        ("updated", Text(_updated(job, now))),
        ("message", _paragraph(job.message)),
        ("results", _text(job.results)),
        *([("warnings", Text(f"{job.warnings:,}"))] if job.warnings else []),
    ):
        table.add_row(name, value)
    file = file_rows(target, job, names=_DETAILS - 2, linked=linked)
    return Group(Text("\n".join(lines), style="bold", overflow="ignore"), table, *file)


def overview(
    answers: tuple[tuple[Target, Answer], ...], now: datetime, *, width: int, unicode: bool, as_list: bool = False
) -> RenderableType:
    """Return one row for each job, with as many columns as the width has room for; in a list always with the age."""
    jobs = [answer.job for _, answer in answers]
    times = [answer.about.date or now for _, answer in answers]
    columns = (
        Column("id", [target.label for target, _ in answers]),
        _outcomes("outcome", [state(job.outcome, job, unicode=unicode) for job in jobs]),
        Column("progress", [_bar(job, _SHORT_BAR, unicode=unicode) for job in jobs], drop_order=7),
        _percentages([job.completion for job in jobs]),
        _tags([_tag(target, answer.job) for target, answer in answers], drop_order=6),
        Column("context", [_text(job.context) for job in jobs], drop_order=5, max_width=_LONG),
        Column("started by", [Text(_started_by(*each)) for each in answers], drop_order=2),
        Column("age", list(map(_age, (job.created_at for job in jobs), times)), drop_order=0 if as_list else 3),
        Column("updated", list(map(_age, (job.updated_at for job in jobs), times)), drop_order=4),
        _messages([job.message for job in jobs], drop_order=8),
        Column("results", [_text(job.results) for job in jobs], drop_order=1, wanted=_TEXT),
    )
    return drawn_by_job(columns, width, unicode=unicode)


def results(jobs: tuple[Watched, ...], *, width: int, unicode: bool) -> RenderableType:
    """Return what each job of a watch ended as."""
    messages = [w.error.message if w.error else w.job.message if w.job else None for w in jobs]
    columns = (
        Column("id", [watched.target.label for watched in jobs]),
        _outcomes("outcome", [state(watched.shown, watched.job, unicode=unicode) for watched in jobs]),
        _percentages([watched.job.completion if watched.job else None for watched in jobs]),
        _tags([watched.job.tag if watched.job else None for watched in jobs], drop_order=1),
        _messages(messages, drop_order=2),
    )
    return drawn_by_job(columns, width, unicode=unicode)


def candidates(
    rows: tuple[tuple[Target, Answer, Conclusion], ...], *, width: int, unicode: bool
) -> tuple[RenderableType, bool]:
    """Return what is to be done with jobs that are to be canceled, and whether there is room to say it of each."""
    jobs = [answer.job for _, answer, _ in rows]
    rigid = (
        Column("id", [target.label for target, _, _ in rows]),
        _outcomes("state", [state(job.outcome, job, unicode=unicode) for job in jobs]),
        _percentages([job.completion for job in jobs]),
    )
    tags = replace(_tags([_tag(target, answer.job) for target, answer, _ in rows], drop_order=3), wanted=None)
    plans = [_plan(found) for _, _, found in rows]
    beside, room = room_below((*rigid, Column(_PLAN, plans, min_width=LEAST_EXPLANATION, wraps=True)), width)
    columns = (
        *rigid,
        tags,
        Column("context", [_text(job.context) for job in jobs], drop_order=1, max_width=_LONG),
        Column("started by", [Text(_started_by(target, answer)) for target, answer, _ in rows], drop_order=2),
        explanations(_PLAN, plans, (*beside[:-1], tags), room),
    )
    left_alone = [found.action is not Action.DRY_RUN for _, _, found in rows]
    return drawn_by_job(columns, width, unicode=unicode, dim=left_alone), is_room_for(_PLAN, columns, width)


def _plan(found: Conclusion) -> str:
    """Say what is to be done with a job, after a look at it."""
    if found.action is not Action.DRY_RUN:
        return f"leave alone: {found.reason}"
    return f"cancel by force: {found.forced}" if found.forced else "cancel"


def history_table(entries: tuple[HistoryEntry, ...], now: float, *, width: int, unicode: bool) -> RenderableType:
    """Return the jobs of the history; each Canvas is named by its profile."""
    columns = (
        Column("id", [entry.label for entry in entries]),
        _outcomes("outcome", [state(entry.outcome, None, unicode=unicode) for entry in entries]),
        Column("seen", [Text(f"{in_words(now - entry.seen)} ago") for entry in entries], drop_order=5),
        _tags([entry.tag for entry in entries], drop_order=4),
        Column("context", [_text(entry.context) for entry in entries], drop_order=2, max_width=_LONG),
        Column("profile", [Text(visible(entry.profile)) for entry in entries], drop_order=1),
        Column("", [Text("canceled here" if entry.canceled_by_us else "") for entry in entries], drop_order=3),
    )
    return drawn_by_job(columns, width, unicode=unicode)


def state(outcome: Outcome, job: Job | None, *, unicode: bool) -> Text:
    """Return symbol and word of an outcome, in its colour."""
    symbol = SYMBOL_OF[outcome]
    return Text(f"{symbol.unicode if unicode else symbol.ascii} {outcome_word(outcome, job)}", style=symbol.style)


def _started_by(target: Target, answer: Answer) -> str:
    """Say who started a job; of a Progress only they may cancel it."""
    job, caller = answer.job, answer.about.user_id
    if job.user_id is None:
        return "nobody" if target.kind.names_starter else NOTHING
    you = caller is not None and is_same_user(job.user_id, caller)
    return f"user {job.user_id} (you)" if you else f"user {job.user_id}"


def _completion(job: Job, room: int, *, unicode: bool) -> Text:
    """Return a bar as long as there is room for, and the percentage."""
    done = f"{percent(job.completion) or NOTHING:>4}"
    cells = min(_BAR, room - len(done) - 1)
    if cells < _LEAST_BAR:
        return Text(done.lstrip())
    return _bar(job, cells, unicode=unicode).append(f" {done}", style="default")


def _bar(job: Job, cells: int, *, unicode: bool) -> Text:
    return Text(bar(job.outcome, job.completion, cells, unicode=unicode), style=SYMBOL_OF[job.outcome].style)


def _moment(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return NOTHING
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC, {_ago(now - moment)}"


def _updated(job: Job, now: datetime) -> str:
    text = _moment(job.updated_at, now)
    if job.created_at is None or job.updated_at is None or job.updated_at < job.created_at:
        return text
    return f"{text}, {in_words((job.updated_at - job.created_at).total_seconds())} after it was created"


def _ago(span: timedelta) -> str:
    return f"{in_words(span.total_seconds())} ago" if span >= timedelta() else "in the future"


def _age(moment: datetime | None, now: datetime) -> Text:
    return Text(brief_span((now - moment).total_seconds()) if moment else NOTHING)


def _text(value: str | None) -> Text:
    return Text(glimpse(value, _MOST_TEXT)) if value else Text(NOTHING, style="dim")


def _paragraph(value: str | None) -> Text:
    """Show a message with its own line breaks: batch updates list an error on each line."""
    if not value:
        return Text(NOTHING, style="dim")
    lines = "\n".join(one_line(line) for line in without_signatures(value[:_MOST_TEXT]).splitlines())
    return Text(lines if len(value) <= _MOST_TEXT else f"{lines}…")


def _tag(target: Target, job: Job) -> str | None:
    """Return the tag, unless it is a part of what names the job."""
    return None if job.tag and f":{job.tag}:" in f":{target.label}" else job.tag


def _outcomes(name: str, states: Sequence[Text]) -> Column:
    return Column(name, states, wanted=_OUTCOME, max_width=_LONGEST_OUTCOME)


def _percentages(completions: Sequence[float | None]) -> Column:
    return Column("done", [Text(f"{percent(completion) or NOTHING:>4}") for completion in completions])


def _messages(messages: Sequence[str | None], drop_order: int) -> Column:
    """Return what jobs say, with room for a URL where there is some."""
    cells = [_text(message) for message in messages]
    longest_word = max((len(word) for cell in cells for word in cell.plain.split()), default=0)
    wanted = max(_TEXT, min(longest_word, _LONG))
    return Column("message", cells, drop_order, wanted=wanted, min_width=_TEXT, wraps=True)


def _tags(tags: Sequence[str | None], drop_order: int) -> Column:
    cells = [_text(tag) for tag in tags]
    return Column("tag", cells, drop_order, wanted=_TAG, min_width=_LEAST_TAG, max_width=_LONG)
