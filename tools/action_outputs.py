"""The outputs of the GitHub Action: reads the events of `watch --json`, and prints what goes into $GITHUB_OUTPUT.

Both are enclosed in a word that nobody can guess, so that nothing a job says can pass for an output or for its end.
"""

from __future__ import annotations

import json
import secrets
import sys


def outputs(lines: list[str], word: str) -> str:
    """Return the last outcome and the last event that has one, each as `name<<word`, the value, and the word again."""
    outcome, last = "", ""
    for line in lines:
        event = json.loads(line)
        if "outcome" in event:
            outcome, last = str(event["outcome"]), line
    return "".join(f"{name}<<{word}\n{value}\n{word}\n" for name, value in (("outcome", outcome), ("json", last)))


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    events = [line for line in sys.stdin.read().split("\n") if line]
    sys.stdout.write(outputs(events, secrets.token_hex(16)))
