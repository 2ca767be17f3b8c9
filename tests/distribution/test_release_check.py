"""A tag is published only if it, the version and the changelog agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from markdown import ROOT
from release_check import problems

_GOOD = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-26\n\n- One.\n\n## [1.2.2] - 2026-01-01\n"


def _tree(folder: Path, version: str = "1.2.3", changelog: str = _GOOD) -> Path:
    (folder / "src" / "canvas_progress").mkdir(parents=True)
    (folder / "src" / "canvas_progress" / "__init__.py").write_text(f'"""A."""\n\n__version__ = "{version}"\n', "utf-8")
    (folder / "CHANGELOG.md").write_text(changelog, "utf-8")
    return folder


def test_a_tag_that_agrees_with_all_else_may_be_published(tmp_path: Path) -> None:
    assert problems("v1.2.3", _tree(tmp_path)) == []


@pytest.mark.parametrize("tag", ["", "1.2.3", "v1.2.4", "v1.2.3 ", "v1.2.3-rc1", "release"])
def test_another_tag_may_not(tmp_path: Path, tag: str) -> None:
    assert problems(tag, _tree(tmp_path)) == [f"the tag is `{tag}`, and the version in `__init__.py` is 1.2.3"]


@pytest.mark.parametrize(
    ("changelog", "reason"),
    [
        (_GOOD.replace("1.2.3", "1.2.4"), "the newest version in CHANGELOG.md is 1.2.4, and that of the package 1.2.3"),
        ("## [Unreleased]\n", "the newest version in CHANGELOG.md is missing, and that of the package 1.2.3"),
        (_GOOD.replace(" - 2026-11-26", ""), "the entry 1.2.3 in CHANGELOG.md has no day: `## [1.2.3] - 2026-01-31`"),
        (_GOOD.replace("2026-11-26", "soon"), "the entry 1.2.3 in CHANGELOG.md has no day: `## [1.2.3] - 2026-01-31`"),
    ],
)
def test_a_changelog_without_the_version_is_named(tmp_path: Path, changelog: str, reason: str) -> None:
    assert problems("v1.2.3", _tree(tmp_path, changelog=changelog)) == [reason]


def test_the_program_fails_for_a_tag_that_is_not_this_version() -> None:
    program = str(ROOT / "tools" / "release_check.py")
    for arguments in (["v0.0.0"], []):
        ran = subprocess.run([sys.executable, program, *arguments], capture_output=True, text=True, check=False)
        assert ran.returncode == 1
        assert ran.stderr.startswith("error: the tag is `")
