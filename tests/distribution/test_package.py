"""What is published: the wheel and the sdist that the sources make, before they are installed by `make package`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import package
from markdown import ROOT
from package import LARGEST, SHARED, missing, pythons

_SOURCES: Final = {
    "share/bash-completion/completions/canvas-progress": "src/canvas_progress/completions/canvas-progress.bash",
    "share/fish/vendor_completions.d/canvas-progress.fish": "src/canvas_progress/completions/canvas-progress.fish",
    "share/man/man1/canvas-progress.1": "man/canvas-progress.1",
    "share/pwsh/completions/canvas-progress.ps1": "src/canvas_progress/completions/canvas-progress.ps1",
    "share/zsh/site-functions/_canvas-progress": "src/canvas_progress/completions/_canvas-progress",
}
# Not for those who get the sources without git; `completions` is a link to a folder that they get.
_OF_THE_REPOSITORY: Final = (".ci/", "completions")


def _wheel(source: Path, folder: Path) -> Path:
    (built,) = WheelBuilder(str(source)).build(directory=str(folder), versions=["standard"])
    return Path(built)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of these sources."""
    return _wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist of these sources, and unpack it."""
    folder = tmp_path_factory.mktemp("sdist")
    (built,) = SdistBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with tarfile.open(built) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (root,) = (folder / "unpacked").iterdir()
    return root


def _without(wheel: Path, name: str, folder: Path) -> Path:
    """Return a copy of a wheel that lacks a file."""
    copy = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        for item in old.infolist():
            if not item.filename.endswith(name):
                new.writestr(item, old.read(item))
    return copy


def test_the_wheel_has_all_that_it_needs_in_at_most_400_kib(wheel: Path) -> None:
    assert missing(wheel) == []
    assert wheel.stat().st_size <= LARGEST == 409_600


def test_what_the_wheel_lacks_is_named(wheel: Path, tmp_path: Path) -> None:
    for name in ("canvas_progress/py.typed", *SHARED):
        (reason,) = missing(_without(wheel, name, tmp_path))
        assert name in reason


def test_a_wheel_that_is_too_large_is_refused(wheel: Path, tmp_path: Path) -> None:
    large = tmp_path / wheel.name
    shutil.copy(wheel, large)
    with zipfile.ZipFile(large, "a") as archive:
        archive.writestr("canvas_progress/large", os.urandom(LARGEST))
    assert missing(large) == [f"it has {large.stat().st_size} bytes, more than {LARGEST}"]


def test_completions_and_man_page_in_the_wheel_are_those_of_the_sources(wheel: Path) -> None:
    assert sorted(_SOURCES) == sorted(SHARED)
    with zipfile.ZipFile(wheel) as archive:
        for name, source in _SOURCES.items():
            (found,) = (entry for entry in archive.namelist() if entry.endswith(f".data/data/{name}"))
            assert archive.read(found) == (ROOT / source).read_bytes()


def test_nothing_but_the_completions_is_in_the_wheel_twice(wheel: Path) -> None:
    names: dict[bytes, list[str]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            names.setdefault(archive.read(name), []).append(name)
    twice = {name for content, same in names.items() if content and len(same) > 1 for name in same}
    assert {name.partition(".data/data/")[2] for name in twice if ".data/" in name} == {
        name for name in SHARED if "/man/" not in name
    }
    assert all(name.startswith("canvas_progress/completions/") for name in twice if ".data/" not in name)


def test_the_wheel_has_the_program_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".data/" not in name and ".dist-info/" not in name]
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*") if path.is_file()}
    assert set(names) == {name for name in sources if "__pycache__" not in name}


def test_the_wheel_of_the_sdist_is_the_same_to_the_last_byte(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    for path in unpacked.rglob("*"):  # neither times nor modes of the files have a say
        os.utime(path, (1, 1))
        path.chmod(path.stat().st_mode & 0o700)
    assert _wheel(unpacked, tmp_path).read_bytes() == wheel.read_bytes()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="these sources are not in a repository")
def test_the_sdist_has_all_that_the_repository_has(unpacked: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = {name for name in listed.splitlines() if not name.startswith(_OF_THE_REPOSITORY)}
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert len(tracked) > 300
    assert tracked - there == set()


def test_a_python_that_is_on_the_path_and_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    for folder, target in (("shims", "exit 127"), ("real", f'exec "{sys.executable}" "$@"')):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / f"python{ours}"
        program.write_text(f"#!/bin/sh\n{target}\n", "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in ("shims", "real")))
    assert pythons() == {ours: str(tmp_path / "real" / f"python{ours}")}


def test_on_windows_each_python_has_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("3.12", "3.13"):
        (tmp_path / version).mkdir()
        program = tmp_path / version / "python.exe"
        program.write_text(f"#!/bin/sh\necho {version}\n", "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / version) for version in ("3.12", "3.13")))
    monkeypatch.setattr(sys, "platform", "win32")
    assert {version: pythons()[version] for version in ("3.12", "3.13")} == {
        version: str(tmp_path / version / "python.exe") for version in ("3.12", "3.13")
    }


@pytest.mark.parametrize(("system", "folder"), [("Windows_NT", "Scripts"), ("", "bin")])
def test_the_makefile_finds_the_programs_of_an_environment(system: str, folder: str) -> None:
    words = ["make", "--dry-run", "--old-file=.venv/dev", "lint", f"OS={system}"]
    planned = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f".venv/{folder}/ruff check ." in planned.splitlines()


def test_without_any_on_the_path_the_python_that_runs_this_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert list(pythons().values()) == [sys.executable]


def test_the_archives_have_the_time_of_the_last_commit_or_the_one_that_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert package.source_date() == "1700000000"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert int(package.source_date()) >= 1_580_601_600
