"""All benchmarks, one after the other: each in a process of its own, so that none measures what another has left.

One alone, with its options: `python -m benchmarks.startup --help`, from the folder above. What they share is here too:
an installation to measure, and tables that hold each figure against its budget.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ROOT: Final = Path(__file__).resolve().parents[1]
_ALL: Final = ("polling", "startup", "scale", "one_token")
_PINNED: Final = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


@dataclass(frozen=True)
class Installed:
    """An ordinary installation of the project: its folder, the environment for its commands, and its interpreter."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def python(self) -> str:
        """The interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def program(self) -> str:
        """The console script."""
        return str(self.folder / "bin" / "canvas-progress")


@dataclass(frozen=True)
class Row:
    """One line of a table: what was measured against what, and the budget: a most, or with `least` a least."""

    operation: str
    against: str
    measured: float
    must: float | None = None
    great: float | None = None
    unit: str = "x"
    least: bool = False

    @property
    def met(self) -> str:
        """Which of the two goals is met."""
        if self.must is None or self.great is None:
            return ""
        sign = -1 if self.least else 1
        if sign * self.measured <= sign * self.great:
            return "great"
        return "yes" if sign * self.measured <= sign * self.must else "NO"


def print_table(title: str, rows: Sequence[Row]) -> None:
    cells: list[tuple[str, ...]] = [("operation", "against", "measured", "must", "great", "met")]
    for row in rows:
        figures = (_figure(value, row.unit) for value in (row.measured, row.must, row.great))
        cells.append((row.operation, row.against, *figures, row.met))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}\n")
    for line in cells:
        words, figures_ = zip(line[:2], widths[:2], strict=True), zip(line[2:], widths[2:], strict=True)
        print("  ".join([*(f"{c:<{w}}" for c, w in words), *(f"{c:>{w}}" for c, w in figures_)]).rstrip())


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "x":
        return f"{value:.2f}x" if value < 10 else f"{value:.0f}x"
    return f"{value:.0f} {unit}".rstrip()


@contextlib.contextmanager
def installed() -> Iterator[Installed]:
    """Install the project, with the dependencies of this environment, in a folder that is gone afterwards. Offline."""
    with tempfile.TemporaryDirectory(prefix="canvas-progress-") as temporary:
        folder = Path(temporary, "venv")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        environment = {"PATH": os.defpath, "HOME": temporary, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        new = Installed(folder, environment)
        _copy_dependencies(Path(_output([new.python, "-c", "import sysconfig as s; print(s.get_path('purelib'))"])))
        subprocess.run([sys.executable, "-m", "compileall", "-q", folder / "lib"], check=True, env=environment)
        # pip works on the new environment from outside it: neither has a pip of its own.
        base = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
        pip = [str(base), "-m", "pip", "--python", new.python, "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run(
            [*pip, "--no-index", "--no-deps", "--no-build-isolation", str(_ROOT)], check=True, env=environment
        )
        yield new


def _copy_dependencies(to: Path) -> None:
    """Copy what the lock names: the runtime dependencies, and the backend that builds the project."""
    for name in _PINNED.findall((_ROOT / "requirements" / "install.txt").read_text(encoding="utf-8")):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # only for other platforms
            continue
        for file in files:
            source = Path(str(file.locate()))
            if ".." not in file.parts and source.exists():
                (to / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, to / file)


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the benchmarks.")
    parser.add_argument("--only", choices=_ALL, action="append", help="run this one; may be given again")
    chosen = parser.parse_args().only or _ALL
    there = [name for name in chosen if (_ROOT / "benchmarks" / f"{name}.py").exists()]
    ended = [
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=_ROOT, check=False).returncode
        for name in there
    ]
    return max(ended, default=0)


if __name__ == "__main__":
    sys.exit(main())
