"""Tries out one cell of the matrix, and prints what came of it: `python -m reliability.trial FAULT MOMENT [stays]`.

Run it in `tests/`. The names are those of the rows and the columns of `docs/developing/reliability.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from reliability.matrix import cells, run_all


def main(fault: str, moment: str, *more: str) -> None:
    """Run the cell, and print verdict, exit code, attempts and both streams."""
    wanted = tuple(
        cell
        for cell in cells()
        if cell.fault and (cell.fault.name, cell.moment.name, cell.lasts) == (fault, moment, "stays" in more)
    )
    with TemporaryDirectory() as folder:
        for trial in run_all(Path(folder), wanted).values():
            words = " ".join(trial.cell.moment.arguments)
            told = f"{trial.verdict} (exit code {trial.code}, {trial.lookups} connections)"
            sys.stdout.write(f"{words}: {told}\n{trial.out}{trial.err}")


if __name__ == "__main__":
    main(*sys.argv[1:])
