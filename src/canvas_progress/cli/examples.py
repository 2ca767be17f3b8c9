"""The examples at the end of each command's `--help` and in the man page, written once.

They are in an order in which they can be run one after the other; the profile `sandbox` needs no Canvas.
"""

from collections.abc import Mapping
from typing import Final

EXAMPLES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "show": (
        ("a job of the built-in sandbox", "canvas-progress show 9 -p sandbox"),
        ("several, as Canvas sent them, one on each line", "canvas-progress show 9 30 --json -p sandbox"),
        (
            "the job that an answer of Canvas names",
            """echo '{"progress_id": 9}' | canvas-progress show - -p sandbox""",
        ),
    ),
    "watch": (
        ("until both have ended, but no longer than ten minutes", "canvas-progress watch 1 9 --timeout 10m -p sandbox"),
        ("events for a program, one on each line", "canvas-progress watch 9 --json -p sandbox"),
        (
            "a program for each job that ends, with its JSON on standard input",
            "canvas-progress watch 9 --exec 'tee ended.json' -p sandbox",
        ),
    ),
    "cancel": (
        ("what would be done", "canvas-progress cancel 24 --dry-run -p sandbox"),
        ("in a script, with a message", "canvas-progress cancel 24 --yes -m 'wrong course' -p sandbox"),
        ("and see whether it holds", "canvas-progress cancel 3 --yes --wait -p sandbox"),
    ),
    "list": (
        ("the newest SIS imports", "canvas-progress list sis_import -p sandbox"),
        (
            "reports that have not ended yet",
            "canvas-progress list report:provisioning_csv --pending -p sandbox",
        ),
    ),
    "recent": (
        ("those that have not ended yet", "canvas-progress recent --pending"),
        ("their ids, for other programs", "canvas-progress recent --output plain | cut -f 1"),
    ),
    "demo": (
        ("eight jobs, twenty seconds", "canvas-progress demo"),
        ("with a line for each HTTP exchange", "canvas-progress demo --verbose"),
    ),
    "profile add": (
        ("it asks for the token", "canvas-progress profile add school --url https://canvas.example.edu"),
        (
            "from a password manager, each time",
            """canvas-progress profile add school --url https://canvas.example.edu \\
  --token-command 'pass show canvas/school'""",
        ),
        (
            "from a variable that is not set yet",
            """canvas-progress profile add ci --url https://canvas.example.edu \\
  --token-env CANVAS_CI_TOKEN --no-check""",
        ),
    ),
    "profile list": (
        ("all profiles", "canvas-progress profile list"),
        ("with a variable that chooses one", "CANVAS_PROGRESS_PROFILE=ci canvas-progress profile list"),
    ),
    "profile use": (
        ("for all commands without `-p`", "canvas-progress profile use ci"),
        ("and see that it is", "canvas-progress profile use ci && canvas-progress profile list"),
    ),
    "profile check": (
        ("one that is always there", "canvas-progress profile check sandbox"),
        ("for a program", "canvas-progress profile check sandbox --json"),
    ),
    "profile remove": (("it is added again with `profile add`", "canvas-progress profile remove ci"),),
    "sandbox serve": (
        ("on a certain port", "canvas-progress sandbox serve --port 8080"),
        (
            "with a token that stays the same",
            "TOKEN=made-up canvas-progress sandbox serve --token-env TOKEN",
        ),
        ("in the background, for the commands after it", "canvas-progress sandbox serve > sandbox.env &"),
        ("once it has started", "source sandbox.env && canvas-progress show 9"),
    ),
    "sandbox reset": (("before a second try", "canvas-progress sandbox reset"),),
}


def epilog(command: str) -> str | None:
    """Return the end of a command's `--help`; its first character keeps the lines as they are."""
    if command not in EXAMPLES:
        return None
    lines = [f"  # {comment}\n{_indented(line)}" for comment, line in EXAMPLES[command]]
    return "\n".join(("\b", "Examples:", *lines))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
