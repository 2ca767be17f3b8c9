"""Writes the tables of `docs/developing/reliability.md` from what the commands do: `make reliability`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from markdown import DEVELOPING, rows, section
from reliability.faults import FAULTS
from reliability.matrix import Cell, cells, run_all
from reliability.moments import MOMENTS

DOCUMENT: Final = DEVELOPING / "reliability.md"
NO_SUCH_CELL: Final = "—"
TITLES: Final = {False: "A fault that passes", True: "A fault that stays"}
_BETWEEN: Final = re.compile(r"(?<=<!-- written by `make reliability` -->\n).*(?=<!-- to here -->)", re.DOTALL)

Verdicts = Mapping[Cell, str]


def written(text: str, verdicts: Verdicts) -> str:
    """Return the document with these verdicts in its tables."""
    tables = "\n".join(line for lasts in TITLES for line in _table(verdicts, lasts=lasts))
    assert _BETWEEN.search(text), "the document lacks the marks between which the tables stand"
    return _BETWEEN.sub(lambda _: f"\n{tables}\n", text)


def told(name: str, *, lasts: bool) -> dict[str, str]:
    """Return what the document says of a moment, by the names of the faults."""
    lines = rows(section(DOCUMENT, TITLES[lasts]))
    place = 1 + [moment.name for moment in MOMENTS].index(name)
    return {line[0]: line[place].strip("*") for line in lines if len(line) > len(MOMENTS)}


def _table(verdicts: Verdicts, *, lasts: bool) -> Iterator[str]:
    yield from (f"### {TITLES[lasts]}", "")
    yield _row("", *(f"{moment.name}" for moment in MOMENTS))
    yield _row(*["---"] * (1 + len(MOMENTS)))
    for fault in FAULTS:
        found = (verdicts.get(Cell(moment, fault, lasts), NO_SUCH_CELL) for moment in MOMENTS)
        yield _row(fault.name, *(cell if cell in {"survives", NO_SUCH_CELL} else f"**{cell}**" for cell in found))
    yield ""


def _row(*texts: str) -> str:
    return f"| {' | '.join(texts)} |"


def main() -> None:
    """Run all cells, and write what came of them into the document."""
    with TemporaryDirectory() as folder:
        verdicts = {cell: trial.verdict for cell, trial in run_all(Path(folder), cells()).items()}
    DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8"), verdicts), "utf-8")


if __name__ == "__main__":
    main()
