"""Writes `man/canvas-progress.1`, from `--help`, the examples and the tables of the documents: `make man`.

So the page cannot disagree with them; only what no other place says is written here.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

import typer

import roff
from canvas_progress import __version__
from canvas_progress.cli.app import application
from canvas_progress.cli.examples import EXAMPLES
from canvas_progress.core.exit_codes import ExitCode
from markdown import ROOT, rows, section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click.core import Command, Context

PAGE: Final = ROOT / "man" / "canvas-progress.1"
_NAME: Final = "canvas-progress"
_DESCRIPTION: Final = """\
Canvas LMS does long work, such as course copies, imports of grades and bulk changes, in background jobs. Most are
Progress objects with an id; SIS imports, account reports, outcome imports and blueprint syncs are not.
`canvas-progress` shows such jobs, watches them to their end, and cancels them.

A REF names a job. It is an id, `4105`, or one with a shard, `1~23`; or the URL of a Progress,
`https://HOST/api/v1/progress/ID`; or another job, as `sis_import:77` or by its URL. `-` reads standard input: lines
that begin with an id or a URL, or JSON that Canvas has answered.

A DUR is a duration: `30`, `30s`, `10m`, `1h` or `1h30m`.

Standard output carries what was asked for, and nothing else: a table on a terminal; elsewhere a line for each
job, tab-separated: id, outcome, completion, tag, context, time of the last update, message. With `--json` it is
a JSON object on each line. Bars, notes, questions and errors go to standard error.

A token is sent to the Canvas that it is for, and to no other host."""
_FILES: Final = (
    ("~/.config/canvas-progress/config.toml", "the profiles; readable by you alone"),
    ("~/.cache/canvas-progress/lti-tokens/", "access tokens of LTI tools, while they last; readable by you alone"),
    ("~/.local/state/canvas-progress/recent.sqlite3", "the jobs that `recent` lists"),
    ("~/.local/state/canvas-progress/sandbox.json", "what happened to the jobs of the sandbox"),
)
_ELSEWHERE: Final = (
    "`XDG_CONFIG_HOME`, `XDG_CACHE_HOME` and `XDG_STATE_HOME` move them. On macOS they are below "
    "`~/Library`, on Windows below `%LOCALAPPDATA%`."
)


def page() -> str:
    """Return the man page."""
    root = _context(typer.main.get_command(application()), _NAME)
    contexts = tuple(_walk(root))
    lines = [
        '.\\" Written by `make man`; do not change it here.',
        f'.TH {roff.text(_NAME.upper())} 1 "" "{roff.text(f"{_NAME} {__version__}")}" "User Commands"',
        *(".nh", ".ad l", ".SH NAME"),
        f"{roff.text(_NAME)} \\- {roff.text(_summary())}",
        *(".SH SYNOPSIS", *_synopsis(contexts)),
        *(".SH DESCRIPTION", *_paragraphs(_DESCRIPTION)),
        *(".SH OPTIONS", *_options(root)),
        *(".SH COMMANDS", *(line for context in contexts[1:] for line in _command(context))),
        *(".SH EXIT STATUS", *_exit_status()),
        *(".SH ENVIRONMENT", *_environment()),
        *(".SH FILES", *_files()),
        *(".SH EXAMPLES", *(line for context in contexts for line in _examples(_below(context)))),
        *(".SH SEE ALSO", roff.text("curl(1), jq(1), pass(1)")),
    ]
    return "\n".join(lines) + "\n"


def _walk(context: Context) -> Iterator[Context]:
    """Yield the context of a command, and those of all commands below it."""
    yield context
    if isinstance(context.command, typer.core.TyperGroup):
        for name, command in context.command.commands.items():
            yield from _walk(_context(command, name, context))


def _context(command: Command, name: str, parent: Context | None = None) -> Context:
    return typer.Context(command, parent=parent, info_name=name, **command.context_settings)


def _summary() -> str:
    help_ = application().info.help
    return str(help_)[0].lower() + str(help_)[1:].rstrip(".")


def _below(context: Context) -> str:
    """Return the words that call a command, without the program's own."""
    return context.command_path.removeprefix(_NAME).strip()


def _synopsis(contexts: tuple[Context, ...]) -> Iterator[str]:
    for context in contexts:
        if context.parent is not None:
            if isinstance(context.command, typer.core.TyperGroup):
                continue  # it only prints its help
            yield ".br"
        pieces = " ".join(context.command.collect_usage_pieces(context))
        yield f"{roff.bold(context.command_path)} {roff.text(pieces)}"


def _paragraphs(marked: str) -> Iterator[str]:
    for number, paragraph in enumerate(marked.split("\n\n")):
        yield from (".PP",) if number else ()
        yield roff.prose(paragraph.replace("\n", " "))


def _command(context: Context) -> Iterator[str]:
    yield f".SS {roff.text(_below(context))}"
    yield from _paragraphs(inspect.cleandoc(context.command.help or ""))
    yield from _options(context)


def _options(context: Context) -> Iterator[str]:
    """Yield arguments and options with the words that `--help` has for them."""
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield from roff.item(roff.usage(record[0]), roff.prose(" ".join(record[1].split())))


def _exit_status() -> Iterator[str]:
    table = rows(section(ROOT / "docs" / "exit-codes.md", "Exit codes"))
    meanings = {row[0]: row[1] for row in table}
    for code in map(str, map(int, ExitCode)):
        yield from roff.item(roff.bold(code), roff.prose(meanings[code]))


def _environment() -> Iterator[str]:
    for names, meaning in rows(section(ROOT / "docs" / "commands.md", "Environment variables")):
        yield from roff.item(roff.prose(names), roff.prose(meaning))


def _files() -> Iterator[str]:
    for name, meaning in _FILES:
        yield from roff.item(roff.slanted(name), roff.prose(meaning))
    yield from (".PP", roff.prose(_ELSEWHERE))


def _examples(command: str) -> Iterator[str]:
    examples = EXAMPLES.get(command, ())
    if examples:
        yield f".SS {roff.text(command)}"
    for number, (comment, line) in enumerate(examples):
        yield from (".PP",) if number else ()
        yield f"{roff.prose(comment[0].upper() + comment[1:])}:"
        yield from roff.verbatim(line)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
