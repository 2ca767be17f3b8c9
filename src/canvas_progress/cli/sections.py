"""`--help` with a heading for each group of options, where a command has many, and within the width of the terminal."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Final

from typer._click.core import Context, Parameter
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand

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
_TEXT: Final = 28  # columns for what is said of an option


class FittingFormatter(HelpFormatter):
    """Lays out help for narrow terminals too: a long option is then alone on its line."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        columns = shutil.get_terminal_size().columns
        if width is None and columns < _NARROW:
            width = max(columns, _NARROWEST) - _MARGIN
        super().__init__(indent_increment, width, max_width)

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write two columns, the second of which has room for words."""
        super().write_dl(rows, min(col_max, self.width - _TEXT), col_spacing)


class SectionedCommand(TyperCommand):
    """A command whose options are listed under headings, in the order of its parameters."""

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
