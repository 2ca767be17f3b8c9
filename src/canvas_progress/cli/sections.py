"""`--help` within the width of the terminal, with usage lines as other programs have them, and headings for options."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Final

from typer._click.core import Context, Parameter
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand, TyperGroup

# By the names of the parameters; all others are under `Options`.
_HEADINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "watch": {
        "Which jobs": ("profile", "course", "account", "latest", "since"),
        "When to stop": ("first", "fail_fast", "timeout", "stall_timeout", "give_up_after"),
        "Exit code": ("exit_zero", "strict"),
        "Output": ("output", "json", "heartbeat"),
        "When a job ends": ("hook", "notify"),
    }
}


_NARROWEST: Final = 40  # columns
_NARROW: Final = 52  # columns; click takes any terminal for at least as wide
_MARGIN: Final = 2
_TEXT: Final = 30  # columns for what is said of an option: no URL in it is longer
_OPTIONS: Final = "[options]"
_WHOLE: Final = 1000  # characters of a first sentence: none is cut


class FittingFormatter(HelpFormatter):
    """Lays out help for narrow terminals too: a long option is then alone on its line."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        columns = shutil.get_terminal_size().columns
        if width is None and columns < _NARROW:
            width = max(columns, _NARROWEST) - _MARGIN
        super().__init__(indent_increment, width, max_width)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is called, broken at spaces."""
        self.write(self._filled(f"{prefix or 'Usage: '}{prog} {args}", "", " " * 9) + "\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs. A command is not broken at its hyphens."""
        if "\b" in text:  # lines that are to stay as they are
            super().write_text(text)
            return
        indent = " " * self.current_indent
        paragraphs = text.strip().split("\n\n")
        self.write("\n\n".join(self._filled(each, indent, indent) for each in paragraphs) + "\n")

    def _filled(self, text: str, first: str, rest: str) -> str:
        """Return a text in lines that begin like this, broken at spaces."""
        import textwrap

        return textwrap.fill(
            " ".join(text.split()),
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write two columns, the second of which has room for words."""
        super().write_dl(rows, min(col_max, self.width - _TEXT), col_spacing)


class SectionedCommand(TyperCommand):
    """A command whose options are listed under headings, in the order of its parameters."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return what follows the command: its arguments, those that may be left out in brackets, then options."""
        del ctx
        arguments = [each for each in self.params if each.param_type_name == "argument"]
        names = [(each.metavar or "").strip("[]") for each in arguments]
        return [
            *(name if each.required else f"[{name}]" for name, each in zip(names, arguments, strict=True)),
            _OPTIONS,
        ]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write what can be said after the command, each section in two columns of its own."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if (record := parameter.get_help_record(ctx)) is not None:
                sections.setdefault(self._heading(parameter), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)

    def _heading(self, parameter: Parameter) -> str:
        if parameter.param_type_name == "argument":
            return "Arguments"
        headings = _HEADINGS.get(self.name or "", {})
        return next((heading for heading, names in headings.items() if parameter.name in names), "Options")


class CommandGroup(TyperGroup):
    """A group of commands, listed with all of the first sentence about each."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return what follows the group."""
        del ctx
        return ["COMMAND", _OPTIONS]

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the list of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(_WHOLE)) for name, each in self.commands.items()])
