"""Jobs and profiles as Rich tables. What a server says is shown as text, never as markup."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from canvas_progress.core.cancellation import is_same_user
from canvas_progress.core.wording import in_words, percent, visible
from canvas_progress.terminal.looks import LOOKS, bar, outcome_word

if TYPE_CHECKING:
    from datetime import datetime

    from canvas_progress.core.answers import Answer
    from canvas_progress.core.job import Job
    from canvas_progress.core.outcome import Outcome
    from canvas_progress.core.refs import Target
    from canvas_progress.core.remembered import Remembered
    from canvas_progress.core.watched import Watched

_WIDE, _MIDDLING = 110, 78
_BAR, _SHORT_BAR = 24, 8
_NOTHING: Final = "–"  # noqa: RUF001  # a dash, not a hyphen


def details(target: Target, answer: Answer, now: datetime, *, unicode: bool) -> Table:
    """Return everything about one job. `now` is by the server's clock where that is known."""
    job = answer.job
    now = answer.about.date or now
    table = Table(box=None, show_header=False, pad_edge=True, title_justify="left", title_style="bold")
    table.title = Text(f" Progress {target.label} on {target.base.netloc}")
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("state", state(job.outcome, job, unicode=unicode)),
        ("completion", _completion(job, _BAR, unicode=unicode)),
        ("tag", _text(job.tag)),
        ("context", _text(job.context)),
        ("started by", Text(started_by(job, answer.about.user_id))),
        ("created", Text(_moment(job.created_at, now))),
        ("updated", Text(_updated(job, now))),
        ("message", _paragraph(job.message)),
        ("results", _text(job.results)),
    ):
        table.add_row(name, value)
    return table


def overview(answers: tuple[tuple[Target, Answer], ...], now: datetime, *, width: int, unicode: bool) -> Table:
    """Return one row for each job, with as many columns as the width has room for."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name, _, least in _COLUMNS:
        if width >= least:
            table.add_column(name, no_wrap=name != "message", overflow="fold" if name == "id" else "ellipsis")
    for target, answer in answers:
        cells = [make(target, answer, now, unicode) for _, make, least in _COLUMNS if width >= least]
        table.add_row(*cells)
    return table


def results(jobs: tuple[Watched, ...], *, unicode: bool) -> Table:
    """Return what each job of a watch ended as."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("id", "outcome", "completion", "tag", "message"):
        table.add_column(name, no_wrap=name != "message", overflow="fold" if name in {"id", "message"} else "ellipsis")
    for watched in jobs:
        job = watched.job
        told = watched.error.message if watched.error else job.message if job else None
        table.add_row(
            Text(watched.target.label),
            state(watched.shown, job, unicode=unicode),
            Text(percent(job.completion) if job else ""),
            _text(job.tag if job else None),
            _text(told),
        )
    return table


def candidates(rows: tuple[tuple[Target, Answer, str], ...], *, unicode: bool) -> Table:
    """Return what a cancellation would be about; the text of a row says why that job is left alone."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("id", "state", "tag", "context", "started by"):
        table.add_column(name, overflow="fold")
    for target, answer, left_alone in rows:
        job = answer.job
        who = started_by(job, answer.about.user_id)
        table.add_row(
            Text(target.label),
            state(job.outcome, job, unicode=unicode),
            _text(job.tag),
            _text(job.context),
            Text(f"{who}: left alone, {left_alone}" if left_alone else who),
            style="dim" if left_alone else "",
        )
    return table


def recent_table(jobs: tuple[Remembered, ...], now: float, *, unicode: bool) -> Table:
    """Return the remembered jobs; each Canvas is named by its profile."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("id", "outcome", "seen", "tag", "context", "profile", ""):
        table.add_column(name, overflow="fold" if name == "id" else "ellipsis", no_wrap=True)
    for job in jobs:
        look = LOOKS[job.outcome]
        word = Text(f"{look.symbol if unicode else look.ascii} {job.outcome}", style=look.style)
        seen = Text(f"{in_words(now - job.seen)} ago")
        by_us = Text("canceled here" if job.canceled_by_us else "")
        table.add_row(Text(str(job.id)), word, seen, _text(job.tag), _text(job.context), Text(job.profile), by_us)
    return table


def profile_table(rows: list[tuple[str, str, str, str]]) -> Table:
    """Return the stored profiles: name, URL, credential, default."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("name", "url", "credential", ""):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    return table


def state(outcome: Outcome, job: Job | None, *, unicode: bool) -> Text:
    """Return symbol and word of an outcome, in its colour."""
    look = LOOKS[outcome]
    return Text(f"{look.symbol if unicode else look.ascii} {outcome_word(outcome, job)}", style=look.style)


def started_by(job: Job, caller: int | None) -> str:
    """Tell who started a job; only they may cancel it."""
    if job.user_id is None:
        return "nobody"
    you = caller is not None and is_same_user(job.user_id, caller)
    return f"user {job.user_id} (you)" if you else f"user {job.user_id}"


def _completion(job: Job, cells: int, *, unicode: bool) -> Text:
    style = LOOKS[job.outcome].style
    drawn = Text(bar(job.completion, cells, unicode=unicode), style=style)
    return drawn.append(f" {percent(job.completion) or _NOTHING:>4}", style="default")


def _moment(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return _NOTHING
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC, {_ago(now - moment)}"


def _updated(job: Job, now: datetime) -> str:
    text = _moment(job.updated_at, now)
    if job.created_at is None or job.updated_at is None or job.updated_at < job.created_at:
        return text
    return f"{text}, {in_words((job.updated_at - job.created_at).total_seconds())} after it was created"


def _ago(span: timedelta) -> str:
    return f"{in_words(span.total_seconds())} ago" if span >= timedelta() else "in the future"


def _age(moment: datetime | None, now: datetime) -> Text:
    return Text(in_words((now - moment).total_seconds()) if moment else _NOTHING)


def _text(value: str | None) -> Text:
    return Text(visible(value)) if value else Text(_NOTHING, style="dim")


def _paragraph(value: str | None) -> Text:
    """Show a message with its own line breaks: batch updates list an error on each line."""
    if not value:
        return Text(_NOTHING, style="dim")
    return Text("\n".join(visible(line) for line in value.splitlines()))


def _id(target: Target, *_: object) -> Text:
    return Text(target.label)


# Name, how to make a cell, and the width from which there is room for the column.
_COLUMNS: Final = (
    ("id", _id, 0),
    ("outcome", lambda _, a, __, u: state(a.job.outcome, a.job, unicode=u), 0),
    ("completion", lambda _, a, __, u: _completion(a.job, _SHORT_BAR, unicode=u), 0),
    ("tag", lambda _, a, __, ___: _text(a.job.tag), _MIDDLING - 18),
    ("context", lambda _, a, __, ___: _text(a.job.context), _MIDDLING),
    ("started by", lambda _, a, __, ___: Text(started_by(a.job, a.about.user_id)), _WIDE),
    ("age", lambda _, a, n, __: _age(a.job.created_at, a.about.date or n), _WIDE),
    ("updated", lambda _, a, n, __: _age(a.job.updated_at, a.about.date or n), _WIDE),
    ("message", lambda _, a, __, ___: _text(a.job.message), _MIDDLING),
    ("results", lambda _, a, __, ___: _text(a.job.results), 2 * _MIDDLING),
)
