"""The commands, and what may follow each of them, as records: what completion scripts are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import typer

from canvas_progress.cli.app import application
from canvas_progress.core.kinds.registry import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click.core import Command as ClickCommand
    from typer._click.core import Context, Parameter

NAME: Final = "canvas-progress"
TEXT: Final = ("@text",)  # nothing can be offered
# What a metavar says that a value is; a name with @ is for the script to look up.
_BY_METAVAR: Final = {
    "NAME": ("@profiles",),
    "REF...": ("@jobs",),
    "FILE": ("@files",),
    "CMD": ("@programs",),
}


@dataclass(frozen=True)
class Option:
    """One option: its names, its description, and what its value may be; nothing for a flag."""

    names: tuple[str, ...]
    help: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """One command: the words that call it, what may follow it, and the values of its arguments, the last of many."""

    path: str
    commands: tuple[tuple[str, str], ...]
    options: tuple[Option, ...]
    arguments: tuple[tuple[str, ...], ...]
    takes_many: bool


def tree() -> tuple[Command, ...]:
    """Return all commands, the program itself first."""
    return tuple(_walk(typer.main.get_command(application()), None, NAME))


def values_of_options(commands: tuple[Command, ...]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return what the value of each option may be, by its names. An option means the same after every command."""
    values: dict[str, tuple[str, ...]] = {}
    for option in (option for command in commands for option in command.options):
        for name in option.names:
            known = values.setdefault(name, option.values)
            assert known == option.values, f"{name} takes {known} here and {option.values} there"
    names: dict[tuple[str, ...], list[str]] = {}
    for name, may_be in values.items():
        names.setdefault(may_be, []).append(name)
    return {tuple(each): may_be for may_be, each in names.items() if may_be}


def _walk(command: ClickCommand, parent: Context | None, name: str) -> Iterator[Command]:
    context = typer.Context(command, parent=parent, info_name=name, **command.context_settings)
    below = command.commands if isinstance(command, typer.core.TyperGroup) else {}
    parameters = command.get_params(context)
    arguments = [parameter for parameter in parameters if parameter.param_type_name == "argument"]
    yield Command(
        context.command_path.removeprefix(NAME).strip(),
        tuple((each, " ".join(found.get_short_help_str(200).split())) for each, found in below.items()),
        tuple(_option(parameter, context) for parameter in parameters if parameter not in arguments),
        tuple(_values(argument) for argument in arguments),
        any(argument.nargs == -1 for argument in arguments),
    )
    for each, found in below.items():
        yield from _walk(found, context, each)


def _option(parameter: Parameter, context: Context) -> Option:
    record = parameter.get_help_record(context)
    assert record, parameter.name
    flag = getattr(parameter, "is_flag", False)
    # The long ones first: those of --help come in any order.
    names = tuple(sorted((*parameter.opts, *parameter.secondary_opts), key=lambda name: not name.startswith("--")))
    return Option(names, " ".join(record[1].split()), () if flag else _values(parameter))


def _values(parameter: Parameter) -> tuple[str, ...]:
    choices = getattr(parameter.type, "choices", ())
    if choices:
        return tuple(getattr(choice, "value", choice) for choice in choices)
    metavar = (parameter.metavar or "").strip("[]")
    if metavar == "KIND":
        return _kinds(latest=parameter.param_type_name == "option")
    if metavar == "NAME" and parameter.param_type_name == "argument" and parameter.required:
        return ("@stored",)  # what is chosen or removed; the sandbox is built in
    return _BY_METAVAR.get(metavar, TEXT)


def _kinds(*, latest: bool) -> tuple[str, ...]:
    """Return the kinds of which Canvas has a list, with `latest` also those of which it has the newest job alone."""
    listed = [kind for kind in KINDS if kind.listed_below is not None or (latest and kind.has_latest)]
    return tuple(f"{kind.name}:" if kind.part_name else kind.name for kind in listed)
