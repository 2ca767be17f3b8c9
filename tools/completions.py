"""Writes the completion scripts of `src/canvas_progress/completions/` from the command tree: `make completions`.

What is the same for all commands is in `shells/`, one file for each shell; here come the tables: what may follow each
command, and what the value of each option may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from canvas_progress.storage.completion_scripts import FILES
from command_tree import tree, values_of_options
from markdown import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from command_tree import Command

FOLDER: Final = ROOT / "src" / "canvas_progress" / "completions"


def script(shell: str) -> str:
    """Return the script for a shell."""
    of_command, of_option = _TABLES[shell]
    commands = tree()
    tables = {
        "@commands@\n": (of_command(command) for command in commands),
        "@values@\n": (of_option(names, values) for names, values in values_of_options(commands).items()),
    }
    text = (ROOT / "tools" / "shells" / shell).read_text("utf-8")
    for mark, rows in tables.items():
        assert text.count(mark) == 1
        text = text.replace(mark, "".join(rows))
    return text


def _bash_command(command: Command) -> str:
    commands = _bash_lines(name for name, _ in command.commands)
    options = _bash_lines(" ".join(option.names) for option in command.options)
    return f"""\
        {_posix(command.path)})
            commands={commands}
            options={options}
            arguments={_posix(" ".join(_arguments(command)))} many={_posix(_many(command))}
            ;;
"""


def _bash_option(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    return f"        {' | '.join(names)}) values={_bash_lines(values)} ;;\n"


def _bash_lines(lines: Iterable[str]) -> str:
    """Return lines as one word of bash. None of them has a quote in it."""
    joined = "\\n".join(lines)
    return f"$'{joined}'"


def _zsh_command(command: Command) -> str:
    commands, options = _described(command, ":")
    return f"""\
    {_posix(command.path)})
      subcommands=({_list(commands, _posix, " " * 8)})
      all_options=({_list(options, _posix, " " * 8)})
      arguments=({" ".join(map(_posix, _arguments(command)))}) many={_posix(_many(command))}
      ;;
"""


def _zsh_option(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    return f"    {' | '.join(names)}) values=({' '.join(map(_posix, values))}) ;;\n"


def _fish_command(command: Command) -> str:
    commands, options = _described(command, "\t")
    return f"""\
        case {_fish(command.path)}
            set commands {_continued(commands, _fish)}
            set options {_continued(options, _fish)}
            set arguments {" ".join(map(_fish, _arguments(command)))}
            set many {_many(command)}
"""


def _fish_option(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    return f"        case {' '.join(names)}\n            set values {' '.join(map(_fish, values))}\n"


def _powershell_command(command: Command) -> str:
    commands, options = _described(command, "\t")
    return f"""\
        {_powershell(command.path)} = @{{
            Commands = @({_list(commands, _powershell, " " * 16)})
            Options = @({_list(options, _powershell, " " * 16)})
            Arguments = @({", ".join(map(_powershell, _arguments(command)))}); Many = ${str(command.takes_many).lower()}
        }}
"""


def _powershell_option(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    words = ", ".join(map(_powershell, values))
    return "".join(f"        {_powershell(name)} = @({words})\n" for name in names)


def _described(command: Command, sign: str) -> tuple[list[str], list[str]]:
    """Return what may follow a command, its commands and its options, each with this sign before what it is for."""
    commands = [f"{name}{sign}{about}" for name, about in command.commands]
    return commands, [f"{' '.join(option.names)}{sign}{option.help}" for option in command.options]


def _arguments(command: Command) -> list[str]:
    """Return what each argument of a command may be."""
    return [",".join(values) for values in command.arguments]


def _many(command: Command) -> str:
    return "yes" if command.takes_many else ""


def _list(items: Iterable[str], quoted: Callable[[str], str], indent: str) -> str:
    """Return the items of a list, one a line."""
    lines = [f"\n{indent}{quoted(item)}" for item in items]
    return "".join(lines) + (f"\n{indent[2:]}" if lines else "")


def _continued(items: Iterable[str], quoted: Callable[[str], str]) -> str:
    """Return the items of a list, one a line that goes on."""
    return "".join(f"\\\n                {quoted(item)} " for item in items).rstrip()


def _posix(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _fish(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(word: str) -> str:
    """Return a string of PowerShell, which knows tabs in double quotes alone."""
    if "\t" not in word:
        return "'" + word.replace("'", "''") + "'"
    escaped = word.replace("`", "``").replace('"', '`"').replace("$", "`$")
    return '"' + escaped.replace("\t", "`t") + '"'


_TABLES: Final = {
    "bash": (_bash_command, _bash_option),
    "zsh": (_zsh_command, _zsh_option),
    "fish": (_fish_command, _fish_option),
    "powershell": (_powershell_command, _powershell_option),
}


if __name__ == "__main__":
    for shell in _TABLES:
        (FOLDER / FILES[shell]).write_text(script(shell), encoding="utf-8")
