"""The Python in the documents does what they say, and describes what there is."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest

import canvas_progress
from canvas_progress.core.results import JobResult
from docs.console import environment
from markdown import DOCUMENTS, ROOT, blocks, named, rows, section

_PYTHON: Final = ROOT / "docs" / "python.md"
_WITH_PYTHON: Final = [path for path in DOCUMENTS if blocks(path, "pycon")]
_PROGRAM: Final = """
import doctest, sys
text = open(sys.argv[1], encoding="utf-8").read()
class Checker(doctest.OutputChecker):
    def check_output(self, want, got, flags):
        return super().check_output(want.replace("\\u2026", "..."), got, flags)
test = doctest.DocTestParser().get_doctest(text, {}, sys.argv[1], sys.argv[1], 0)
ran = doctest.DocTestRunner(Checker(), optionflags=doctest.ELLIPSIS).run(test)
sys.exit(ran.failed > 0 or ran.attempted == 0)
"""


@pytest.mark.parametrize("path", _WITH_PYTHON, ids=named)
def test_every_line_of_python_prints_what_its_document_says(path: Path, tmp_path: Path) -> None:
    text = tmp_path / "examples.txt"
    text.write_text("\n".join(block.text for block in blocks(path, "pycon")), "utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(text)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout
    assert ran.stderr == ""


def test_the_readme_and_a_document_of_its_own_teach_it() -> None:
    assert {path.stem for path in _WITH_PYTHON} == {"README", "python"}


def _named(path: Path, title: str) -> set[str]:
    """Return what is in backticks in the first column of the first table under a heading."""
    return {name.strip("` ") for cell, *_ in rows(section(path, title)) for name in cell.split(",")}


def test_every_field_and_every_argument_is_described() -> None:
    described = _named(_PYTHON, "Wait")
    parameters = set(inspect.signature(canvas_progress.wait).parameters) - {"refs"}
    members = {each.name for each in fields(JobResult)} | {"ok", "is_pending"}
    assert described == {"field", "argument"} & described | parameters | members
    for call in (canvas_progress.show, canvas_progress.cancel):
        extra = set(inspect.signature(call).parameters) - parameters - {"refs"}
        text = _PYTHON.read_text("utf-8")
        assert all(f"{name}=" in text for name in extra), extra


def test_every_error_that_can_be_caught_is_described() -> None:
    errors = {name for name in canvas_progress.__all__ if name.endswith("Error")}
    text = _PYTHON.read_text("utf-8")
    assert all(f"`{name}`" in text for name in errors)
