"""Runs the examples of a document in one shell, and compares what came out with what the document says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import forks
from command import EXECUTABLE
from markdown import ROOT, Block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST: Final = 60.0  # seconds for a whole document
_DECIDES_LOOKS: Final = frozenset({"COLUMNS", "FORCE_COLOR", "NO_COLOR", "TERM", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
_KEYRINGS: Final = ROOT / "tests" / "keyrings"
_EXIT: Final = re.compile(r"\[exit (\d+)\]")
_SCRIPT_NAME: Final = re.compile(r"#!/usr/bin/env bash\n# (\S+\.sh)\b")


@dataclass(frozen=True, slots=True)
class Example:
    """A command of a document, and what the document says it prints and exits with."""

    command: str
    expected: tuple[str, ...]
    exit_code: int
    line: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did when it was run. No exit code: it was never reached."""

    output: str
    exit_code: int | None


def examples(path: Path) -> tuple[Example, ...]:
    """Return the commands in the console blocks of a document."""
    return tuple(example for block in blocks(path, "console") for example in _examples(block))


def scripts(path: Path) -> dict[str, str]:
    """Return the bash blocks of a document, by the file name in their second line."""
    found = {}
    for block in blocks(path, "bash"):
        name = _SCRIPT_NAME.match(block.text)
        assert name, f"{path}:{block.line}: a bash block begins with `#!/usr/bin/env bash` and `# NAME.sh …`"
        found[name[1]] = block.text
    return found


def run(path: Path, home: Path) -> tuple[Outcome, ...]:
    """Run the commands of a document one after the other in one bash, with `home` as its home and folder.

    Those of the README run the installed command, the others have it run in forks.
    """
    for name, text in scripts(path).items():
        (home / name).write_text(text, "utf-8")
    commands = home / ".examples"
    commands.mkdir()
    steps = []
    for number, example in enumerate(examples(path)):
        (commands / str(number)).write_text(example.command, "utf-8")
        file = f".examples/{number}"
        steps.append(f". ./{file} < /dev/null > {file}.out 2>&1; echo $? > {file}.code")
    _run_bash("\n".join(steps), home, environment(home, installed=path.name == "README.md"))
    return tuple(_outcome(commands / str(number)) for number in range(len(examples(path))))


def environment(home: Path, *, installed: bool = False) -> dict[str, str]:
    """Return an environment without a trace of the real user or the real keyring; first comes the command, in forks."""
    first = Path(EXECUTABLE).parent if installed else forks.on_path()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CANVAS_") and k not in _DECIDES_LOOKS}
    return kept | {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PATH": os.pathsep.join([str(first), str(Path(EXECUTABLE).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(_KEYRINGS),
        "PYTHON_KEYRING_BACKEND": "odd_keyrings.Json",
        "TEST_KEYRING_FILE": str(home / "keyring.json"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
    }


def agrees(expected: tuple[str, ...], output: str) -> bool:
    """Whether the output is the expected one: `…` is anything within a line, alone on a line any lines."""
    parts = [
        r"(?:[^\n]*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.rstrip().split("…"))) + r"[ \t]*\n"
        for line in expected
    ]
    return re.fullmatch("".join(parts), output) is not None


def _run_bash(steps: str, home: Path, environment: dict[str, str]) -> None:
    """Run the steps, and end what is left of them: a server in the background, or a command that takes too long."""
    shell = ["bash", "--noprofile", "--norc", "-c", steps]
    with subprocess.Popen(shell, cwd=home, env=environment, start_new_session=True, stdout=subprocess.DEVNULL) as bash:
        try:
            with suppress(subprocess.TimeoutExpired):
                bash.wait(_LONGEST)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(bash.pid, signal.SIGKILL)


def _examples(block: Block) -> Iterator[Example]:
    assert block.text.startswith("$ "), f"line {block.line}: a console block begins with a command"
    number = block.line
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        first, *rest = part.removesuffix("\n").split("\n")
        continued = [line for line in rest if line.startswith("> ")]
        expected = rest[len(continued) :]
        exit_code = _EXIT.fullmatch(expected[-1]) if expected else None
        command = "\n".join([first, *(line[2:] for line in continued)])
        if exit_code:
            expected.pop()
        yield Example(command, tuple(expected), int(exit_code[1]) if exit_code else 0, number)
        number += len(rest) + 1


def _outcome(command: Path) -> Outcome:
    out, code = command.with_suffix(".out"), command.with_suffix(".code")
    output = out.read_text("utf-8") if out.exists() else ""
    return Outcome(output, int(code.read_text()) if code.exists() else None)
