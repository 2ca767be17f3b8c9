"""Builds wheel and sdist, checks them, and tests the installed command on each Python there is: `make package`.

Everything is made anew below one folder. No step looks at `src/` once the wheel is there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
DIST: Final = ROOT / "dist"
LARGEST: Final = 400 * 1024  # bytes of the wheel
VERSIONS: Final = ("3.11", "3.12", "3.13", "3.14")
# What pip puts below the environment's prefix, where shells and man look.
SHARED: Final = (
    "share/bash-completion/completions/canvas-progress",
    "share/fish/vendor_completions.d/canvas-progress.fish",
    "share/man/man1/canvas-progress.1",
    "share/pwsh/completions/canvas-progress.ps1",
    "share/zsh/site-functions/_canvas-progress",
)
_UNKNOWN: Final = "1580601600"  # seconds since the epoch: what hatchling takes where nothing is known
_NEEDED: Final = ("canvas_progress/py.typed", "canvas_progress/__main__.py")


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment without a pip of its own, filled by the pip of the Python that it was made with."""

    folder: Path
    base: str

    def make(self) -> None:
        """Make it, empty."""
        run(self.base, "-m", "venv", "--clear", "--without-pip", str(self.folder))

    def install(self, *what: str) -> None:
        """Install into it; a requirements file has to have hashes."""
        pip = (_with_pip(self.base), "-m", "pip", "--python", str(self.folder), "--disable-pip-version-check")
        run(*pip, "install", "--quiet", *what)

    def check(self) -> None:
        """Make sure that everything that is required is there, in a version that will do."""
        pip = (_with_pip(self.base), "-m", "pip", "--python", str(self.folder), "--disable-pip-version-check")
        run(*pip, "check")

    def program(self, name: str) -> str:
        """Return the path of a program in it."""
        return str(self.folder / ("Scripts" if sys.platform == "win32" else "bin") / name)


def run(*words: str, cwd: Path = ROOT, **variables: str) -> None:
    """Run a program, which has to succeed; nothing of this project's sources is on its path."""
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    subprocess.run(words, cwd=cwd, env=clean | variables, check=True)


def pythons() -> dict[str, str]:
    """Return the path of each Python on the PATH that runs, by its version. On Windows all are called `python.exe`."""
    found: dict[str, str] = {}
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    for version in VERSIONS:
        name = "python.exe" if sys.platform == "win32" else f"python{version}"
        places = [folder / name for folder in folders]
        for place in (*filter(Path.is_file, places), Path(sys.executable)):
            if version not in found and _version(str(place)) == version:
                found[version] = str(place)
    return found


def build(source: Path, target: Path) -> tuple[Path, Path]:
    """Build sdist and wheel of a source tree; return them."""
    shutil.rmtree(target, ignore_errors=True)
    run(sys.executable, "-m", "hatchling", "build", "-d", str(target), cwd=source, SOURCE_DATE_EPOCH=source_date())
    (sdist,), (wheel,) = target.glob("*.tar.gz"), target.glob("*.whl")
    return sdist, wheel


def rebuild(sdist: Path, wheel: Path, folder: Path) -> None:
    """Build both again from the sdist alone; they have to be the same to the last byte."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    for first, again in zip((sdist, wheel), build(source, folder / "again"), strict=True):
        if first.read_bytes() != again.read_bytes():
            sys.exit(f"error: {first.name} is another one when it is built from the sdist")


def missing(wheel: Path) -> list[str]:
    """Return what is wrong with the content of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = f"{'-'.join(wheel.name.split('-')[:2])}.data/data"
    wrong = [f"{name} is not in it" for name in (*_NEEDED, *(f"{data}/{name}" for name in SHARED)) if name not in names]
    if wheel.stat().st_size > LARGEST:
        wrong.append(f"it has {wheel.stat().st_size} bytes, more than {LARGEST}")
    return wrong


def try_out(version: str, python: str, wheel: Path, folder: Path, tests: list[str]) -> None:
    """Install the wheel into a fresh environment, use the command there, then run tests against it."""
    _report(f"Python {version}: {python}")
    environment = Environment(folder / version, python)
    environment.make()
    environment.install("--require-hashes", "-r", "requirements/install.txt")
    environment.install("--no-deps", str(wheel))
    environment.check()
    with tempfile.TemporaryDirectory() as elsewhere:
        run(environment.program("python"), "-I", str(ROOT / "tools" / "smoke.py"), *SHARED, cwd=Path(elsewhere))
    if tests:
        environment.install("--require-hashes", "-r", "requirements/dev.txt")
        run(environment.program("python"), "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *tests)


def main() -> None:
    """Run all of it, and say at the end what was tried and what was not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the environments are made")
    parser.add_argument("tests", nargs="*", help="tests to run against each installed wheel")
    options = parser.parse_args()
    below = options.folder.resolve()
    sdist, wheel = build(ROOT, DIST)
    with tempfile.TemporaryDirectory() as folder:
        rebuild(sdist, wheel, Path(folder))
    if wrong := missing(wheel):
        sys.exit("\n".join(f"error: {wheel.name}: {reason}" for reason in wrong))
    _report(f"{wheel.name}: {wheel.stat().st_size} bytes, the same when it is built from the sdist")
    checks = Environment(below / "checks", sys.executable)
    checks.make()
    checks.install("--require-hashes", "-r", "requirements/package.txt")
    run(checks.program("python"), "-m", "twine", "check", "--strict", str(sdist), str(wheel))
    run(checks.program("check-wheel-contents"), str(wheel))
    tried = pythons()
    for version, python in tried.items():
        try_out(version, python, wheel, below, options.tests)
    _report(f"installed and tested on Python {', '.join(tried)}")
    _report(f"not on this machine: {', '.join(version for version in VERSIONS if version not in tried) or 'none'}")


def _report(line: str) -> None:
    sys.stdout.write(f"== {line}\n")
    sys.stdout.flush()


@cache
def _version(python: str) -> str | None:
    """Return the version of an interpreter; None for one that does not run, as a shim for nothing."""
    said = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        ran = subprocess.run([python, "-I", "-c", said], capture_output=True, text=True, check=False, timeout=60)
    except OSError:
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def _with_pip(python: str) -> str:
    """Return this Python if it has pip, else the one on the PATH that made our own environment."""
    has_pip = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    return python if has_pip else os.environ.get("PYTHON", "python3")


def source_date() -> str:
    """Return the time that goes into the archives: of the last commit, where there is one."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return _UNKNOWN
    return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
