"""`--help` with a heading for each group of options, where a command has many."""

from collections.abc import Mapping
from typing import Final

from typer._click.core import Context, Parameter
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand

# By the names of the parameters; all others are under `Options`.
_HEADINGS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "watch": {
        "Which jobs": ("profile", "course", "account", "latest"),
        "When to stop": ("first", "fail_fast", "timeout", "stall_timeout", "give_up_after"),
        "Exit code": ("exit_zero", "strict"),
        "Output": ("output", "json", "heartbeat"),
        "When a job ends": ("hook", "notify"),
    }
}


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
